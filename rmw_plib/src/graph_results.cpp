#include "graph_results.hpp"

#include <algorithm>
#include <new>

#include "rcpputils/scope_exit.hpp"
#include "rcutils/allocator.h"
#include "rcutils/error_handling.h"
#include "rcutils/strdup.h"

#include "error.hpp"
#include "qos.hpp"

namespace rmw_plib
{

namespace
{

/// Give up when a function of rcutils or rmw failed; the only reason left is memory.
void require(bool done)
{
  if (!done) {
    rcutils_reset_error();
    throw std::bad_alloc();
  }
}

template <typename Strings>
void fill(rcutils_string_array_t & array, const Strings & strings, rcutils_allocator_t & allocator)
{
  require(rcutils_string_array_init(&array, strings.size(), &allocator) == RCUTILS_RET_OK);
  size_t index = 0;
  for (const std::string & string : strings) {
    array.data[index] = rcutils_strdup(string.c_str(), allocator);
    require(array.data[index++]);
  }
}

/// For a failure while another one is being handled.
template <typename Result>
void ignore(const Result &) noexcept
{
}

/// What a node is called of which the daemon told the endpoints only: it left meanwhile.
constexpr char unknown_node[] = "_NODE_NAME_UNKNOWN_";
constexpr char unknown_namespace[] = "_NODE_NAMESPACE_UNKNOWN_";

void fill(
  rmw_topic_endpoint_info_t & info, const plib_graph_entity & endpoint,
  const plib_graph_entity * node, rmw_endpoint_type_t type, rcutils_allocator_t & allocator)
{
  rosidl_type_hash_t hash = rosidl_get_zero_initialized_type_hash();
  hash.version = endpoint.type_hash[0];
  std::copy_n(endpoint.type_hash + 1, sizeof(hash.value), hash.value);
  const rmw_qos_profile_t qos = to_rmw_qos(endpoint.qos);
  const char * name = node ? node->name : unknown_node;
  const char * node_namespace = node ? node->type : unknown_namespace;
  require(
    rmw_topic_endpoint_info_set_node_name(&info, name, &allocator) == RMW_RET_OK &&
    rmw_topic_endpoint_info_set_node_namespace(&info, node_namespace, &allocator) == RMW_RET_OK &&
    rmw_topic_endpoint_info_set_topic_type(&info, endpoint.type, &allocator) == RMW_RET_OK &&
    rmw_topic_endpoint_info_set_topic_type_hash(&info, &hash) == RMW_RET_OK &&
    rmw_topic_endpoint_info_set_endpoint_type(&info, type) == RMW_RET_OK &&
    rmw_topic_endpoint_info_set_gid(&info, endpoint.gid, sizeof(endpoint.gid)) == RMW_RET_OK &&
    rmw_topic_endpoint_info_set_qos_profile(&info, &qos) == RMW_RET_OK);
}

}  // namespace

void write_strings(const std::vector<std::string> & strings, rcutils_string_array_t & out)
{
  rcutils_allocator_t allocator = rcutils_get_default_allocator();
  rcutils_string_array_t result = rcutils_get_zero_initialized_string_array();
  auto cleanup = rcpputils::make_scope_exit([&] { ignore(rcutils_string_array_fini(&result)); });
  fill(result, strings, allocator);
  cleanup.cancel();
  out = result;
}

void write_names_and_types(
  const NamesAndTypes & names_and_types, rcutils_allocator_t & allocator,
  rmw_names_and_types_t & out)
{
  rmw_names_and_types_t result = rmw_get_zero_initialized_names_and_types();
  auto cleanup = rcpputils::make_scope_exit([&] { ignore(rmw_names_and_types_fini(&result)); });
  require(rmw_names_and_types_init(&result, names_and_types.size(), &allocator) == RMW_RET_OK);
  size_t index = 0;
  for (const auto & [name, types] : names_and_types) {
    result.names.data[index] = rcutils_strdup(name.c_str(), allocator);
    require(result.names.data[index]);
    fill(result.types[index], types, allocator);
    ++index;
  }
  cleanup.cancel();
  out = result;
}

void write_endpoints(
  std::vector<plib_graph_entity> entities, rmw_endpoint_type_t type,
  rcutils_allocator_t & allocator, rmw_topic_endpoint_info_array_t & out)
{
  rmw_topic_endpoint_info_array_t result = rmw_get_zero_initialized_topic_endpoint_info_array();
  auto cleanup = rcpputils::make_scope_exit(
    [&] { ignore(rmw_topic_endpoint_info_array_fini(&result, &allocator)); });
  const auto nodes = std::stable_partition(
    entities.begin(), entities.end(),
    [](const plib_graph_entity & entity) { return entity.kind != PLIB_KIND_NODE; });
  if (nodes != entities.begin()) {
    require(
      rmw_topic_endpoint_info_array_init_with_size(
        &result, static_cast<size_t>(nodes - entities.begin()), &allocator) == RMW_RET_OK);
  }
  rmw_topic_endpoint_info_t * info = result.info_array;
  for (auto endpoint = entities.begin(); endpoint != nodes; ++endpoint) {
    const Gid node_gid = make_gid(endpoint->node_gid);
    const auto node = std::find_if(nodes, entities.end(), [&](const plib_graph_entity & entity) {
      return make_gid(entity.gid) == node_gid;
    });
    fill(*info++, *endpoint, node == entities.end() ? nullptr : &*node, type, allocator);
  }
  cleanup.cancel();
  out = result;
}

}  // namespace rmw_plib
