// QoS events: each of the eleven is reported with its counts, by polling, by waiting, by callback.
#include <sys/syscall.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>

#include "fixtures.hpp"
#include "rcutils/time.h"
#include "rmw/events_statuses/events_statuses.h"
#include "rmw/qos_policy_kind.h"

constexpr rmw_time_t period{0, 50000000};
constexpr int64_t milliseconds = 1000000;

class Events : public NodeTest
{
protected:
  void TearDown() override
  {
    unsubscribe();
    unpublish();
    NodeTest::TearDown();
  }

  void publish_on(
    const rmw_qos_profile_t & qos, const rosidl_message_type_support_t * type = basic_type())
  {
    const rmw_publisher_options_t options = rmw_get_default_publisher_options();
    publisher_ = rmw_create_publisher(node_, type, "/topic", &qos, &options);
    ASSERT_NE(nullptr, publisher_) << rmw_get_error_string().str;
  }

  void subscribe_to(
    const rmw_qos_profile_t & qos, const rosidl_message_type_support_t * type = basic_type())
  {
    const rmw_subscription_options_t options = rmw_get_default_subscription_options();
    subscription_ = rmw_create_subscription(node_, type, "/topic", &qos, &options);
    ASSERT_NE(nullptr, subscription_) << rmw_get_error_string().str;
  }

  void unpublish()
  {
    if (publisher_) {
      EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher_));
      publisher_ = nullptr;
    }
  }

  void unsubscribe()
  {
    if (subscription_) {
      EXPECT_RMW_OK(rmw_destroy_subscription(node_, subscription_));
      subscription_ = nullptr;
    }
  }

  void publish()
  {
    test_msgs__msg__BasicTypes message{};
    ASSERT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
  }

  bool take()
  {
    test_msgs__msg__BasicTypes message{};
    bool taken = false;
    EXPECT_RMW_OK(rmw_take(subscription_, &message, &taken, nullptr));
    return taken;
  }

  rmw_event_t offered(rmw_event_type_t type)
  {
    rmw_event_t event = rmw_get_zero_initialized_event();
    EXPECT_RMW_OK(rmw_publisher_event_init(&event, publisher_, type));
    return event;
  }

  rmw_event_t requested(rmw_event_type_t type)
  {
    rmw_event_t event = rmw_get_zero_initialized_event();
    EXPECT_RMW_OK(rmw_subscription_event_init(&event, subscription_, type));
    return event;
  }

  /// Wait until `event` happens; whether it did within `timeout`.
  bool happens(rmw_event_t & event, rmw_time_t timeout = {20, 0})
  {
    void * entries[] = {&event};
    rmw_events_t events{1, entries};
    rmw_wait_set_t * const wait_set = rmw_create_wait_set(&context_, 1);
    const rmw_ret_t ret = rmw_wait(nullptr, nullptr, nullptr, nullptr, &events, wait_set, &timeout);
    EXPECT_RMW_OK(rmw_destroy_wait_set(wait_set));
    EXPECT_EQ(ret == RMW_RET_OK, entries[0] != nullptr);
    return ret == RMW_RET_OK;
  }

  template <typename Status>
  Status take_event(const rmw_event_t & event)
  {
    Status status{};
    bool taken = false;
    EXPECT_RMW_OK(rmw_take_event(&event, &status, &taken));
    EXPECT_TRUE(taken);
    return status;
  }

  rmw_publisher_t * publisher_ = nullptr;
  rmw_subscription_t * subscription_ = nullptr;
  rmw_qos_profile_t qos_ = rmw_qos_profile_default;
};

TEST_F(Events, all_are_supported_and_arguments_are_checked)
{
  for (int type = RMW_EVENT_INVALID + 1; type < RMW_EVENT_TYPE_MAX; ++type) {
    EXPECT_TRUE(rmw_event_type_is_supported(static_cast<rmw_event_type_t>(type))) << type;
  }
  EXPECT_FALSE(rmw_event_type_is_supported(RMW_EVENT_INVALID));
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
  EXPECT_EQ(nullptr, unused.data);
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_event_set_callback(nullptr, nullptr, nullptr));
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

/// What a callback was told so far.
struct Told
{
  std::mutex mutex;
  std::condition_variable changed;
  size_t count = 0;

  static void add(const void * data, size_t count)
  {
    auto & told = *const_cast<Told *>(static_cast<const Told *>(data));
    const std::lock_guard<std::mutex> lock(told.mutex);
    told.count += count;
    told.changed.notify_all();
  }

  bool reaches(size_t wanted)
  {
    std::unique_lock<std::mutex> lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), [&] { return count >= wanted; });
  }
};

TEST_F(Events, callbacks_are_told_of_each_change_those_before_included)
{
  Told told;
  publish_on(qos_);
  subscribe_to(qos_);
  rmw_event_t event = offered(RMW_EVENT_PUBLICATION_MATCHED);
  ASSERT_TRUE(happens(event));
  ASSERT_RMW_OK(rmw_event_set_callback(&event, Told::add, &told));
  EXPECT_TRUE(told.reaches(1)) << "the match that was there";
  unsubscribe();
  EXPECT_TRUE(told.reaches(2));
  subscribe_to(qos_);
  EXPECT_TRUE(told.reaches(3));
  ASSERT_RMW_OK(rmw_event_set_callback(&event, nullptr, nullptr));
}

/// Wait until the thread that calls back sleeps in the kernel, and nothing but an event can wake it.
bool callbacks_sleep()
{
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < end) {
    for (const auto & task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::string name;
      long number = -1;
      std::ifstream(task.path() / "comm") >> name;
      std::ifstream(task.path() / "syscall") >> number;
      if (name == "plib-callbacks" && number == SYS_futex_waitv) {
        return true;
      }
    }
    std::this_thread::yield();
  }
  return false;
}

TEST_F(Events, callbacks_are_told_of_missed_deadlines_without_anybody_waiting)
{
  for (const bool of_publisher : {false, true}) {
    Told told;
    qos_.deadline = period;
    publish_on(qos_);
    subscribe_to(qos_);
    rmw_event_t event = of_publisher ? offered(RMW_EVENT_OFFERED_DEADLINE_MISSED)
                                     : requested(RMW_EVENT_REQUESTED_DEADLINE_MISSED);
    ASSERT_RMW_OK(rmw_event_set_callback(&event, Told::add, &told));
    ASSERT_TRUE(callbacks_sleep());
    publish();
    EXPECT_TRUE(told.reaches(3)) << "of the " << (of_publisher ? "publisher" : "subscription");
    EXPECT_RMW_OK(rmw_event_set_callback(&event, nullptr, nullptr));
    unsubscribe();
    unpublish();
  }
}

TEST_F(Events, callbacks_are_told_of_lost_liveliness_without_anybody_waiting)
{
  Told told;
  qos_.liveliness = RMW_QOS_POLICY_LIVELINESS_MANUAL_BY_TOPIC;
  qos_.liveliness_lease_duration = period;
  publish_on(qos_);
  rmw_event_t event = offered(RMW_EVENT_LIVELINESS_LOST);
  ASSERT_RMW_OK(rmw_event_set_callback(&event, Told::add, &told));
  ASSERT_TRUE(callbacks_sleep());
  ASSERT_RMW_OK(rmw_publisher_assert_liveliness(publisher_));
  EXPECT_TRUE(told.reaches(1));
  ASSERT_TRUE(callbacks_sleep());
  publish();
  EXPECT_TRUE(told.reaches(2));
  EXPECT_RMW_OK(rmw_event_set_callback(&event, nullptr, nullptr));
}

TEST_F(Events, callbacks_are_told_of_lost_messages_without_anybody_taking)
{
  Told told;
  qos_.depth = 2;
  publish_on(qos_);
  subscribe_to(qos_);
  rmw_event_t event = requested(RMW_EVENT_MESSAGE_LOST);
  ASSERT_RMW_OK(rmw_event_set_callback(&event, Told::add, &told));
  ASSERT_TRUE(callbacks_sleep());
  for (int i = 0; i < 5; ++i) {
    publish();
  }
  EXPECT_TRUE(told.reaches(3));
  EXPECT_RMW_OK(rmw_event_set_callback(&event, nullptr, nullptr));
}
