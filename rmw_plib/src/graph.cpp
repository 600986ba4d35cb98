#include "graph.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "error.hpp"
#include "participant.hpp"

namespace rmw_plib
{

namespace
{

/// Tries to read an unchanging graph; what the last one saw has to do.
constexpr int read_attempts = 8;

NamesAndTypes collect(const std::vector<plib_graph_entity> & endpoints)
{
  NamesAndTypes result;
  for (const plib_graph_entity & endpoint : endpoints) {
    result[endpoint.name].insert(endpoint.type);
  }
  return result;
}

}  // namespace

template <typename Start, typename Each>
void Graph::walk(const Start & start, const Each & each) const
{
  const plib_participant * participant = participant_.get();
  plib_graph_entity entity;
  for (int attempt = 0; attempt < read_attempts; ++attempt) {
    const uint64_t version = plib_graph_version(participant);
    const uint32_t count = plib_graph_count(participant);
    start();
    for (uint32_t index = 0; index < count; ++index) {
      if (plib_graph_read(participant, index, &entity) == 0) {
        each(entity);
      }
    }
    if (plib_graph_version(participant) == version) {
      break;
    }
  }
}

template <typename Keep>
std::vector<plib_graph_entity> Graph::read(const Keep & keep) const
{
  std::vector<plib_graph_entity> entities;
  walk(
    [&] { entities.clear(); },
    [&](const plib_graph_entity & entity) {
      if (keep(entity)) {
        entities.push_back(entity);
      }
    });
  return entities;
}

size_t Graph::count(plib_kind kind, const char * name) const
{
  size_t result = 0;
  walk(
    [&] { result = 0; },
    [&](const plib_graph_entity & entity) {
      result += entity.kind == static_cast<uint32_t>(kind) && std::strcmp(entity.name, name) == 0;
    });
  return result;
}

std::vector<plib_graph_entity> Graph::nodes() const
{
  return read([](const plib_graph_entity & entity) { return entity.kind == PLIB_KIND_NODE; });
}

std::vector<plib_graph_entity> Graph::endpoints(
  std::initializer_list<plib_kind> kinds, const char * topic) const
{
  return read([&](const plib_graph_entity & entity) {
    return std::find(kinds.begin(), kinds.end(), entity.kind) != kinds.end() &&
           (!topic || std::strcmp(entity.name, topic) == 0);
  });
}

std::vector<plib_graph_entity> Graph::endpoints_and_nodes(plib_kind kind, const char * topic) const
{
  return read([&](const plib_graph_entity & entity) {
    return entity.kind == PLIB_KIND_NODE ||
           (entity.kind == static_cast<uint32_t>(kind) && std::strcmp(entity.name, topic) == 0);
  });
}

NamesAndTypes Graph::names_and_types(std::initializer_list<plib_kind> kinds) const
{
  return collect(endpoints(kinds));
}

NamesAndTypes Graph::names_and_types_of_node(
  plib_kind kind, const char * name, const char * node_namespace) const
{
  // One reading for both, so that a node and its endpoints are of the same state of the graph.
  std::vector<plib_graph_entity> entities = read([&](const plib_graph_entity & entity) {
    return entity.kind == kind ||
           (entity.kind == PLIB_KIND_NODE && std::strcmp(entity.name, name) == 0 &&
            std::strcmp(entity.type, node_namespace) == 0);
  });
  const auto first_node = std::partition(
    entities.begin(), entities.end(),
    [](const plib_graph_entity & entity) { return entity.kind != PLIB_KIND_NODE; });
  std::set<Gid> nodes;
  std::transform(
    first_node, entities.end(), std::inserter(nodes, nodes.end()),
    [](const plib_graph_entity & node) { return make_gid(node.gid); });
  if (nodes.empty()) {
    throw Error(
      RMW_RET_NODE_NAME_NON_EXISTENT,
      std::string("no node '") + name + "' in namespace '" + node_namespace + "'");
  }
  entities.erase(
    std::remove_if(
      entities.begin(), entities.end(),
      [&](const plib_graph_entity & entity) {
        return entity.kind == PLIB_KIND_NODE || nodes.count(make_gid(entity.node_gid)) == 0;
      }),
    entities.end());
  return collect(entities);
}

}  // namespace rmw_plib
