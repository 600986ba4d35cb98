#include "qos.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "rmw/qos_profiles.h"
#include "rmw/time.h"

#include "error.hpp"
#include "graph.hpp"
#include "participant.hpp"

namespace rmw_plib
{

namespace
{

constexpr size_t default_depth = 10;
constexpr int64_t infinite = std::numeric_limits<int64_t>::max();

/// Unspecified means infinite.
int64_t to_nanoseconds(const rmw_time_t & duration)
{
  const rmw_duration_t total = rmw_time_total_nsec(duration);
  return total == 0 ? infinite : total;
}

bool is_best_available(const rmw_time_t & duration)
{
  return rmw_time_equal(duration, RMW_QOS_DEADLINE_BEST_AVAILABLE);
}

void check_policies(const rmw_qos_profile_t & profile)
{
  const auto require = [](bool valid, const char * policy) {
    if (!valid) {
      throw Error(
        RMW_RET_INVALID_ARGUMENT,
        std::string("invalid QoS: ") + policy + " is unknown or not supported");
    }
  };
  require(
    profile.history == RMW_QOS_POLICY_HISTORY_SYSTEM_DEFAULT ||
      profile.history == RMW_QOS_POLICY_HISTORY_KEEP_LAST ||
      profile.history == RMW_QOS_POLICY_HISTORY_KEEP_ALL,
    "history");
  require(
    profile.reliability == RMW_QOS_POLICY_RELIABILITY_SYSTEM_DEFAULT ||
      profile.reliability == RMW_QOS_POLICY_RELIABILITY_RELIABLE ||
      profile.reliability == RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT ||
      profile.reliability == RMW_QOS_POLICY_RELIABILITY_BEST_AVAILABLE,
    "reliability");
  require(
    profile.durability == RMW_QOS_POLICY_DURABILITY_SYSTEM_DEFAULT ||
      profile.durability == RMW_QOS_POLICY_DURABILITY_VOLATILE ||
      profile.durability == RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL ||
      profile.durability == RMW_QOS_POLICY_DURABILITY_BEST_AVAILABLE,
    "durability");
  require(
    profile.liveliness == RMW_QOS_POLICY_LIVELINESS_SYSTEM_DEFAULT ||
      profile.liveliness == RMW_QOS_POLICY_LIVELINESS_AUTOMATIC ||
      profile.liveliness == RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC ||
      profile.liveliness == RMW_QOS_POLICY_LIVELINESS_BEST_AVAILABLE,
    "liveliness");
}

/// What is still open gets the system's default; reliability has one a side.
rmw_qos_profile_t with_defaults(
  rmw_qos_profile_t profile, rmw_qos_reliability_policy_t default_reliability)
{
  if (profile.history == RMW_QOS_POLICY_HISTORY_SYSTEM_DEFAULT) {
    profile.history = RMW_QOS_POLICY_HISTORY_KEEP_LAST;
  }
  if (profile.depth == RMW_QOS_POLICY_DEPTH_SYSTEM_DEFAULT) {
    profile.depth = default_depth;
  }
  profile.depth = std::min<size_t>(profile.depth, PLIB_RING_MAX);
  if (
    profile.reliability != RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT &&
    profile.reliability != RMW_QOS_POLICY_RELIABILITY_RELIABLE) {
    profile.reliability = default_reliability;
  }
  if (profile.durability != RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL) {
    profile.durability = RMW_QOS_POLICY_DURABILITY_VOLATILE;
  }
  if (profile.liveliness != RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC) {
    profile.liveliness = RMW_QOS_POLICY_LIVELINESS_AUTOMATIC;
  }
  profile.deadline = rmw_time_from_nsec(to_nanoseconds(profile.deadline));
  profile.lifespan = rmw_time_from_nsec(to_nanoseconds(profile.lifespan));
  profile.liveliness_lease_duration =
    rmw_time_from_nsec(to_nanoseconds(profile.liveliness_lease_duration));
  return profile;
}

/// QoS of the endpoints of one kind on a topic, and what they have in common.
class Peers
{
public:
  Peers(const Participant & participant, plib_kind kind, const char * topic)
  {
    participant.poll();
    for (const plib_graph_entity & endpoint : Graph(participant).endpoints({kind}, topic)) {
      qos_.push_back(endpoint.qos);
    }
  }

  bool all(uint32_t plib_qos::*policy, uint32_t value) const
  {
    return std::all_of(
      qos_.begin(), qos_.end(), [=](const plib_qos & qos) { return qos.*policy == value; });
  }

  bool any(uint32_t plib_qos::*policy, uint32_t value) const
  {
    return std::any_of(
      qos_.begin(), qos_.end(), [=](const plib_qos & qos) { return qos.*policy == value; });
  }

  rmw_time_t shortest(int64_t plib_qos::*duration) const
  {
    int64_t result = infinite;
    for (const plib_qos & qos : qos_) {
      result = std::min(result, qos.*duration);
    }
    return rmw_time_from_nsec(result);
  }

  rmw_time_t longest(int64_t plib_qos::*duration) const
  {
    int64_t result = qos_.empty() ? infinite : 0;
    for (const plib_qos & qos : qos_) {
      result = std::max(result, qos.*duration);
    }
    return rmw_time_from_nsec(result);
  }

private:
  std::vector<plib_qos> qos_;
};

bool asks_best_available(const rmw_qos_profile_t & profile)
{
  return profile.reliability == RMW_QOS_POLICY_RELIABILITY_BEST_AVAILABLE ||
         profile.durability == RMW_QOS_POLICY_DURABILITY_BEST_AVAILABLE ||
         profile.liveliness == RMW_QOS_POLICY_LIVELINESS_BEST_AVAILABLE ||
         is_best_available(profile.deadline) ||
         is_best_available(profile.liveliness_lease_duration);
}

}  // namespace

rmw_qos_profile_t resolve_publisher_qos(
  const Participant & participant, const char * topic, const rmw_qos_profile_t & profile)
{
  check_policies(profile);
  rmw_qos_profile_t result = profile;
  if (asks_best_available(profile)) {
    // What a publisher offers beyond a request costs no match: the most that is asked for.
    const Peers peers(participant, PLIB_KIND_SUBSCRIPTION, topic);
    if (profile.reliability == RMW_QOS_POLICY_RELIABILITY_BEST_AVAILABLE) {
      result.reliability = RMW_QOS_POLICY_RELIABILITY_RELIABLE;
    }
    if (profile.durability == RMW_QOS_POLICY_DURABILITY_BEST_AVAILABLE) {
      result.durability = RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL;
    }
    if (profile.liveliness == RMW_QOS_POLICY_LIVELINESS_BEST_AVAILABLE) {
      result.liveliness = peers.any(&plib_qos::liveliness, PLIB_MANUAL_BY_TOPIC)
                            ? RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC
                            : RMW_QOS_POLICY_LIVELINESS_AUTOMATIC;
    }
    if (is_best_available(profile.deadline)) {
      result.deadline = peers.shortest(&plib_qos::deadline);
    }
    if (is_best_available(profile.liveliness_lease_duration)) {
      result.liveliness_lease_duration = peers.shortest(&plib_qos::lease);
    }
  }
  return with_defaults(result, RMW_QOS_POLICY_RELIABILITY_RELIABLE);
}

rmw_qos_profile_t resolve_subscription_qos(
  const Participant & participant, const char * topic, const rmw_qos_profile_t & profile)
{
  check_policies(profile);
  rmw_qos_profile_t result = profile;
  if (asks_best_available(profile)) {
    // What a subscription requests must be offered by all: the most that all of them offer.
    const Peers peers(participant, PLIB_KIND_PUBLISHER, topic);
    if (profile.reliability == RMW_QOS_POLICY_RELIABILITY_BEST_AVAILABLE) {
      result.reliability = peers.all(&plib_qos::reliability, PLIB_RELIABLE)
                             ? RMW_QOS_POLICY_RELIABILITY_RELIABLE
                             : RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT;
    }
    if (profile.durability == RMW_QOS_POLICY_DURABILITY_BEST_AVAILABLE) {
      result.durability = peers.all(&plib_qos::durability, PLIB_TRANSIENT_LOCAL)
                            ? RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL
                            : RMW_QOS_POLICY_DURABILITY_VOLATILE;
    }
    if (profile.liveliness == RMW_QOS_POLICY_LIVELINESS_BEST_AVAILABLE) {
      result.liveliness = peers.all(&plib_qos::liveliness, PLIB_MANUAL_BY_TOPIC)
                            ? RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC
                            : RMW_QOS_POLICY_LIVELINESS_AUTOMATIC;
    }
    if (is_best_available(profile.deadline)) {
      result.deadline = peers.longest(&plib_qos::deadline);
    }
    if (is_best_available(profile.liveliness_lease_duration)) {
      result.liveliness_lease_duration = peers.longest(&plib_qos::lease);
    }
  }
  return with_defaults(result, RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT);
}

rmw_qos_profile_t resolve_service_qos(const rmw_qos_profile_t & profile)
{
  check_policies(profile);
  rmw_qos_profile_t result = profile;
  if (is_best_available(profile.deadline)) {
    result.deadline = rmw_qos_profile_services_default.deadline;
  }
  if (is_best_available(profile.liveliness_lease_duration)) {
    result.liveliness_lease_duration = rmw_qos_profile_services_default.liveliness_lease_duration;
  }
  return with_defaults(result, RMW_QOS_POLICY_RELIABILITY_RELIABLE);
}

plib_qos to_plib_qos(const rmw_qos_profile_t & profile)
{
  plib_qos qos{};
  qos.reliability =
    profile.reliability == RMW_QOS_POLICY_RELIABILITY_RELIABLE ? PLIB_RELIABLE : PLIB_BEST_EFFORT;
  qos.durability = profile.durability == RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL
                     ? PLIB_TRANSIENT_LOCAL
                     : PLIB_VOLATILE;
  qos.history = profile.history == RMW_QOS_POLICY_HISTORY_KEEP_ALL ? PLIB_KEEP_ALL : PLIB_KEEP_LAST;
  qos.depth = static_cast<uint32_t>(profile.depth);
  qos.liveliness = profile.liveliness == RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC
                     ? PLIB_MANUAL_BY_TOPIC
                     : PLIB_AUTOMATIC;
  qos.deadline = to_nanoseconds(profile.deadline);
  qos.lifespan = to_nanoseconds(profile.lifespan);
  qos.lease = to_nanoseconds(profile.liveliness_lease_duration);
  return qos;
}

rmw_qos_profile_t to_rmw_qos(const plib_qos & qos)
{
  rmw_qos_profile_t profile = rmw_qos_profile_unknown;
  profile.reliability = qos.reliability == PLIB_RELIABLE ? RMW_QOS_POLICY_RELIABILITY_RELIABLE
                                                         : RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT;
  profile.durability = qos.durability == PLIB_TRANSIENT_LOCAL
                         ? RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL
                         : RMW_QOS_POLICY_DURABILITY_VOLATILE;
  profile.history = qos.history == PLIB_KEEP_ALL ? RMW_QOS_POLICY_HISTORY_KEEP_ALL
                                                 : RMW_QOS_POLICY_HISTORY_KEEP_LAST;
  profile.depth = qos.depth;
  profile.liveliness = qos.liveliness == PLIB_MANUAL_BY_TOPIC
                         ? RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC
                         : RMW_QOS_POLICY_LIVELINESS_AUTOMATIC;
  profile.deadline = rmw_time_from_nsec(qos.deadline);
  profile.lifespan = rmw_time_from_nsec(qos.lifespan);
  profile.liveliness_lease_duration = rmw_time_from_nsec(qos.lease);
  return profile;
}

plib_qos keep_everything(plib_qos qos)
{
  if (qos.reliability == PLIB_RELIABLE) {
    qos.history = PLIB_KEEP_ALL;
  }
  return qos;
}

plib_qos reply_qos()
{
  plib_qos qos{};
  qos.reliability = PLIB_RELIABLE;
  qos.durability = PLIB_VOLATILE;
  qos.history = PLIB_KEEP_ALL;
  qos.depth = default_depth;
  qos.liveliness = PLIB_AUTOMATIC;
  qos.deadline = infinite;
  qos.lifespan = infinite;
  qos.lease = infinite;
  return qos;
}

}  // namespace rmw_plib
