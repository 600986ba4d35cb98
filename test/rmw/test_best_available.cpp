// "Best available" becomes the best that all others on the topic offer, or request, and is told as such.
#include "fixtures.hpp"
#include "rmw/qos_profiles.h"

class BestAvailable : public NodeTest
{
protected:
  rmw_publisher_t * publisher(const rmw_qos_profile_t & qos)
  {
    const rmw_publisher_options_t options = rmw_get_default_publisher_options();
    rmw_publisher_t * made = rmw_create_publisher(node_, basic_type(), "/topic", &qos, &options);
    EXPECT_NE(nullptr, made) << rmw_get_error_string().str;
    return made;
  }

  rmw_subscription_t * subscription(const rmw_qos_profile_t & qos)
  {
    const rmw_subscription_options_t options = rmw_get_default_subscription_options();
    rmw_subscription_t * made =
      rmw_create_subscription(node_, basic_type(), "/topic", &qos, &options);
    EXPECT_NE(nullptr, made) << rmw_get_error_string().str;
    return made;
  }

  /// What a best-available subscription gets; it matches every publisher.
  rmw_qos_profile_t requested(size_t publishers)
  {
    rmw_subscription_t * made = subscription(rmw_qos_profile_best_available);
    rmw_qos_profile_t qos = rmw_qos_profile_unknown;
    size_t matched = 0;
    EXPECT_RMW_OK(rmw_subscription_get_actual_qos(made, &qos));
    EXPECT_RMW_OK(rmw_subscription_count_matched_publishers(made, &matched));
    EXPECT_EQ(publishers, matched);
    EXPECT_RMW_OK(rmw_destroy_subscription(node_, made));
    return qos;
  }
};

TEST_F(BestAvailable, a_subscription_requests_what_all_publishers_offer)
{
  rmw_qos_profile_t strong = rmw_qos_profile_default;
  strong.durability = RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL;
  strong.liveliness = RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC;
  strong.deadline = {1, 0};
  strong.liveliness_lease_duration = {2, 0};
  rmw_publisher_t * one = publisher(strong);
  rmw_qos_profile_t got = requested(1);
  EXPECT_EQ(RMW_QOS_POLICY_RELIABILITY_RELIABLE, got.reliability);
  EXPECT_EQ(RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL, got.durability);
  EXPECT_EQ(RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC, got.liveliness);
  EXPECT_TRUE(rmw_time_equal(strong.deadline, got.deadline));
  EXPECT_TRUE(rmw_time_equal(strong.liveliness_lease_duration, got.liveliness_lease_duration));

  rmw_qos_profile_t weak = rmw_qos_profile_default;
  weak.reliability = RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT;
  rmw_publisher_t * other = publisher(weak);
  got = requested(2);
  EXPECT_EQ(RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT, got.reliability);
  EXPECT_EQ(RMW_QOS_POLICY_DURABILITY_VOLATILE, got.durability);
  EXPECT_EQ(RMW_QOS_POLICY_LIVELINESS_AUTOMATIC, got.liveliness);
  EXPECT_TRUE(rmw_time_equal(RMW_DURATION_INFINITE, got.deadline));
  EXPECT_TRUE(rmw_time_equal(RMW_DURATION_INFINITE, got.liveliness_lease_duration));
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, one));
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, other));
}

TEST_F(BestAvailable, a_publisher_offers_what_serves_every_subscription)
{
  rmw_qos_profile_t strong = rmw_qos_profile_default;
  strong.durability = RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL;
  strong.liveliness = RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC;
  strong.deadline = {1, 0};
  rmw_qos_profile_t weak = rmw_qos_profile_default;
  weak.reliability = RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT;
  rmw_subscription_t * one = subscription(strong);
  rmw_subscription_t * other = subscription(weak);
  rmw_publisher_t * made = publisher(rmw_qos_profile_best_available);
  rmw_qos_profile_t got = rmw_qos_profile_unknown;
  size_t matched = 0;
  EXPECT_RMW_OK(rmw_publisher_get_actual_qos(made, &got));
  EXPECT_RMW_OK(rmw_publisher_count_matched_subscriptions(made, &matched));
  EXPECT_EQ(2u, matched);
  EXPECT_EQ(RMW_QOS_POLICY_RELIABILITY_RELIABLE, got.reliability);
  EXPECT_EQ(RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL, got.durability);
  EXPECT_EQ(RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC, got.liveliness);
  EXPECT_TRUE(rmw_time_equal(strong.deadline, got.deadline));
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, made));
  EXPECT_RMW_OK(rmw_destroy_subscription(node_, one));
  EXPECT_RMW_OK(rmw_destroy_subscription(node_, other));
}

TEST_F(BestAvailable, where_nobody_offers_anything_it_is_the_strongest_as_in_the_dds_rmws)
{
  const rmw_qos_profile_t got = requested(0);
  EXPECT_EQ(RMW_QOS_POLICY_RELIABILITY_RELIABLE, got.reliability);
  EXPECT_EQ(RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL, got.durability);
  EXPECT_EQ(RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC, got.liveliness);
  EXPECT_TRUE(rmw_time_equal(RMW_DURATION_INFINITE, got.deadline));
}
