#ifndef QOS_COMPATIBILITY_HPP_
#define QOS_COMPATIBILITY_HPP_

#include <string>

#include "rmw/qos_profiles.h"

namespace rmw_plib
{

struct QosVerdict
{
  rmw_qos_compatibility_type_t compatibility = RMW_QOS_COMPATIBILITY_OK;
  std::string reason;  ///< one sentence a policy, each ended by a semicolon; errors before warnings
};

/// Whether endpoints with these profiles match, by the rules of DDS (request against offer).
/**
 * A policy that is unknown or left to the system makes a warning where the answer depends on it.
 */
QosVerdict judge_qos(const rmw_qos_profile_t & publisher, const rmw_qos_profile_t & subscription);

}  // namespace rmw_plib

#endif  // QOS_COMPATIBILITY_HPP_
