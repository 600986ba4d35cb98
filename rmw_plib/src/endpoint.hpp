#ifndef ENDPOINT_HPP_
#define ENDPOINT_HPP_

#include <cstdint>

#include "plib/plib.h"

namespace rmw_plib
{

/// Options for an endpoint of the node with this entity number; they point into `topic` and `type`.
template <typename Type>
plib_endpoint_options endpoint_options(
  plib_kind kind, uint32_t node, const char * topic, const Type & type, const plib_qos & qos)
{
  plib_endpoint_options options{};
  options.kind = kind;
  options.node = node;
  options.topic = topic;
  options.type = type.name().c_str();
  options.type_hash = type.hash()[0] ? type.hash().data() : nullptr;
  options.qos = qos;
  return options;
}

}  // namespace rmw_plib

#endif  // ENDPOINT_HPP_
