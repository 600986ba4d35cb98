// What the tests of QoS events start from.
#ifndef EVENTS_HPP_
#define EVENTS_HPP_

#include "fixtures.hpp"
#include "rmw/events_statuses/events_statuses.h"

inline constexpr rmw_time_t period{0, 50000000};
inline constexpr int64_t milliseconds = 1000000;

/// A publisher and a subscription of /topic with the QoS that a test chooses, and their events.
class EventTest : public NodeTest
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

#endif  // EVENTS_HPP_
