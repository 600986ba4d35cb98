#include "rmw/get_topic_endpoint_info.h"
#include "rmw/rmw.h"

#include "checks.hpp"
#include "error.hpp"
#include "graph.hpp"
#include "graph_results.hpp"
#include "node.hpp"

namespace
{

rmw_ret_t get_endpoints_info(
  const rmw_node_t * node, rcutils_allocator_t * allocator, const char * topic_name, plib_kind kind,
  rmw_endpoint_type_t type, rmw_topic_endpoint_info_array_t * infos)
{
  RMW_PLIB_CHECK_HANDLE(node);
  RMW_PLIB_CHECK_ALLOCATOR(allocator);
  RMW_PLIB_CHECK_ARGUMENT(topic_name);
  if (rmw_topic_endpoint_info_array_check_zero(infos) != RMW_RET_OK) {
    return RMW_RET_INVALID_ARGUMENT;
  }
  return rmw_plib::guarded([&] {
    const rmw_plib::Graph graph(*rmw_plib::Node::from(*node).participant());
    rmw_plib::write_endpoints(
      graph.endpoints_and_nodes(kind, topic_name), type, *allocator, *infos);
    return RMW_RET_OK;
  });
}

}  // namespace

extern "C" {

rmw_ret_t rmw_get_publishers_info_by_topic(
  const rmw_node_t * node, rcutils_allocator_t * allocator, const char * topic_name,
  bool /* no_mangle */, rmw_topic_endpoint_info_array_t * publishers_info)
{
  return get_endpoints_info(
    node, allocator, topic_name, PLIB_KIND_PUBLISHER, RMW_ENDPOINT_PUBLISHER, publishers_info);
}

rmw_ret_t rmw_get_subscriptions_info_by_topic(
  const rmw_node_t * node, rcutils_allocator_t * allocator, const char * topic_name,
  bool /* no_mangle */, rmw_topic_endpoint_info_array_t * subscriptions_info)
{
  return get_endpoints_info(
    node, allocator, topic_name, PLIB_KIND_SUBSCRIPTION, RMW_ENDPOINT_SUBSCRIPTION,
    subscriptions_info);
}

}  // extern "C"
