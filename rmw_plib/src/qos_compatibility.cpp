#include "qos_compatibility.hpp"

#include "rmw/qos_string_conversions.h"
#include "rmw/time.h"

namespace rmw_plib
{

namespace
{

const char * or_unknown(const char * text) { return text ? text : "unknown"; }

/// One policy that has a weak and a strong value: a strong request needs a strong offer.
template <typename Value>
struct RankedPolicy
{
  const char * name;
  Value system_default;
  Value unknown;
  Value weak;
  Value strong;
  const char * (*to_string)(Value);

  void judge(Value offered, Value requested, QosVerdict & errors, QosVerdict & warnings) const
  {
    const auto is_open = [this](Value value) {
      return value == system_default || value == unknown;
    };
    QosVerdict * verdict = nullptr;
    const char * word = nullptr;
    if (offered == weak && requested == strong) {
      verdict = &errors;
      word = "ERROR";
      verdict->compatibility = RMW_QOS_COMPATIBILITY_ERROR;
    } else if (
      (is_open(offered) && (is_open(requested) || requested == strong)) ||
      (offered == weak && is_open(requested))) {
      verdict = &warnings;
      word = "WARNING";
      verdict->compatibility = RMW_QOS_COMPATIBILITY_WARNING;
    }
    if (verdict) {
      verdict->reason += std::string(word) + ": " + name + ": publisher offers " +
                         or_unknown(to_string(offered)) + ", subscription requests " +
                         or_unknown(to_string(requested)) + ";";
    }
  }
};

constexpr RankedPolicy<rmw_qos_reliability_policy_t> reliability{
  "reliability",
  RMW_QOS_POLICY_RELIABILITY_SYSTEM_DEFAULT,
  RMW_QOS_POLICY_RELIABILITY_UNKNOWN,
  RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT,
  RMW_QOS_POLICY_RELIABILITY_RELIABLE,
  rmw_qos_reliability_policy_to_str};

constexpr RankedPolicy<rmw_qos_durability_policy_t> durability{
  "durability",
  RMW_QOS_POLICY_DURABILITY_SYSTEM_DEFAULT,
  RMW_QOS_POLICY_DURABILITY_UNKNOWN,
  RMW_QOS_POLICY_DURABILITY_VOLATILE,
  RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL,
  rmw_qos_durability_policy_to_str};

constexpr RankedPolicy<rmw_qos_liveliness_policy_t> liveliness{
  "liveliness",
  RMW_QOS_POLICY_LIVELINESS_SYSTEM_DEFAULT,
  RMW_QOS_POLICY_LIVELINESS_UNKNOWN,
  RMW_QOS_POLICY_LIVELINESS_AUTOMATIC,
  RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC,
  rmw_qos_liveliness_policy_to_str};

/// A requested period must be no shorter than the offered one; unspecified is infinite, and "best available"
/// becomes what fits.
void judge_period(
  const char * name, const rmw_time_t & offered, const rmw_time_t & requested,
  const rmw_time_t & best_available, QosVerdict & errors)
{
  if (rmw_time_equal(offered, best_available) || rmw_time_equal(requested, best_available)) {
    return;
  }
  const rmw_time_t infinite = RMW_DURATION_INFINITE;
  const auto total = [&](const rmw_time_t & time) {
    const rmw_duration_t nanoseconds = rmw_time_total_nsec(time);
    return nanoseconds == 0 ? rmw_time_total_nsec(infinite) : nanoseconds;
  };
  if (total(requested) < total(offered)) {
    errors.compatibility = RMW_QOS_COMPATIBILITY_ERROR;
    errors.reason += std::string("ERROR: ") + name +
                     ": the subscription requests a shorter one than the publisher offers;";
  }
}

}  // namespace

QosVerdict judge_qos(const rmw_qos_profile_t & publisher, const rmw_qos_profile_t & subscription)
{
  QosVerdict errors;
  QosVerdict warnings;
  reliability.judge(publisher.reliability, subscription.reliability, errors, warnings);
  durability.judge(publisher.durability, subscription.durability, errors, warnings);
  liveliness.judge(publisher.liveliness, subscription.liveliness, errors, warnings);
  judge_period(
    "deadline", publisher.deadline, subscription.deadline, RMW_QOS_DEADLINE_BEST_AVAILABLE, errors);
  judge_period(
    "liveliness lease duration", publisher.liveliness_lease_duration,
    subscription.liveliness_lease_duration, RMW_QOS_LIVELINESS_LEASE_DURATION_BEST_AVAILABLE,
    errors);
  if (errors.compatibility != RMW_QOS_COMPATIBILITY_ERROR) {
    return warnings;
  }
  errors.reason += warnings.reason;
  return errors;
}

}  // namespace rmw_plib
