#include <memory>

#include "rmw/rmw.h"

#include "checks.hpp"
#include "error.hpp"
#include "names.hpp"
#include "node.hpp"
#include "subscription.hpp"

using rmw_plib::Node;
using rmw_plib::Subscription;

extern "C" {

rmw_subscription_t * rmw_create_subscription(
  const rmw_node_t * node, const rosidl_message_type_support_t * type_support,
  const char * topic_name, const rmw_qos_profile_t * qos_policies,
  const rmw_subscription_options_t * subscription_options)
{
  RMW_PLIB_CHECK_HANDLE_OR_NULL(node);
  RMW_CHECK_ARGUMENT_FOR_NULL(type_support, nullptr);
  RMW_CHECK_ARGUMENT_FOR_NULL(topic_name, nullptr);
  RMW_CHECK_ARGUMENT_FOR_NULL(qos_policies, nullptr);
  RMW_CHECK_ARGUMENT_FOR_NULL(subscription_options, nullptr);
  if (
    subscription_options->require_unique_network_flow_endpoints ==
    RMW_UNIQUE_NETWORK_FLOW_ENDPOINTS_STRICTLY_REQUIRED) {
    RMW_SET_ERROR_MSG("subscriptions in shared memory have no network flow endpoints");
    return nullptr;
  }
  return rmw_plib::guarded_create([&] {
    rmw_plib::check_topic_name(topic_name, qos_policies->avoid_ros_namespace_conventions);
    return std::make_unique<Subscription>(
             Node::from(*node), type_support, topic_name, *qos_policies, *subscription_options)
      .release()
      ->handle();
  });
}

rmw_ret_t rmw_destroy_subscription(rmw_node_t * node, rmw_subscription_t * subscription)
{
  RMW_PLIB_CHECK_HANDLE(node);
  RMW_PLIB_CHECK_HANDLE(subscription);
  const std::unique_ptr<Subscription> owner(&Subscription::from(*subscription));
  return owner->close();
}

rmw_ret_t rmw_subscription_count_matched_publishers(
  const rmw_subscription_t * subscription, size_t * publisher_count)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  RMW_PLIB_CHECK_ARGUMENT(publisher_count);
  *publisher_count = Subscription::from(*subscription).reader().matched();
  return RMW_RET_OK;
}

rmw_ret_t rmw_subscription_get_actual_qos(
  const rmw_subscription_t * subscription, rmw_qos_profile_t * qos)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  RMW_PLIB_CHECK_ARGUMENT(qos);
  *qos = Subscription::from(*subscription).qos();
  return RMW_RET_OK;
}

}  // extern "C"
