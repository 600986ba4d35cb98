// QoS events: each of the eleven is reported with its counts, by polling and by waiting.
#include "events.hpp"
#include "rcutils/time.h"
#include "rmw/qos_policy_kind.h"

using Events = EventTest;

TEST_F(Events, all_are_supported_and_arguments_are_checked)
{
  for (int type = RMW_EVENT_INVALID + 1; type < RMW_EVENT_TYPE_MAX; ++type) {
    EXPECT_TRUE(rmw_event_type_is_supported(static_cast<rmw_event_type_t>(type))) << type;
  }
  EXPECT_FALSE(rmw_event_type_is_supported(RMW_EVENT_INVALID));
  EXPECT_FALSE(rmw_event_type_is_supported(RMW_EVENT_TYPE_MAX));
  publish_on(qos_);
  subscribe_to(qos_);
  rmw_event_t event = rmw_get_zero_initialized_event();
  EXPECT_RMW_ERROR(
    RMW_RET_UNSUPPORTED,
    rmw_publisher_event_init(&event, publisher_, RMW_EVENT_SUBSCRIPTION_MATCHED));
  EXPECT_RMW_ERROR(
    RMW_RET_UNSUPPORTED,
    rmw_subscription_event_init(&event, subscription_, RMW_EVENT_PUBLICATION_MATCHED));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_publisher_event_init(nullptr, publisher_, RMW_EVENT_PUBLICATION_MATCHED));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_publisher_event_init(&event, nullptr, RMW_EVENT_PUBLICATION_MATCHED));
  event = offered(RMW_EVENT_PUBLICATION_MATCHED);
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_publisher_event_init(&event, publisher_, RMW_EVENT_PUBLICATION_MATCHED));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_subscription_event_init(&event, subscription_, RMW_EVENT_SUBSCRIPTION_MATCHED));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_subscription_event_init(nullptr, subscription_, RMW_EVENT_SUBSCRIPTION_MATCHED));
  rmw_event_t unused = rmw_get_zero_initialized_event();
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_subscription_event_init(&unused, nullptr, RMW_EVENT_SUBSCRIPTION_MATCHED));
  EXPECT_RMW_FOREIGN(
    publisher_, rmw_publisher_event_init(&unused, publisher_, RMW_EVENT_PUBLICATION_MATCHED));
  EXPECT_RMW_FOREIGN(
    subscription_,
    rmw_subscription_event_init(&unused, subscription_, RMW_EVENT_SUBSCRIPTION_MATCHED));
  for (const int type :
       {static_cast<int>(RMW_EVENT_INVALID), static_cast<int>(RMW_EVENT_TYPE_MAX)}) {
    const auto none = static_cast<rmw_event_type_t>(type);
    EXPECT_RMW_ERROR(RMW_RET_UNSUPPORTED, rmw_publisher_event_init(&unused, publisher_, none));
    EXPECT_RMW_ERROR(
      RMW_RET_UNSUPPORTED, rmw_subscription_event_init(&unused, subscription_, none));
  }
  EXPECT_EQ(nullptr, unused.data);
  EXPECT_EQ(nullptr, unused.implementation_identifier);
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_event_set_callback(nullptr, nullptr, nullptr));
  EXPECT_RMW_FOREIGN(&event, rmw_event_set_callback(&event, nullptr, nullptr));
  rmw_matched_status_t status{};
  bool taken = false;
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take_event(nullptr, &status, &taken));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take_event(&event, nullptr, &taken));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take_event(&event, &status, nullptr));
  EXPECT_RMW_FOREIGN(&event, rmw_take_event(&event, &status, &taken));
}

TEST_F(Events, matches_are_counted_as_they_come_and_go)
{
  publish_on(qos_);
  rmw_event_t event = offered(RMW_EVENT_PUBLICATION_MATCHED);
  EXPECT_FALSE(happens(event, {0, 0}));
  subscribe_to(qos_);
  EXPECT_TRUE(happens(event));
  auto status = take_event<rmw_matched_status_t>(event);
  EXPECT_EQ(1u, status.total_count);
  EXPECT_EQ(1u, status.total_count_change);
  EXPECT_EQ(1u, status.current_count);
  EXPECT_EQ(1, status.current_count_change);
  EXPECT_FALSE(happens(event, {0, 0})) << "it was taken";

  rmw_event_t other = requested(RMW_EVENT_SUBSCRIPTION_MATCHED);
  EXPECT_TRUE(happens(other));
  EXPECT_EQ(1u, take_event<rmw_matched_status_t>(other).total_count);
  unpublish();
  EXPECT_TRUE(happens(other));
  status = take_event<rmw_matched_status_t>(other);
  EXPECT_EQ(1u, status.total_count);
  EXPECT_EQ(0u, status.total_count_change);
  EXPECT_EQ(0u, status.current_count);
  EXPECT_EQ(-1, status.current_count_change);
}

TEST_F(Events, incompatible_qos_names_the_policy_to_both)
{
  rmw_qos_profile_t best_effort = qos_;
  best_effort.reliability = RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT;
  publish_on(best_effort);
  subscribe_to(qos_);
  for (rmw_event_t event :
       {offered(RMW_EVENT_OFFERED_QOS_INCOMPATIBLE),
        requested(RMW_EVENT_REQUESTED_QOS_INCOMPATIBLE)}) {
    EXPECT_TRUE(happens(event));
    const auto status = take_event<rmw_qos_incompatible_event_status_t>(event);
    EXPECT_EQ(1, status.total_count);
    EXPECT_EQ(1, status.total_count_change);
    EXPECT_EQ(RMW_QOS_POLICY_RELIABILITY, status.last_policy_kind);
  }
}

TEST_F(Events, incompatible_qos_names_each_of_the_policies)
{
  // Requested is what the default does not offer.
  rmw_qos_profile_t durability = qos_;
  durability.durability = RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL;
  rmw_qos_profile_t deadline = qos_;
  deadline.deadline = {1, 0};
  rmw_qos_profile_t liveliness = qos_;
  liveliness.liveliness = RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC;
  rmw_qos_profile_t lease = qos_;
  lease.liveliness_lease_duration = {1, 0};
  const struct
  {
    rmw_qos_profile_t requested;
    rmw_qos_policy_kind_t kind;
  } cases[] = {
    {durability, RMW_QOS_POLICY_DURABILITY},
    {deadline, RMW_QOS_POLICY_DEADLINE},
    {liveliness, RMW_QOS_POLICY_LIVELINESS},
    {lease, RMW_QOS_POLICY_LIVELINESS},
  };
  publish_on(qos_);
  rmw_event_t of_publisher = offered(RMW_EVENT_OFFERED_QOS_INCOMPATIBLE);
  int32_t total = 0;
  for (const auto & one : cases) {
    subscribe_to(one.requested);
    rmw_event_t of_subscription = requested(RMW_EVENT_REQUESTED_QOS_INCOMPATIBLE);
    EXPECT_TRUE(happens(of_publisher));
    EXPECT_TRUE(happens(of_subscription));
    auto status = take_event<rmw_qos_incompatible_event_status_t>(of_publisher);
    EXPECT_EQ(one.kind, status.last_policy_kind);
    EXPECT_EQ(++total, status.total_count);
    EXPECT_EQ(1, status.total_count_change);
    status = take_event<rmw_qos_incompatible_event_status_t>(of_subscription);
    EXPECT_EQ(one.kind, status.last_policy_kind);
    EXPECT_EQ(1, status.total_count);
    unsubscribe();
  }
}

TEST_F(Events, incompatible_types_are_reported_to_both)
{
  publish_on(qos_);
  subscribe_to(qos_, strings_type());
  for (rmw_event_t event :
       {offered(RMW_EVENT_PUBLISHER_INCOMPATIBLE_TYPE),
        requested(RMW_EVENT_SUBSCRIPTION_INCOMPATIBLE_TYPE)}) {
    EXPECT_TRUE(happens(event));
    EXPECT_EQ(1, take_event<rmw_incompatible_type_status_t>(event).total_count);
  }
}

TEST_F(Events, missed_deadlines_are_reported_on_time_and_counted_a_period)
{
  qos_.deadline = period;
  publish_on(qos_);
  subscribe_to(qos_);
  rmw_event_t reader = requested(RMW_EVENT_REQUESTED_DEADLINE_MISSED);
  rmw_event_t writer = offered(RMW_EVENT_OFFERED_DEADLINE_MISSED);
  EXPECT_FALSE(happens(reader, {0, 0})) << "no sample yet: nothing is late";
  rcutils_time_point_value_t begin = 0;
  rcutils_time_point_value_t end = 0;
  ASSERT_EQ(RCUTILS_RET_OK, rcutils_steady_time_now(&begin));
  publish();
  EXPECT_TRUE(happens(reader));
  ASSERT_EQ(RCUTILS_RET_OK, rcutils_steady_time_now(&end));
  EXPECT_GE(end - begin, 50 * milliseconds);
  EXPECT_TRUE(happens(writer, {0, 0})) << "the same moment is late for the writer";
  EXPECT_GE(take_event<rmw_offered_deadline_missed_status_t>(writer).total_count, 1);
  const auto first = take_event<rmw_requested_deadline_missed_status_t>(reader);
  EXPECT_GE(first.total_count, 1);
  EXPECT_TRUE(happens(reader)) << "the next period passes without a sample as well";
  const auto second = take_event<rmw_requested_deadline_missed_status_t>(reader);
  EXPECT_EQ(second.total_count, first.total_count + second.total_count_change);
  EXPECT_GE(second.total_count_change, 1);
}

TEST_F(Events, samples_in_time_miss_no_deadline)
{
  qos_.deadline = {0, 500 * milliseconds};
  publish_on(qos_);
  subscribe_to(qos_);
  rmw_event_t reader = requested(RMW_EVENT_REQUESTED_DEADLINE_MISSED);
  publish();
  // The wait for the deadline ends early each time: with a timeout of a tenth of it.
  for (int i = 0; i < 15; ++i) {
    ASSERT_FALSE(happens(reader, {0, 50 * milliseconds})) << i;
    publish();
    if (i % 2 == 0) {
      EXPECT_TRUE(take());
    }
  }
}

TEST_F(Events, manual_liveliness_is_lost_and_regained)
{
  qos_.liveliness = RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC;
  qos_.liveliness_lease_duration = period;
  publish_on(qos_);
  subscribe_to(qos_);
  rmw_event_t changed = requested(RMW_EVENT_LIVELINESS_CHANGED);
  rmw_event_t lost = offered(RMW_EVENT_LIVELINESS_LOST);
  ASSERT_RMW_OK(rmw_publisher_assert_liveliness(publisher_));
  EXPECT_TRUE(happens(changed));
  auto status = take_event<rmw_liveliness_changed_status_t>(changed);
  EXPECT_EQ(1, status.alive_count);
  EXPECT_EQ(1, status.alive_count_change);
  EXPECT_EQ(0, status.not_alive_count);
  EXPECT_TRUE(happens(changed)) << "the lease runs out";
  status = take_event<rmw_liveliness_changed_status_t>(changed);
  EXPECT_EQ(0, status.alive_count);
  EXPECT_EQ(-1, status.alive_count_change);
  EXPECT_EQ(1, status.not_alive_count);
  EXPECT_EQ(1, status.not_alive_count_change);
  EXPECT_TRUE(happens(lost));
  EXPECT_EQ(1, take_event<rmw_liveliness_lost_status_t>(lost).total_count);
  EXPECT_FALSE(happens(lost, {0, 100 * milliseconds})) << "lost once until it is asserted again";
  publish();
  EXPECT_TRUE(happens(changed)) << "publishing is a sign of life";
  status = take_event<rmw_liveliness_changed_status_t>(changed);
  EXPECT_EQ(1, status.alive_count);
  EXPECT_EQ(0, status.not_alive_count);
}

TEST_F(Events, automatic_liveliness_ends_with_the_publisher)
{
  publish_on(qos_);
  subscribe_to(qos_);
  rmw_event_t changed = requested(RMW_EVENT_LIVELINESS_CHANGED);
  EXPECT_TRUE(happens(changed));
  EXPECT_EQ(1, take_event<rmw_liveliness_changed_status_t>(changed).alive_count);
  unpublish();
  EXPECT_TRUE(happens(changed));
  EXPECT_EQ(0, take_event<rmw_liveliness_changed_status_t>(changed).alive_count);
}

TEST_F(Events, lost_messages_are_counted)
{
  qos_.depth = 2;
  publish_on(qos_);
  subscribe_to(qos_);
  rmw_event_t lost = requested(RMW_EVENT_MESSAGE_LOST);
  for (int i = 0; i < 5; ++i) {
    publish();
  }
  EXPECT_TRUE(take());
  EXPECT_TRUE(happens(lost, {0, 0}));
  const auto status = take_event<rmw_message_lost_status_t>(lost);
  EXPECT_EQ(3u, status.total_count);
  EXPECT_EQ(3u, status.total_count_change);
}

TEST_F(Events, messages_older_than_their_lifespan_are_not_taken)
{
  qos_.lifespan = period;
  publish_on(qos_);
  subscribe_to(qos_);
  publish();
  EXPECT_TRUE(take());
  publish();
  // Something to wait for that takes as long: an event that does not happen.
  rmw_event_t lost = requested(RMW_EVENT_MESSAGE_LOST);
  EXPECT_FALSE(happens(lost, {0, 60 * milliseconds}));
  EXPECT_FALSE(take());
  publish();
  EXPECT_TRUE(take());
}
