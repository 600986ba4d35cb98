// QoS events by callback: each of the eleven kinds, without anybody who waits, polls or takes.
#include <sys/syscall.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>

#include "events.hpp"

using EventCallbacks = EventTest;

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

TEST_F(EventCallbacks, are_told_of_each_change_those_before_included)
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

TEST_F(EventCallbacks, are_told_of_missed_deadlines_without_anybody_waiting)
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

TEST_F(EventCallbacks, are_told_of_lost_liveliness_without_anybody_waiting)
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

TEST_F(EventCallbacks, are_told_of_lost_messages_without_anybody_taking)
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

/// What is done to have an event, with a callback set and its thread asleep.
struct Happening
{
  const char * name;
  bool of_publisher;
  rmw_event_type_t type;
};

TEST_F(EventCallbacks, are_told_of_endpoints_that_come_and_go)
{
  const Happening happenings[] = {
    {"matched, publisher", true, RMW_EVENT_PUBLICATION_MATCHED},
    {"matched, subscription", false, RMW_EVENT_SUBSCRIPTION_MATCHED},
    {"liveliness changed", false, RMW_EVENT_LIVELINESS_CHANGED},
  };
  for (const Happening & happening : happenings) {
    Told told;
    rmw_event_t event{};
    if (happening.of_publisher) {
      publish_on(qos_);
      event = offered(happening.type);
    } else {
      subscribe_to(qos_);
      event = requested(happening.type);
    }
    ASSERT_RMW_OK(rmw_event_set_callback(&event, Told::add, &told));
    ASSERT_TRUE(callbacks_sleep());
    happening.of_publisher ? subscribe_to(qos_) : publish_on(qos_);
    EXPECT_TRUE(told.reaches(1)) << happening.name;
    happening.of_publisher ? unsubscribe() : unpublish();
    EXPECT_TRUE(told.reaches(2)) << happening.name;
    EXPECT_RMW_OK(rmw_event_set_callback(&event, nullptr, nullptr));
    EXPECT_EQ(2U, told.count) << happening.name;
    unsubscribe();
    unpublish();
  }
}

TEST_F(EventCallbacks, are_told_of_endpoints_that_do_not_fit)
{
  rmw_qos_profile_t best_effort = qos_;
  best_effort.reliability = RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT;
  const Happening happenings[] = {
    {"QoS, publisher", true, RMW_EVENT_OFFERED_QOS_INCOMPATIBLE},
    {"QoS, subscription", false, RMW_EVENT_REQUESTED_QOS_INCOMPATIBLE},
    {"type, publisher", true, RMW_EVENT_PUBLISHER_INCOMPATIBLE_TYPE},
    {"type, subscription", false, RMW_EVENT_SUBSCRIPTION_INCOMPATIBLE_TYPE},
  };
  for (const Happening & happening : happenings) {
    const bool by_type = happening.type == RMW_EVENT_PUBLISHER_INCOMPATIBLE_TYPE ||
                         happening.type == RMW_EVENT_SUBSCRIPTION_INCOMPATIBLE_TYPE;
    const auto publish_something = [&] { publish_on(by_type ? qos_ : best_effort); };
    const auto subscribe_to_another = [&] {
      subscribe_to(qos_, by_type ? strings_type() : basic_type());
    };
    Told told;
    rmw_event_t event{};
    if (happening.of_publisher) {
      publish_something();
      event = offered(happening.type);
    } else {
      subscribe_to_another();
      event = requested(happening.type);
    }
    ASSERT_RMW_OK(rmw_event_set_callback(&event, Told::add, &told));
    ASSERT_TRUE(callbacks_sleep());
    happening.of_publisher ? subscribe_to_another() : publish_something();
    EXPECT_TRUE(told.reaches(1)) << happening.name;
    EXPECT_RMW_OK(rmw_event_set_callback(&event, nullptr, nullptr));
    EXPECT_EQ(1U, told.count) << happening.name;
    unsubscribe();
    unpublish();
  }
}
