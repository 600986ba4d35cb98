#include <string>
#include <vector>

#include "rmw/rmw.h"
#include "rmw/sanity_checks.h"

#include "checks.hpp"
#include "error.hpp"
#include "graph.hpp"
#include "graph_results.hpp"
#include "node.hpp"

namespace
{

bool is_zero(rcutils_string_array_t * array)
{
  return rmw_check_zero_rmw_string_array(array) == RMW_RET_OK;
}

/// `enclaves` may be null.
rmw_ret_t get_nodes(
  const rmw_node_t & node, rcutils_string_array_t & names, rcutils_string_array_t & namespaces,
  rcutils_string_array_t * enclaves)
{
  std::vector<std::string> found_names;
  std::vector<std::string> found_namespaces;
  std::vector<std::string> found_enclaves;
  const rmw_plib::Graph graph(*rmw_plib::Node::from(node).participant());
  for (const plib_graph_entity & entity : graph.nodes()) {
    found_names.emplace_back(entity.name);
    found_namespaces.emplace_back(entity.type);
    found_enclaves.emplace_back(entity.enclave);
  }
  rmw_plib::write_strings(found_names, names);
  rmw_plib::write_strings(found_namespaces, namespaces);
  if (enclaves) {
    rmw_plib::write_strings(found_enclaves, *enclaves);
  }
  return RMW_RET_OK;
}

}  // namespace

extern "C" {

rmw_ret_t rmw_get_node_names(
  const rmw_node_t * node, rcutils_string_array_t * node_names,
  rcutils_string_array_t * node_namespaces)
{
  RMW_PLIB_CHECK_HANDLE(node);
  if (!is_zero(node_names) || !is_zero(node_namespaces)) {
    return RMW_RET_INVALID_ARGUMENT;
  }
  return rmw_plib::guarded(
    [&] { return get_nodes(*node, *node_names, *node_namespaces, nullptr); });
}

rmw_ret_t rmw_get_node_names_with_enclaves(
  const rmw_node_t * node, rcutils_string_array_t * node_names,
  rcutils_string_array_t * node_namespaces, rcutils_string_array_t * enclaves)
{
  RMW_PLIB_CHECK_HANDLE(node);
  if (!is_zero(node_names) || !is_zero(node_namespaces) || !is_zero(enclaves)) {
    return RMW_RET_INVALID_ARGUMENT;
  }
  return rmw_plib::guarded(
    [&] { return get_nodes(*node, *node_names, *node_namespaces, enclaves); });
}

}  // extern "C"
