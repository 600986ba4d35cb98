#ifndef QOS_COMPATIBILITY_HPP_
#define QOS_COMPATIBILITY_HPP_

#include <cstddef>

#include "rmw/qos_profiles.h"

namespace rmw_plib
{

/// Whether endpoints with these profiles match, by the rules of DDS (request against offer).
/**
 * A policy that is unknown or left to the system makes a warning where the answer depends on it.
 *
 * `reason` gets a sentence a policy, each ended by a semicolon and errors before warnings, as far as they fit in
 * its `size` bytes; it may be null when that is 0. Allocates nothing.
 */
rmw_qos_compatibility_type_t judge_qos(
  const rmw_qos_profile_t & publisher, const rmw_qos_profile_t & subscription, char * reason,
  size_t size) noexcept;

}  // namespace rmw_plib

#endif  // QOS_COMPATIBILITY_HPP_
