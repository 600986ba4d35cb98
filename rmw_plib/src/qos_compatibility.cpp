#include "qos_compatibility.hpp"

#include <string_view>

#include "rmw/qos_string_conversions.h"
#include "rmw/time.h"

namespace rmw_plib
{

namespace
{

const char * or_unknown(const char * text) { return text ? text : "unknown"; }

/// Text in the caller's memory, cut where that ends.
class Reason
{
public:
  Reason(char * text, size_t size) noexcept : next_(text), room_(size)
  {
    if (room_ > 0) {
      *next_ = '\0';
    }
  }

  Reason & operator<<(std::string_view text) noexcept
  {
    if (room_ > 0) {
      const size_t length = text.copy(next_, room_ - 1);
      next_ += length;
      room_ -= length;
      *next_ = '\0';
    }
    return *this;
  }

private:
  char * next_;
  size_t room_;
};

/// What is found of one severity: errors are written before warnings.
class Findings
{
public:
  Findings(rmw_qos_compatibility_type_t severity, Reason & reason) noexcept
  : severity_(severity), reason_(reason)
  {
  }

  bool are(rmw_qos_compatibility_type_t severity) const noexcept { return severity == severity_; }

  Reason & add() noexcept
  {
    any_ = true;
    return reason_ << (are(RMW_QOS_COMPATIBILITY_ERROR) ? "ERROR: " : "WARNING: ");
  }

  bool any() const noexcept { return any_; }

private:
  rmw_qos_compatibility_type_t severity_;
  Reason & reason_;
  bool any_ = false;
};

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

  rmw_qos_compatibility_type_t severity(Value offered, Value requested) const noexcept
  {
    const auto is_open = [this](Value value) {
      return value == system_default || value == unknown;
    };
    if (offered == weak && requested == strong) {
      return RMW_QOS_COMPATIBILITY_ERROR;
    }
    if (
      (is_open(offered) && (is_open(requested) || requested == strong)) ||
      (offered == weak && is_open(requested))) {
      return RMW_QOS_COMPATIBILITY_WARNING;
    }
    return RMW_QOS_COMPATIBILITY_OK;
  }

  void judge(Value offered, Value requested, Findings & findings) const noexcept
  {
    if (findings.are(severity(offered, requested))) {
      findings.add() << name << ": publisher offers " << or_unknown(to_string(offered))
                     << ", subscription requests " << or_unknown(to_string(requested)) << ";";
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
  const rmw_time_t & best_available, Findings & findings) noexcept
{
  if (
    !findings.are(RMW_QOS_COMPATIBILITY_ERROR) || rmw_time_equal(offered, best_available) ||
    rmw_time_equal(requested, best_available)) {
    return;
  }
  const rmw_time_t infinite = RMW_DURATION_INFINITE;
  const auto total = [&](const rmw_time_t & time) {
    const rmw_duration_t nanoseconds = rmw_time_total_nsec(time);
    return nanoseconds == 0 ? rmw_time_total_nsec(infinite) : nanoseconds;
  };
  if (total(requested) < total(offered)) {
    findings.add() << name
                   << ": the subscription requests a shorter one than the publisher offers;";
  }
}

void judge(
  const rmw_qos_profile_t & publisher, const rmw_qos_profile_t & subscription,
  Findings & findings) noexcept
{
  reliability.judge(publisher.reliability, subscription.reliability, findings);
  durability.judge(publisher.durability, subscription.durability, findings);
  liveliness.judge(publisher.liveliness, subscription.liveliness, findings);
  judge_period(
    "deadline", publisher.deadline, subscription.deadline, RMW_QOS_DEADLINE_BEST_AVAILABLE,
    findings);
  judge_period(
    "liveliness lease duration", publisher.liveliness_lease_duration,
    subscription.liveliness_lease_duration, RMW_QOS_LIVELINESS_LEASE_DURATION_BEST_AVAILABLE,
    findings);
}

}  // namespace

rmw_qos_compatibility_type_t judge_qos(
  const rmw_qos_profile_t & publisher, const rmw_qos_profile_t & subscription, char * reason,
  size_t size) noexcept
{
  Reason text(reason, size);
  Findings errors(RMW_QOS_COMPATIBILITY_ERROR, text);
  Findings warnings(RMW_QOS_COMPATIBILITY_WARNING, text);
  judge(publisher, subscription, errors);
  judge(publisher, subscription, warnings);
  if (errors.any()) {
    return RMW_QOS_COMPATIBILITY_ERROR;
  }
  return warnings.any() ? RMW_QOS_COMPATIBILITY_WARNING : RMW_QOS_COMPATIBILITY_OK;
}

}  // namespace rmw_plib
