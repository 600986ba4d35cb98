#include <memory>

#include "rmw/rmw.h"

#include "checks.hpp"
#include "error.hpp"
#include "names.hpp"
#include "node.hpp"
#include "service.hpp"

using rmw_plib::Node;
using rmw_plib::Service;

extern "C" {

rmw_service_t * rmw_create_service(
  const rmw_node_t * node, const rosidl_service_type_support_t * type_support,
  const char * service_name, const rmw_qos_profile_t * qos_profile)
{
  RMW_PLIB_CHECK_HANDLE_OR_NULL(node);
  RMW_CHECK_ARGUMENT_FOR_NULL(type_support, nullptr);
  RMW_CHECK_ARGUMENT_FOR_NULL(service_name, nullptr);
  RMW_CHECK_ARGUMENT_FOR_NULL(qos_profile, nullptr);
  return rmw_plib::guarded_create([&] {
    rmw_plib::check_topic_name(service_name, qos_profile->avoid_ros_namespace_conventions);
    return std::make_unique<Service>(Node::from(*node), type_support, service_name, *qos_profile)
      .release()
      ->handle();
  });
}

rmw_ret_t rmw_destroy_service(rmw_node_t * node, rmw_service_t * service)
{
  RMW_PLIB_CHECK_HANDLE(node);
  RMW_PLIB_CHECK_HANDLE(service);
  const std::unique_ptr<Service> owner(&Service::from(*service));
  return owner->close();
}

rmw_ret_t rmw_service_request_subscription_get_actual_qos(
  const rmw_service_t * service, rmw_qos_profile_t * qos)
{
  RMW_PLIB_CHECK_HANDLE(service);
  RMW_PLIB_CHECK_ARGUMENT(qos);
  *qos = Service::from(*service).qos();
  return RMW_RET_OK;
}

rmw_ret_t rmw_service_response_publisher_get_actual_qos(
  const rmw_service_t * service, rmw_qos_profile_t * qos)
{
  RMW_PLIB_CHECK_HANDLE(service);
  RMW_PLIB_CHECK_ARGUMENT(qos);
  *qos = Service::from(*service).qos();
  return RMW_RET_OK;
}

}  // extern "C"
