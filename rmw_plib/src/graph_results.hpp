#ifndef GRAPH_RESULTS_HPP_
#define GRAPH_RESULTS_HPP_

#include <string>
#include <vector>

#include "plib/plib.h"
#include "rcutils/types/string_array.h"
#include "rmw/names_and_types.h"
#include "rmw/topic_endpoint_info_array.h"

#include "graph.hpp"

namespace rmw_plib
{

// Answers in the form that rmw hands out. Each throws Error and leaves `out` as it was.

void write_strings(const std::vector<std::string> & strings, rcutils_string_array_t & out);

void write_names_and_types(
  const NamesAndTypes & names_and_types, rcutils_allocator_t & allocator,
  rmw_names_and_types_t & out);

/// `entities` are endpoints and, in any order, the nodes that they may belong to.
void write_endpoints(
  std::vector<plib_graph_entity> entities, rmw_endpoint_type_t type,
  rcutils_allocator_t & allocator, rmw_topic_endpoint_info_array_t & out);

}  // namespace rmw_plib

#endif  // GRAPH_RESULTS_HPP_
