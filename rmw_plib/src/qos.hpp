#ifndef QOS_HPP_
#define QOS_HPP_

#include "plib/types.h"
#include "rmw/types.h"

namespace rmw_plib
{

class Participant;

/// The profile with every policy decided; throws Error when one is unknown or out of range.
/**
 * SYSTEM_DEFAULT is what matches most, as in DDS: a publisher is reliable, a subscription best
 * effort; both are volatile, keep last 10 and of automatic liveliness. BEST_AVAILABLE is decided
 * by the endpoints of the topic that exist now.
 */
rmw_qos_profile_t resolve_publisher_qos(
  const Participant & participant, const char * topic, const rmw_qos_profile_t & profile);

rmw_qos_profile_t resolve_subscription_qos(
  const Participant & participant, const char * topic, const rmw_qos_profile_t & profile);

/// Both ends of a service: SYSTEM_DEFAULT and BEST_AVAILABLE are reliable and volatile.
rmw_qos_profile_t resolve_service_qos(const rmw_qos_profile_t & profile);

/// `profile` must have been resolved.
plib_qos to_plib_qos(const rmw_qos_profile_t & profile);

rmw_qos_profile_t to_rmw_qos(const plib_qos & qos);

/// Nothing is overwritten before it was taken; for requests, when they are reliable.
plib_qos keep_everything(plib_qos qos);

/// Of the streams that carry replies: reliable and complete, whatever the service asks for.
plib_qos reply_qos();

}  // namespace rmw_plib

#endif  // QOS_HPP_
