#include "node.hpp"

#include "context.hpp"
#include "error.hpp"
#include "identifier.hpp"
#include "names.hpp"

namespace rmw_plib
{

Node::Node(rmw_context_t & context, const char * name, const char * node_namespace)
: participant_(participant_of(context)), name_(name), namespace_(node_namespace)
{
  check_node_name(name);
  check_namespace(node_namespace);
  plib_guard * guard = nullptr;
  throw_on_error(
    plib_graph_guard_create(participant_->get(), &guard),
    "failed to create the node's graph guard condition");
  guard_.reset(guard);
  throw_on_error(
    plib_node_create(participant_->get(), name, node_namespace, &entity_),
    "failed to create the node");
  graph_guard_.implementation_identifier = identifier;
  graph_guard_.data = guard_.get();
  graph_guard_.context = &context;
  handle_.implementation_identifier = identifier;
  handle_.data = this;
  handle_.name = name_.c_str();
  handle_.namespace_ = namespace_.c_str();
  handle_.context = &context;
}

Node::~Node() { (void)close(); }

rmw_ret_t Node::close() noexcept
{
  if (entity_ == 0) {
    return RMW_RET_OK;
  }
  const int status = plib_node_destroy(participant_->get(), entity_);
  entity_ = 0;
  return report_destroyed(status, "plibd did not take the node out of the graph");
}

}  // namespace rmw_plib
