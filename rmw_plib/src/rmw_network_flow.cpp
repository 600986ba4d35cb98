#include "rmw/get_network_flow_endpoints.h"
#include "rmw/rmw.h"

#include "checks.hpp"

// Everything stays in shared memory: there is no network flow, and the list of them is empty.

namespace
{

rmw_ret_t no_flows(
  rcutils_allocator_t * allocator, rmw_network_flow_endpoint_array_t * network_flow_endpoint_array)
{
  RMW_PLIB_CHECK_ALLOCATOR(allocator);
  RMW_PLIB_CHECK_ARGUMENT(network_flow_endpoint_array);
  if (rmw_network_flow_endpoint_array_check_zero(network_flow_endpoint_array) != RMW_RET_OK) {
    return RMW_RET_INVALID_ARGUMENT;
  }
  return rmw_network_flow_endpoint_array_init(network_flow_endpoint_array, 0, allocator);
}

}  // namespace

extern "C" {

rmw_ret_t rmw_publisher_get_network_flow_endpoints(
  const rmw_publisher_t * publisher, rcutils_allocator_t * allocator,
  rmw_network_flow_endpoint_array_t * network_flow_endpoint_array)
{
  RMW_PLIB_CHECK_HANDLE(publisher);
  return no_flows(allocator, network_flow_endpoint_array);
}

rmw_ret_t rmw_subscription_get_network_flow_endpoints(
  const rmw_subscription_t * subscription, rcutils_allocator_t * allocator,
  rmw_network_flow_endpoint_array_t * network_flow_endpoint_array)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  return no_flows(allocator, network_flow_endpoint_array);
}

}  // extern "C"
