#include <initializer_list>

#include "rmw/get_service_names_and_types.h"
#include "rmw/get_topic_names_and_types.h"
#include "rmw/rmw.h"

#include "checks.hpp"
#include "error.hpp"
#include "graph.hpp"
#include "graph_results.hpp"
#include "node.hpp"

namespace
{

rmw_ret_t get_names_and_types(
  const rmw_node_t * node, rcutils_allocator_t * allocator, std::initializer_list<plib_kind> kinds,
  rmw_names_and_types_t * names_and_types)
{
  RMW_PLIB_CHECK_HANDLE(node);
  RMW_PLIB_CHECK_ALLOCATOR(allocator);
  if (rmw_names_and_types_check_zero(names_and_types) != RMW_RET_OK) {
    return RMW_RET_INVALID_ARGUMENT;
  }
  return rmw_plib::guarded([&] {
    const rmw_plib::Graph graph(*rmw_plib::Node::from(*node).participant());
    rmw_plib::write_names_and_types(graph.names_and_types(kinds), *allocator, *names_and_types);
    return RMW_RET_OK;
  });
}

}  // namespace

extern "C" {

/// Names are never mangled, hence `no_demangle` makes no difference.
rmw_ret_t rmw_get_topic_names_and_types(
  const rmw_node_t * node, rcutils_allocator_t * allocator, bool /* no_demangle */,
  rmw_names_and_types_t * topic_names_and_types)
{
  return get_names_and_types(
    node, allocator, {PLIB_KIND_PUBLISHER, PLIB_KIND_SUBSCRIPTION}, topic_names_and_types);
}

rmw_ret_t rmw_get_service_names_and_types(
  const rmw_node_t * node, rcutils_allocator_t * allocator,
  rmw_names_and_types_t * service_names_and_types)
{
  return get_names_and_types(
    node, allocator, {PLIB_KIND_SERVER, PLIB_KIND_CLIENT}, service_names_and_types);
}

}  // extern "C"
