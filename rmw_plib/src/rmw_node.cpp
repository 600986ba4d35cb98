#include <memory>

#include "rmw/rmw.h"

#include "checks.hpp"
#include "error.hpp"
#include "node.hpp"

using rmw_plib::Node;

extern "C" {

rmw_node_t * rmw_create_node(rmw_context_t * context, const char * name, const char * namespace_)
{
  RMW_PLIB_CHECK_HANDLE_OR_NULL(context);
  RMW_CHECK_ARGUMENT_FOR_NULL(name, nullptr);
  RMW_CHECK_ARGUMENT_FOR_NULL(namespace_, nullptr);
  return rmw_plib::guarded_create(
    [&] { return std::make_unique<Node>(*context, name, namespace_).release()->handle(); });
}

rmw_ret_t rmw_destroy_node(rmw_node_t * node)
{
  RMW_PLIB_CHECK_HANDLE(node);
  const std::unique_ptr<Node> owner(&Node::from(*node));
  return owner->close();
}

const rmw_guard_condition_t * rmw_node_get_graph_guard_condition(const rmw_node_t * node)
{
  RMW_PLIB_CHECK_HANDLE_OR_NULL(node);
  return Node::from(*node).graph_guard();
}

}  // extern "C"
