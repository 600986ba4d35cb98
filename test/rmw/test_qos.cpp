// QoS compatibility follows the rules of DDS: request against offer.
#include <cstring>
#include <utility>

#include "fixtures.hpp"
#include "rmw/qos_profiles.h"

class Qos : public testing::Test
{
protected:
  void SetUp() override
  {
    publisher_ = subscription_ = rmw_qos_profile_default;
    publisher_.liveliness = subscription_.liveliness = RMW_QOS_POLICY_LIVELINESS_AUTOMATIC;
  }

  void expect(rmw_qos_compatibility_type_t expected)
  {
    rmw_qos_compatibility_type_t compatibility = RMW_QOS_COMPATIBILITY_WARNING;
    char reason[256] = "unset";
    EXPECT_RMW_OK(rmw_qos_profile_check_compatible(
      publisher_, subscription_, &compatibility, reason, sizeof(reason)));
    EXPECT_EQ(expected, compatibility) << reason;
    EXPECT_EQ(expected == RMW_QOS_COMPATIBILITY_OK, reason[0] == '\0') << reason;
  }

  rmw_qos_profile_t publisher_{};
  rmw_qos_profile_t subscription_{};
};

TEST_F(Qos, equal_profiles_are_compatible) { expect(RMW_QOS_COMPATIBILITY_OK); }

TEST_F(Qos, a_stronger_offer_is_compatible)
{
  subscription_.reliability = RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT;
  publisher_.durability = RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL;
  publisher_.deadline = {1, 0};
  subscription_.deadline = {2, 0};
  expect(RMW_QOS_COMPATIBILITY_OK);
}

TEST_F(Qos, best_effort_does_not_serve_reliable)
{
  publisher_.reliability = RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT;
  expect(RMW_QOS_COMPATIBILITY_ERROR);
}

TEST_F(Qos, volatile_does_not_serve_transient_local)
{
  subscription_.durability = RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL;
  expect(RMW_QOS_COMPATIBILITY_ERROR);
}

TEST_F(Qos, automatic_does_not_serve_manual_by_topic)
{
  subscription_.liveliness = RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC;
  expect(RMW_QOS_COMPATIBILITY_ERROR);
}

TEST_F(Qos, a_deadline_needs_one_as_short)
{
  subscription_.deadline = {1, 0};
  expect(RMW_QOS_COMPATIBILITY_ERROR);
  publisher_.deadline = {2, 0};
  expect(RMW_QOS_COMPATIBILITY_ERROR);
  publisher_.deadline = {1, 0};
  expect(RMW_QOS_COMPATIBILITY_OK);
}

TEST_F(Qos, a_lease_needs_one_as_short)
{
  subscription_.liveliness_lease_duration = {1, 0};
  expect(RMW_QOS_COMPATIBILITY_ERROR);
  publisher_.liveliness_lease_duration = {0, 500000000};
  expect(RMW_QOS_COMPATIBILITY_OK);
}

TEST_F(Qos, best_available_periods_fit_every_other)
{
  for (const rmw_time_t other : {rmw_time_t{1, 0}, rmw_time_t{0, 1}, rmw_time_t{0, 0}}) {
    publisher_.deadline = RMW_QOS_DEADLINE_BEST_AVAILABLE;
    publisher_.liveliness_lease_duration = RMW_QOS_LIVELINESS_LEASE_DURATION_BEST_AVAILABLE;
    subscription_.deadline = subscription_.liveliness_lease_duration = other;
    expect(RMW_QOS_COMPATIBILITY_OK);
    std::swap(publisher_, subscription_);
    expect(RMW_QOS_COMPATIBILITY_OK);
    std::swap(publisher_, subscription_);
  }
}

TEST_F(Qos, warnings_are_told_after_errors)
{
  publisher_.reliability = RMW_QOS_POLICY_RELIABILITY_SYSTEM_DEFAULT;
  subscription_.durability = RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL;
  rmw_qos_compatibility_type_t compatibility = RMW_QOS_COMPATIBILITY_OK;
  char reason[2048] = "";
  ASSERT_RMW_OK(rmw_qos_profile_check_compatible(
    publisher_, subscription_, &compatibility, reason, sizeof(reason)));
  EXPECT_EQ(RMW_QOS_COMPATIBILITY_ERROR, compatibility);
  const char * const error = std::strstr(reason, "ERROR: durability");
  const char * const warning = std::strstr(reason, "WARNING: reliability");
  ASSERT_NE(nullptr, error) << reason;
  ASSERT_NE(nullptr, warning) << reason;
  EXPECT_LT(error, warning) << reason;
}

TEST_F(Qos, what_is_left_to_the_system_is_a_warning)
{
  publisher_.reliability = RMW_QOS_POLICY_RELIABILITY_SYSTEM_DEFAULT;
  expect(RMW_QOS_COMPATIBILITY_WARNING);
  subscription_.reliability = RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT;
  expect(RMW_QOS_COMPATIBILITY_OK);
  subscription_.durability = RMW_QOS_POLICY_DURABILITY_UNKNOWN;
  expect(RMW_QOS_COMPATIBILITY_WARNING);
}

TEST_F(Qos, arguments_are_checked_and_the_reason_fits)
{
  rmw_qos_compatibility_type_t compatibility = RMW_QOS_COMPATIBILITY_OK;
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_qos_profile_check_compatible(publisher_, subscription_, nullptr, nullptr, 0));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_qos_profile_check_compatible(publisher_, subscription_, &compatibility, nullptr, 1));
  publisher_.reliability = RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT;
  EXPECT_RMW_OK(
    rmw_qos_profile_check_compatible(publisher_, subscription_, &compatibility, nullptr, 0));
  char reason[8] = "XXXXXXX";
  EXPECT_RMW_OK(rmw_qos_profile_check_compatible(
    publisher_, subscription_, &compatibility, reason, sizeof(reason)));
  EXPECT_EQ(sizeof(reason) - 1, strlen(reason));
}
