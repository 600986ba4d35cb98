#ifndef GRAPH_HPP_
#define GRAPH_HPP_

#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "plib/plib.h"

#include "gid.hpp"

namespace rmw_plib
{

class Participant;

/// Names of topics or services, each with the names of its types.
using NamesAndTypes = std::map<std::string, std::set<std::string>>;

/// The ROS graph of a participant's domain, as the daemon publishes it in shared memory.
/**
 * Each call sees one state of the graph, unless it keeps changing under every try to read it.
 */
class Graph
{
public:
  explicit Graph(const Participant & participant) noexcept : participant_(participant) {}

  std::vector<plib_graph_entity> nodes() const;

  /// Endpoints of these kinds, on `topic` when it is given.
  std::vector<plib_graph_entity> endpoints(
    std::initializer_list<plib_kind> kinds, const char * topic = nullptr) const;

  /// How many endpoints of this kind are on the topic or service; allocates nothing.
  size_t count(plib_kind kind, const char * name) const;

  /// The endpoints of one kind on a topic, and all nodes, so that each finds the node that it belongs to.
  std::vector<plib_graph_entity> endpoints_and_nodes(plib_kind kind, const char * topic) const;

  NamesAndTypes names_and_types(std::initializer_list<plib_kind> kinds) const;

  /// The same of one node; throws Error(RMW_RET_NODE_NAME_NON_EXISTENT) when there is none.
  NamesAndTypes names_and_types_of_node(
    plib_kind kind, const char * name, const char * node_namespace) const;

private:
  /// `each` entity of one state of the graph, after `start`; from there again when it changes meanwhile.
  template <typename Start, typename Each>
  void walk(const Start & start, const Each & each) const;

  template <typename Keep>
  std::vector<plib_graph_entity> read(const Keep & keep) const;

  const Participant & participant_;
};

}  // namespace rmw_plib

#endif  // GRAPH_HPP_
