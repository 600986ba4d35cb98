#ifndef NODE_HPP_
#define NODE_HPP_

#include <cstdint>
#include <memory>
#include <string>

#include "plib/plib.h"
#include "rmw/types.h"

#include "participant.hpp"

namespace rmw_plib
{

class Node
{
public:
  Node(rmw_context_t & context, const char * name, const char * node_namespace);
  ~Node();

  Node(const Node &) = delete;
  Node & operator=(const Node &) = delete;

  static Node & from(const rmw_node_t & handle) noexcept
  {
    return *static_cast<Node *>(handle.data);
  }

  rmw_node_t * handle() noexcept { return &handle_; }

  /// Leave the graph, before destruction; RMW_RET_ERROR when plibd may still show the node.
  rmw_ret_t close() noexcept;

  const std::shared_ptr<Participant> & participant() const noexcept { return participant_; }

  /// Entity number, for the endpoints of this node.
  uint32_t entity() const noexcept { return entity_; }

  const rmw_guard_condition_t * graph_guard() const noexcept { return &graph_guard_; }

private:
  struct GuardDestroyer
  {
    void operator()(plib_guard * guard) const noexcept { plib_guard_destroy(guard); }
  };

  std::shared_ptr<Participant> participant_;
  // Its own, since a wait resets it: other nodes' waits are to be told of the same change.
  std::unique_ptr<plib_guard, GuardDestroyer> guard_;
  std::string name_;
  std::string namespace_;
  uint32_t entity_ = 0;
  rmw_guard_condition_t graph_guard_{};
  rmw_node_t handle_{};
};

}  // namespace rmw_plib

#endif  // NODE_HPP_
