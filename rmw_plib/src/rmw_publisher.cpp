#include <memory>

#include "rmw/rmw.h"

#include "checks.hpp"
#include "error.hpp"
#include "names.hpp"
#include "node.hpp"
#include "publisher.hpp"

using rmw_plib::Node;
using rmw_plib::Publisher;

extern "C" {

rmw_publisher_t * rmw_create_publisher(
  const rmw_node_t * node, const rosidl_message_type_support_t * type_support,
  const char * topic_name, const rmw_qos_profile_t * qos_profile,
  const rmw_publisher_options_t * publisher_options)
{
  RMW_PLIB_CHECK_HANDLE_OR_NULL(node);
  RMW_CHECK_ARGUMENT_FOR_NULL(type_support, nullptr);
  RMW_CHECK_ARGUMENT_FOR_NULL(topic_name, nullptr);
  RMW_CHECK_ARGUMENT_FOR_NULL(qos_profile, nullptr);
  RMW_CHECK_ARGUMENT_FOR_NULL(publisher_options, nullptr);
  if (
    publisher_options->require_unique_network_flow_endpoints ==
    RMW_UNIQUE_NETWORK_FLOW_ENDPOINTS_STRICTLY_REQUIRED) {
    RMW_SET_ERROR_MSG("publishers in shared memory have no network flow endpoints");
    return nullptr;
  }
  return rmw_plib::guarded_create([&] {
    rmw_plib::check_topic_name(topic_name, qos_profile->avoid_ros_namespace_conventions);
    return std::make_unique<Publisher>(
             Node::from(*node), type_support, topic_name, *qos_profile, *publisher_options)
      .release()
      ->handle();
  });
}

rmw_ret_t rmw_destroy_publisher(rmw_node_t * node, rmw_publisher_t * publisher)
{
  RMW_PLIB_CHECK_HANDLE(node);
  RMW_PLIB_CHECK_HANDLE(publisher);
  const std::unique_ptr<Publisher> owner(&Publisher::from(*publisher));
  return owner->close();
}

rmw_ret_t rmw_publisher_count_matched_subscriptions(
  const rmw_publisher_t * publisher, size_t * subscription_count)
{
  RMW_PLIB_CHECK_HANDLE(publisher);
  RMW_PLIB_CHECK_ARGUMENT(subscription_count);
  *subscription_count = Publisher::from(*publisher).writer().matched();
  return RMW_RET_OK;
}

rmw_ret_t rmw_publisher_get_actual_qos(const rmw_publisher_t * publisher, rmw_qos_profile_t * qos)
{
  RMW_PLIB_CHECK_HANDLE(publisher);
  RMW_PLIB_CHECK_ARGUMENT(qos);
  *qos = Publisher::from(*publisher).qos();
  return RMW_RET_OK;
}

rmw_ret_t rmw_publisher_assert_liveliness(const rmw_publisher_t * publisher)
{
  RMW_PLIB_CHECK_HANDLE(publisher);
  return Publisher::from(*publisher).writer().assert_liveliness();
}

rmw_ret_t rmw_publisher_wait_for_all_acked(
  const rmw_publisher_t * publisher, rmw_time_t wait_timeout)
{
  RMW_PLIB_CHECK_HANDLE(publisher);
  return Publisher::from(*publisher).wait_for_all_acked(wait_timeout);
}

}  // extern "C"
