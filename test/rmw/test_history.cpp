// History, durability and reliability as DDS defines them, and counts that add up.
#include <algorithm>
#include <atomic>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include "fixtures.hpp"
#include "rmw/events_statuses/events_statuses.h"

using Numbers = std::vector<uint64_t>;

/// first, first + 1, ..., last.
Numbers from_to(uint64_t first, uint64_t last)
{
  Numbers numbers(last - first + 1);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

rmw_qos_profile_t keep_all()
{
  rmw_qos_profile_t qos = rmw_qos_profile_default;
  qos.history = RMW_QOS_POLICY_HISTORY_KEEP_ALL;
  return qos;
}

rmw_qos_profile_t transient_local(rmw_qos_profile_t qos)
{
  qos.durability = RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL;
  return qos;
}

rmw_qos_profile_t best_effort(rmw_qos_profile_t qos)
{
  qos.reliability = RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT;
  return qos;
}

/// A publisher of numbers on /numbers.
class Writer
{
public:
  Writer(rmw_node_t * node, const rmw_qos_profile_t & qos) : node_(node)
  {
    const rmw_publisher_options_t options = rmw_get_default_publisher_options();
    publisher_ = rmw_create_publisher(
      node, ROSIDL_GET_MSG_TYPE_SUPPORT(test_msgs, msg, BasicTypes), "/numbers", &qos, &options);
    EXPECT_NE(nullptr, publisher_) << rmw_get_error_string().str;
  }
  ~Writer() { EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher_)); }
  Writer(const Writer &) = delete;
  Writer & operator=(const Writer &) = delete;

  rmw_ret_t try_publish(uint64_t number)
  {
    test_msgs__msg__BasicTypes message{};
    message.uint64_value = number;
    return rmw_publish(publisher_, &message, nullptr);
  }

  void publish(uint64_t first, uint64_t last)
  {
    for (uint64_t number = first; number <= last; ++number) {
      ASSERT_RMW_OK(try_publish(number));
    }
  }

private:
  rmw_node_t * node_;
  rmw_publisher_t * publisher_ = nullptr;
};

/// A subscription to /numbers.
class Reader
{
public:
  Reader(rmw_node_t * node, const rmw_qos_profile_t & qos) : node_(node)
  {
    const rmw_subscription_options_t options = rmw_get_default_subscription_options();
    subscription_ = rmw_create_subscription(
      node, ROSIDL_GET_MSG_TYPE_SUPPORT(test_msgs, msg, BasicTypes), "/numbers", &qos, &options);
    EXPECT_NE(nullptr, subscription_) << rmw_get_error_string().str;
  }
  ~Reader() { EXPECT_RMW_OK(rmw_destroy_subscription(node_, subscription_)); }
  Reader(const Reader &) = delete;
  Reader & operator=(const Reader &) = delete;

  /// Up to `most` of what there is.
  Numbers take(size_t most = SIZE_MAX)
  {
    Numbers numbers;
    while (numbers.size() < most) {
      test_msgs__msg__BasicTypes message{};
      bool taken = false;
      EXPECT_RMW_OK(rmw_take(subscription_, &message, &taken, nullptr));
      if (!taken) {
        break;
      }
      numbers.push_back(message.uint64_value);
    }
    return numbers;
  }

  /// How many were lost so far, as the event tells.
  uint64_t lost()
  {
    rmw_event_t event = rmw_get_zero_initialized_event();
    rmw_message_lost_status_t status{};
    bool taken = false;
    EXPECT_RMW_OK(rmw_subscription_event_init(&event, subscription_, RMW_EVENT_MESSAGE_LOST));
    EXPECT_RMW_OK(rmw_take_event(&event, &status, &taken));
    EXPECT_RMW_OK(rmw_event_fini(&event));
    return status.total_count;
  }

private:
  rmw_node_t * node_;
  rmw_subscription_t * subscription_ = nullptr;
};

using History = NodeTest;

TEST_F(History, keep_last_gives_the_newest)
{
  Writer writer(node_, keep_last(1000));
  Reader reader(node_, keep_last(10));
  writer.publish(1, 100);
  EXPECT_EQ(from_to(91, 100), reader.take());
  EXPECT_EQ(90U, reader.lost());
}

TEST_F(History, a_deep_reader_of_a_shallow_writer_gets_what_it_has_room_for)
{
  Writer writer(node_, keep_last(1));
  Reader deep(node_, keep_last(500));
  Reader shallow(node_, keep_last(1));
  writer.publish(1, 600);
  EXPECT_EQ(from_to(101, 600), deep.take());
  EXPECT_EQ(from_to(600, 600), shallow.take());
}

TEST_F(History, a_keep_all_reader_of_a_shallow_writer_gets_all)
{
  Writer writer(node_, keep_last(1));
  Reader reader(node_, keep_all());
  writer.publish(1, 500);
  EXPECT_EQ(from_to(1, 500), reader.take());
  EXPECT_EQ(0U, reader.lost());
}

TEST_F(History, keep_all_loses_nothing_and_makes_the_writer_wait)
{
  Writer writer(node_, keep_all());
  Reader reader(node_, keep_all());
  uint64_t published = 0;
  rmw_ret_t ret = RMW_RET_OK;
  while (ret == RMW_RET_OK) {
    ret = writer.try_publish(published + 1);
    published += ret == RMW_RET_OK;
  }
  EXPECT_RMW_ERROR(RMW_RET_TIMEOUT, ret);
  EXPECT_EQ(from_to(1, published), reader.take());
  EXPECT_EQ(0U, reader.lost());
}

TEST_F(History, best_effort_readers_make_no_writer_wait)
{
  Writer writer(node_, keep_all());
  Reader reader(node_, best_effort(keep_all()));
  writer.publish(1, 20000);
  const Numbers taken = reader.take();
  ASSERT_FALSE(taken.empty());
  EXPECT_EQ(from_to(20000 - taken.size() + 1, 20000), taken);
  EXPECT_EQ(20000U, taken.size() + reader.lost());
}

TEST_F(History, best_effort_writers_do_not_wait)
{
  Writer writer(node_, best_effort(keep_all()));
  Reader reader(node_, best_effort(keep_all()));
  writer.publish(1, 20000);
  EXPECT_EQ(20000U, reader.take().size() + reader.lost());
}

TEST_F(History, late_joiners_get_what_transient_local_keeps)
{
  Writer writer(node_, transient_local(keep_last(20)));
  writer.publish(1, 100);
  Reader deep(node_, transient_local(keep_last(1000)));
  Reader shallow(node_, transient_local(keep_last(5)));
  Reader volatile_reader(node_, keep_last(1000));
  EXPECT_EQ(from_to(81, 100), deep.take());
  EXPECT_EQ(from_to(96, 100), shallow.take());
  EXPECT_EQ(Numbers(), volatile_reader.take());
  EXPECT_EQ(0U, deep.lost()) << "what was published before it joined was never its";
  writer.publish(101, 103);
  EXPECT_EQ(from_to(101, 103), deep.take());
  EXPECT_EQ(from_to(101, 103), shallow.take());
  EXPECT_EQ(from_to(101, 103), volatile_reader.take());
}

TEST_F(History, late_joiners_get_what_was_taken_by_others)
{
  Writer writer(node_, transient_local(keep_last(20)));
  Reader first(node_, transient_local(keep_last(20)));
  writer.publish(1, 10);
  EXPECT_EQ(from_to(1, 10), first.take());
  Reader second(node_, transient_local(keep_last(20)));
  EXPECT_EQ(from_to(1, 10), second.take());
}

TEST_F(History, transient_local_keeps_all_where_history_does)
{
  Writer writer(node_, transient_local(keep_all()));
  writer.publish(1, 2000);
  Reader reader(node_, transient_local(keep_all()));
  EXPECT_EQ(from_to(1, 2000), reader.take());
}

TEST_F(History, volatile_late_joiners_get_what_comes_after)
{
  Writer writer(node_, keep_last(20));
  writer.publish(1, 10);
  Reader reader(node_, keep_last(20));
  EXPECT_EQ(Numbers(), reader.take());
  writer.publish(11, 12);
  EXPECT_EQ(from_to(11, 12), reader.take());
}

TEST_F(History, what_was_published_is_taken_or_lost_or_queued)
{
  constexpr uint64_t depth = 7;
  Writer writer(node_, keep_last(depth));
  Reader reader(node_, keep_last(depth));
  uint64_t published = 0;
  uint64_t taken = 0;
  for (uint64_t step = 0; step < 2000; ++step) {
    const uint64_t burst = step * 7919 % 13;
    writer.publish(published + 1, published + burst);
    published += burst;
    taken += reader.take(step * 104729 % 5).size();
    const uint64_t queued = published - taken - reader.lost();
    ASSERT_LE(queued, depth);
  }
  const uint64_t queued = published - taken - reader.lost();
  EXPECT_EQ(queued, reader.take().size());
}

TEST_F(History, counts_add_up_while_the_writer_runs)
{
  constexpr uint64_t published = 200000;
  Writer writer(node_, keep_last(10));
  Reader reader(node_, keep_last(10));
  std::atomic<bool> ends{false};
  std::thread publishing([&] {
    writer.publish(1, published);
    ends = true;
  });
  uint64_t taken = 0;
  uint64_t last = 0;
  for (bool over = false; !over;) {
    over = ends;
    for (const uint64_t number : reader.take()) {
      ASSERT_LT(last, number) << "out of order, or twice";
      last = number;
      ++taken;
    }
  }
  publishing.join();
  EXPECT_EQ(published, last);
  EXPECT_EQ(published, taken + reader.lost());
}

TEST_F(History, each_of_many_readers_gets_all_whatever_the_others_do)
{
  Writer writer(node_, keep_all());
  Reader quick(node_, keep_all());
  Reader slow(node_, keep_last(3));
  for (uint64_t number = 1; number <= 5000; ++number) {
    writer.publish(number, number);
    ASSERT_EQ(from_to(number, number), quick.take());
  }
  EXPECT_EQ(from_to(4998, 5000), slow.take());
  EXPECT_EQ(4997U, slow.lost());
}

TEST_F(History, a_slow_writer_is_heard_beside_a_fast_one)
{
  Writer fast(node_, keep_all());
  Writer slow(node_, keep_all());
  Reader reader(node_, keep_all());
  fast.publish(1, 2000);
  slow.publish(1000001, 1000001);
  const Numbers first = reader.take(2);
  EXPECT_NE(first[0] > 1000000, first[1] > 1000000) << "each writer gets its turn";
  fast.publish(2001, 2500);
  slow.publish(1000002, 1000002);
  const Numbers next = reader.take(2);
  EXPECT_NE(next[0] > 1000000, next[1] > 1000000);
  EXPECT_EQ(2500U - 2, reader.take().size());
}

TEST_F(History, threads_share_a_publisher_and_a_subscription)
{
  constexpr size_t threads = 4;
  constexpr uint64_t each = 20000;
  Writer writer(node_, keep_all());
  Reader reader(node_, keep_all());
  std::atomic<uint64_t> left{threads * each};
  std::vector<std::thread> running;
  std::vector<Numbers> taken(threads);
  for (size_t thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      for (uint64_t number = 1; number <= each; ++number) {
        // Where others take for a while, the history may stay full longer than a publish waits.
        rmw_ret_t ret = RMW_RET_TIMEOUT;
        while ((ret = writer.try_publish(thread * each + number)) == RMW_RET_TIMEOUT) {
          rmw_reset_error();
        }
        ASSERT_RMW_OK(ret);
      }
    });
    running.emplace_back([&, thread] {
      while (left > 0) {
        const Numbers some = reader.take(100);
        taken[thread].insert(taken[thread].end(), some.begin(), some.end());
        left -= some.size();
      }
    });
  }
  for (std::thread & thread : running) {
    thread.join();
  }
  std::vector<int> seen(threads * each + 1);
  for (const Numbers & numbers : taken) {
    // One publishing thread's messages reach one taking thread in their order.
    std::vector<uint64_t> last(threads);
    for (const uint64_t number : numbers) {
      ++seen.at(number);
      uint64_t & before = last.at((number - 1) / each);
      ASSERT_LT(before, number);
      before = number;
    }
  }
  EXPECT_EQ(static_cast<int64_t>(threads * each), std::count(seen.begin() + 1, seen.end(), 1));
}
