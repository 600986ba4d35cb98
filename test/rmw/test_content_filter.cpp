// Content filters: nobody is woken for what is not wanted, the history holds what is, and a filter that is
// wrong changes nothing. The language itself: test_filter_expressions.cpp.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "filtered_topic.hpp"
#include "rmw/events_statuses/events_statuses.h"

using ContentFilter = NodeTest;
using Numbers = std::vector<uint64_t>;

test_msgs__msg__BasicTypes numbered(uint64_t number)
{
  test_msgs__msg__BasicTypes message{};
  message.uint64_value = number;
  return message;
}

void publish(FilteredTopic & topic, uint64_t first, uint64_t last)
{
  for (uint64_t number = first; number <= last; ++number) {
    const test_msgs__msg__BasicTypes message = numbered(number);
    topic.publish(&message);
  }
}

Numbers take_all(FilteredTopic & topic)
{
  Numbers numbers;
  test_msgs__msg__BasicTypes message{};
  while (topic.take(&message)) {
    numbers.push_back(message.uint64_value);
  }
  return numbers;
}

/// Waits for a message, for some ms.
class OneWait
{
public:
  OneWait(rmw_context_t * context, rmw_subscription_t * subscription)
  : subscription_(subscription), wait_set_(rmw_create_wait_set(context, 1))
  {
    EXPECT_NE(nullptr, wait_set_) << rmw_get_error_string().str;
  }
  ~OneWait() { EXPECT_RMW_OK(rmw_destroy_wait_set(wait_set_)); }
  OneWait(const OneWait &) = delete;
  OneWait & operator=(const OneWait &) = delete;

  rmw_ret_t wait(uint64_t milliseconds)
  {
    void * entry = subscription_->data;
    rmw_subscriptions_t subscriptions{1, &entry};
    const rmw_time_t time{milliseconds / 1000, milliseconds % 1000 * 1000000};
    return rmw_wait(&subscriptions, nullptr, nullptr, nullptr, nullptr, wait_set_, &time);
  }

private:
  rmw_subscription_t * subscription_;
  rmw_wait_set_t * wait_set_;
};

TEST_F(ContentFilter, arguments_are_checked)
{
  FilteredTopic topic(node_, basic_type());
  rcutils_allocator_t allocator = rcutils_get_default_allocator();
  rcutils_allocator_t no_allocator = rcutils_get_zero_initialized_allocator();
  FilterOptions options("uint64_value = 1");
  auto got = rmw_get_zero_initialized_content_filter_options();
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_subscription_set_content_filter(nullptr, options.get()));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_subscription_set_content_filter(topic.subscription(), nullptr));
  // No expression at all, in place of an empty one.
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_subscription_set_content_filter(topic.subscription(), &got));
  EXPECT_RMW_FOREIGN(
    topic.subscription(), rmw_subscription_set_content_filter(topic.subscription(), options.get()));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_subscription_get_content_filter(nullptr, &allocator, &got));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_subscription_get_content_filter(topic.subscription(), nullptr, &got));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_subscription_get_content_filter(topic.subscription(), &no_allocator, &got));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_subscription_get_content_filter(topic.subscription(), &allocator, nullptr));
  EXPECT_RMW_FOREIGN(
    topic.subscription(),
    rmw_subscription_get_content_filter(topic.subscription(), &allocator, &got));
  EXPECT_RMW_ERROR(
    RMW_RET_ERROR, rmw_subscription_get_content_filter(topic.subscription(), &allocator, &got));
}

TEST_F(ContentFilter, is_set_at_creation_and_told)
{
  FilterOptions options("uint64_value = %0 OR uint64_value = %1", {"3", "5"});
  FilteredTopic topic(node_, basic_type(), rmw_qos_profile_default, options.get());
  EXPECT_TRUE(topic.subscription()->is_cft_enabled);
  publish(topic, 1, 6);
  EXPECT_EQ((Numbers{3, 5}), take_all(topic));

  rcutils_allocator_t allocator = rcutils_get_default_allocator();
  auto got = rmw_get_zero_initialized_content_filter_options();
  ASSERT_RMW_OK(rmw_subscription_get_content_filter(topic.subscription(), &allocator, &got));
  EXPECT_STREQ("uint64_value = %0 OR uint64_value = %1", got.filter_expression);
  ASSERT_EQ(2u, got.expression_parameters.size);
  EXPECT_STREQ("3", got.expression_parameters.data[0]);
  EXPECT_STREQ("5", got.expression_parameters.data[1]);
  EXPECT_RMW_OK(rmw_subscription_content_filter_options_fini(&got, &allocator));
}

TEST_F(ContentFilter, judges_what_publishers_retained_before_it)
{
  rmw_qos_profile_t qos = rmw_qos_profile_default;
  qos.durability = RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL;
  const rmw_publisher_options_t publishing = rmw_get_default_publisher_options();
  rmw_publisher_t * early =
    rmw_create_publisher(node_, basic_type(), "/filtered", &qos, &publishing);
  ASSERT_NE(nullptr, early);
  for (uint64_t number = 1; number <= 10; ++number) {
    const test_msgs__msg__BasicTypes message = numbered(number);
    EXPECT_RMW_OK(rmw_publish(early, &message, nullptr));
  }
  FilterOptions options("uint64_value = 5");
  {
    FilteredTopic topic(node_, basic_type(), qos, options.get());
    EXPECT_EQ((Numbers{5}), take_all(topic));
    FilteredTopic not_local(node_, basic_type(), qos, nullptr, true);
    EXPECT_EQ(Numbers{}, take_all(not_local));
  }
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, early));
}

TEST_F(ContentFilter, a_wrong_one_makes_no_subscription)
{
  FilterOptions options("uint64_value = ");
  rmw_subscription_options_t subscribing = rmw_get_default_subscription_options();
  subscribing.content_filter_options = options.get();
  EXPECT_RMW_NULL(rmw_create_subscription(
    node_, basic_type(), "/filtered", &rmw_qos_profile_default, &subscribing));
}

TEST_F(ContentFilter, an_empty_expression_wants_everything)
{
  FilterOptions options("");
  FilteredTopic topic(node_, basic_type(), rmw_qos_profile_default, options.get());
  EXPECT_FALSE(topic.subscription()->is_cft_enabled);
  ASSERT_RMW_OK(topic.filter("uint64_value > 100"));
  EXPECT_TRUE(topic.subscription()->is_cft_enabled);
  publish(topic, 1, 3);
  ASSERT_RMW_OK(topic.filter(""));
  EXPECT_FALSE(topic.subscription()->is_cft_enabled);
  publish(topic, 4, 6);
  EXPECT_EQ((Numbers{4, 5, 6}), take_all(topic));
}

TEST_F(ContentFilter, judges_what_comes_after_it)
{
  FilteredTopic topic(node_, basic_type());
  ASSERT_RMW_OK(topic.filter("uint64_value > 1"));
  publish(topic, 1, 3);
  ASSERT_RMW_OK(topic.filter("uint64_value > 5"));
  publish(topic, 4, 7);
  EXPECT_EQ((Numbers{2, 3, 6, 7}), take_all(topic));
}

TEST_F(ContentFilter, a_wrong_one_changes_nothing)
{
  FilteredTopic topic(node_, basic_type());
  ASSERT_RMW_OK(topic.filter("uint64_value = 2"));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, topic.filter("uint64_value = "));
  EXPECT_TRUE(topic.subscription()->is_cft_enabled);
  publish(topic, 1, 3);
  EXPECT_EQ((Numbers{2}), take_all(topic));
}

TEST_F(ContentFilter, nobody_is_woken_for_what_is_not_wanted)
{
  FilteredTopic topic(node_, basic_type());
  ASSERT_RMW_OK(topic.filter("uint64_value = 1000"));
  OneWait one(&context_, topic.subscription());
  publish(topic, 1, 10);
  EXPECT_EQ(RMW_RET_TIMEOUT, one.wait(0));
  // Nor while it sleeps.
  std::atomic<bool> wanted{false};
  std::thread publisher([&] {
    publish(topic, 1, 999);
    wanted = true;
    publish(topic, 1000, 1000);
  });
  EXPECT_RMW_OK(one.wait(20000));
  EXPECT_TRUE(wanted) << "it was woken for what it does not want";
  publisher.join();
  EXPECT_EQ((Numbers{1000}), take_all(topic));
}

TEST_F(ContentFilter, the_history_counts_what_is_wanted)
{
  FilteredTopic topic(node_, basic_type(), keep_last(2));
  ASSERT_RMW_OK(topic.filter("uint64_value < 4"));
  publish(topic, 1, 100);
  EXPECT_EQ((Numbers{2, 3}), take_all(topic));

  rmw_event_t event = rmw_get_zero_initialized_event();
  rmw_message_lost_status_t status{};
  bool taken = false;
  EXPECT_RMW_OK(rmw_subscription_event_init(&event, topic.subscription(), RMW_EVENT_MESSAGE_LOST));
  EXPECT_RMW_OK(rmw_take_event(&event, &status, &taken));
  EXPECT_RMW_OK(rmw_event_fini(&event));
  EXPECT_EQ(1u, status.total_count) << "what nobody wants is not lost";
}

TEST_F(ContentFilter, callbacks_count_what_is_wanted)
{
  FilteredTopic topic(node_, basic_type());
  ASSERT_RMW_OK(topic.filter("uint64_value = 2 OR uint64_value = 1000"));
  publish(topic, 1, 3);
  std::atomic<size_t> count{0};
  const auto callback = [](const void * user_data, size_t news) {
    *static_cast<std::atomic<size_t> *>(const_cast<void *>(user_data)) += news;
  };
  ASSERT_RMW_OK(
    rmw_subscription_set_on_new_message_callback(topic.subscription(), callback, &count));
  EXPECT_EQ(1u, count) << "what was there before";
  publish(topic, 998, 1002);
  // The callback's thread looks at all samples in order.
  while (count < 2) {
    std::this_thread::yield();
  }
  ASSERT_RMW_OK(
    rmw_subscription_set_on_new_message_callback(topic.subscription(), nullptr, nullptr));
  EXPECT_EQ(2u, count);
  EXPECT_EQ((Numbers{2, 1000}), take_all(topic));
}

TEST_F(ContentFilter, keep_all_loses_nothing_that_is_wanted_while_the_writer_runs)
{
  rmw_qos_profile_t qos = rmw_qos_profile_default;
  qos.history = RMW_QOS_POLICY_HISTORY_KEEP_ALL;
  FilteredTopic topic(node_, basic_type(), qos);
  ASSERT_RMW_OK(topic.filter("uint8_value = 3"));
  constexpr uint64_t count = 100000;
  std::thread publisher([&] {
    for (uint64_t number = 1; number <= count; ++number) {
      test_msgs__msg__BasicTypes message = numbered(number);
      message.uint8_value = static_cast<uint8_t>(number % 7);
      rmw_ret_t ret;
      while ((ret = rmw_publish(topic.publisher(), &message, nullptr)) == RMW_RET_TIMEOUT) {
        rmw_reset_error();
      }
      ASSERT_EQ(RMW_RET_OK, ret);
    }
  });
  OneWait one(&context_, topic.subscription());
  uint64_t expected = 3;
  test_msgs__msg__BasicTypes message{};
  while (expected <= count && one.wait(20000) == RMW_RET_OK) {
    while (topic.take(&message)) {
      ASSERT_EQ(expected, message.uint64_value);
      expected += 7;
    }
  }
  publisher.join();
  EXPECT_GT(expected, count);
}

TEST_F(ContentFilter, what_is_local_may_be_unwanted)
{
  FilteredTopic topic(node_, basic_type(), rmw_qos_profile_default, nullptr, true);
  OneWait one(&context_, topic.subscription());
  publish(topic, 1, 3);
  EXPECT_EQ(RMW_RET_TIMEOUT, one.wait(0)) << "nobody is woken for it";
  ASSERT_RMW_OK(topic.filter("uint64_value = 5"));
  publish(topic, 4, 6);
  EXPECT_EQ(Numbers{}, take_all(topic));
}

/// The serialized message, little endian, in the other byte order.
std::vector<uint8_t> swapped(std::vector<uint8_t> bytes)
{
  // bool, byte, char, then fields of their own size, as BasicTypes has them.
  constexpr std::array<size_t, 13> sizes{1, 1, 1, 4, 8, 1, 1, 2, 2, 4, 4, 8, 8};
  bytes[1] ^= 1;
  uint8_t * const first = bytes.data() + 4;
  size_t at = 0;
  for (const size_t size : sizes) {
    at = (at + size - 1) / size * size;
    std::reverse(first + at, first + at + size);
    at += size;
  }
  return bytes;
}

TEST_F(ContentFilter, reads_either_byte_order_and_refuses_what_is_malformed)
{
  FilteredTopic topic(node_, basic_type());
  ASSERT_RMW_OK(
    topic.filter("uint64_value = 72623859790382856 AND float64_value = 0.5 AND int16_value = -2"));
  test_msgs__msg__BasicTypes message = numbered(0x0102030405060708);
  message.float64_value = 0.5;
  message.int16_value = -2;
  rmw_serialized_message_t serialized = rmw_get_zero_initialized_serialized_message();
  const rcutils_allocator_t allocator = rcutils_get_default_allocator();
  ASSERT_RMW_OK(rmw_serialized_message_init(&serialized, 0, &allocator));
  ASSERT_RMW_OK(rmw_serialize(&message, basic_type(), &serialized));
  const std::vector<uint8_t> little(
    serialized.buffer, serialized.buffer + serialized.buffer_length);
  const auto publish_bytes = [&](const std::vector<uint8_t> & bytes) {
    ASSERT_RMW_OK(rmw_serialized_message_resize(&serialized, bytes.size()));
    std::memcpy(serialized.buffer, bytes.data(), bytes.size());
    serialized.buffer_length = bytes.size();
    EXPECT_RMW_OK(rmw_publish_serialized_message(topic.publisher(), &serialized, nullptr));
  };
  publish_bytes(little);
  publish_bytes(swapped(little));
  // Cut anywhere before its end, and of a kind that nobody writes.
  for (size_t size = 1; size < little.size() - 8; ++size) {
    publish_bytes(std::vector<uint8_t>(little.data(), little.data() + size));
  }
  std::vector<uint8_t> unknown = little;
  unknown[1] = 9;
  publish_bytes(unknown);
  test_msgs__msg__BasicTypes got{};
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(topic.take(&got)) << i;
    EXPECT_EQ(0x0102030405060708u, got.uint64_value) << i;
  }
  EXPECT_FALSE(topic.take(&got));
  EXPECT_RMW_OK(rmw_serialized_message_fini(&serialized));
}
