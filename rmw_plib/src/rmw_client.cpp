#include <memory>

#include "rmw/rmw.h"

#include "checks.hpp"
#include "client.hpp"
#include "error.hpp"
#include "names.hpp"
#include "node.hpp"

using rmw_plib::Client;
using rmw_plib::Node;

extern "C" {

rmw_client_t * rmw_create_client(
  const rmw_node_t * node, const rosidl_service_type_support_t * type_support,
  const char * service_name, const rmw_qos_profile_t * qos_policies)
{
  RMW_PLIB_CHECK_HANDLE_OR_NULL(node);
  RMW_CHECK_ARGUMENT_FOR_NULL(type_support, nullptr);
  RMW_CHECK_ARGUMENT_FOR_NULL(service_name, nullptr);
  RMW_CHECK_ARGUMENT_FOR_NULL(qos_policies, nullptr);
  return rmw_plib::guarded_create([&] {
    rmw_plib::check_topic_name(service_name, qos_policies->avoid_ros_namespace_conventions);
    return std::make_unique<Client>(Node::from(*node), type_support, service_name, *qos_policies)
      .release()
      ->handle();
  });
}

rmw_ret_t rmw_destroy_client(rmw_node_t * node, rmw_client_t * client)
{
  RMW_PLIB_CHECK_HANDLE(node);
  RMW_PLIB_CHECK_HANDLE(client);
  const std::unique_ptr<Client> owner(&Client::from(*client));
  return owner->close();
}

rmw_ret_t rmw_client_request_publisher_get_actual_qos(
  const rmw_client_t * client, rmw_qos_profile_t * qos)
{
  RMW_PLIB_CHECK_HANDLE(client);
  RMW_PLIB_CHECK_ARGUMENT(qos);
  *qos = Client::from(*client).qos();
  return RMW_RET_OK;
}

rmw_ret_t rmw_client_response_subscription_get_actual_qos(
  const rmw_client_t * client, rmw_qos_profile_t * qos)
{
  RMW_PLIB_CHECK_HANDLE(client);
  RMW_PLIB_CHECK_ARGUMENT(qos);
  *qos = Client::from(*client).qos();
  return RMW_RET_OK;
}

rmw_ret_t rmw_service_server_is_available(
  const rmw_node_t * node, const rmw_client_t * client, bool * is_available)
{
  RMW_PLIB_CHECK_HANDLE(node);
  RMW_PLIB_CHECK_HANDLE(client);
  RMW_PLIB_CHECK_ARGUMENT(is_available);
  *is_available = Client::from(*client).server_is_available();
  return RMW_RET_OK;
}

}  // extern "C"
