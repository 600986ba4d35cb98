#include "rmw/get_node_info_and_types.h"
#include "rmw/rmw.h"

#include "checks.hpp"
#include "error.hpp"
#include "graph.hpp"
#include "graph_results.hpp"
#include "names.hpp"
#include "node.hpp"

namespace
{

rmw_ret_t get_names_and_types_by_node(
  const rmw_node_t * node, rcutils_allocator_t * allocator, const char * node_name,
  const char * node_namespace, plib_kind kind, rmw_names_and_types_t * names_and_types)
{
  RMW_PLIB_CHECK_HANDLE(node);
  RMW_PLIB_CHECK_ALLOCATOR(allocator);
  RMW_PLIB_CHECK_ARGUMENT(node_name);
  RMW_PLIB_CHECK_ARGUMENT(node_namespace);
  if (rmw_names_and_types_check_zero(names_and_types) != RMW_RET_OK) {
    return RMW_RET_INVALID_ARGUMENT;
  }
  return rmw_plib::guarded([&] {
    rmw_plib::check_node_name(node_name);
    rmw_plib::check_namespace(node_namespace);
    const rmw_plib::Graph graph(*rmw_plib::Node::from(*node).participant());
    rmw_plib::write_names_and_types(
      graph.names_and_types_of_node(kind, node_name, node_namespace), *allocator, *names_and_types);
    return RMW_RET_OK;
  });
}

}  // namespace

extern "C" {

rmw_ret_t rmw_get_subscriber_names_and_types_by_node(
  const rmw_node_t * node, rcutils_allocator_t * allocator, const char * node_name,
  const char * node_namespace, bool /* no_demangle */,
  rmw_names_and_types_t * topic_names_and_types)
{
  return get_names_and_types_by_node(
    node, allocator, node_name, node_namespace, PLIB_KIND_SUBSCRIPTION, topic_names_and_types);
}

rmw_ret_t rmw_get_publisher_names_and_types_by_node(
  const rmw_node_t * node, rcutils_allocator_t * allocator, const char * node_name,
  const char * node_namespace, bool /* no_demangle */,
  rmw_names_and_types_t * topic_names_and_types)
{
  return get_names_and_types_by_node(
    node, allocator, node_name, node_namespace, PLIB_KIND_PUBLISHER, topic_names_and_types);
}

rmw_ret_t rmw_get_service_names_and_types_by_node(
  const rmw_node_t * node, rcutils_allocator_t * allocator, const char * node_name,
  const char * node_namespace, rmw_names_and_types_t * service_names_and_types)
{
  return get_names_and_types_by_node(
    node, allocator, node_name, node_namespace, PLIB_KIND_SERVER, service_names_and_types);
}

rmw_ret_t rmw_get_client_names_and_types_by_node(
  const rmw_node_t * node, rcutils_allocator_t * allocator, const char * node_name,
  const char * node_namespace, rmw_names_and_types_t * service_names_and_types)
{
  return get_names_and_types_by_node(
    node, allocator, node_name, node_namespace, PLIB_KIND_CLIENT, service_names_and_types);
}

}  // extern "C"
