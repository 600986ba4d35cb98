// A sequence is consecutive and has what was received when it began. What happens meanwhile happens in the
// trace point of each take, which this program defines itself.
#include <chrono>
#include <functional>
#include <future>
#include <vector>

#include "fixtures.hpp"

namespace
{

/// Called within each take, by the thread that takes.
std::function<void()> meanwhile;

}  // namespace

extern "C" void ros_trace_rmw_take(const void *, const void *, int64_t, bool)
{
  if (const std::function<void()> now = meanwhile) {
    now();  // a copy, which it may replace
  }
}

using Numbers = std::vector<int64_t>;

class TakeSequence : public PairTest
{
protected:
  static constexpr size_t capacity = 8;

  void SetUp() override
  {
    PairTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    ASSERT_RMW_OK(rmw_message_sequence_init(&messages_, capacity, &allocator_));
    ASSERT_RMW_OK(rmw_message_info_sequence_init(&infos_, capacity, &allocator_));
    for (size_t i = 0; i < capacity; ++i) {
      messages_.data[i] = &memory_[i];
    }
  }

  void TearDown() override
  {
    meanwhile = nullptr;
    if (messages_.data) {
      EXPECT_RMW_OK(rmw_message_sequence_fini(&messages_));
      EXPECT_RMW_OK(rmw_message_info_sequence_fini(&infos_));
    }
    PairTest::TearDown();
  }

  void publish(int64_t first, int64_t last)
  {
    test_msgs__msg__BasicTypes message{};
    for (message.int64_value = first; message.int64_value <= last; ++message.int64_value) {
      EXPECT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
    }
  }

  int64_t take()
  {
    test_msgs__msg__BasicTypes message{};
    bool taken = false;
    EXPECT_RMW_OK(rmw_take(subscription_, &message, &taken, nullptr));
    return taken ? message.int64_value : -1;
  }

  /// The numbers of at most `count` messages.
  Numbers take_sequence(size_t count)
  {
    size_t taken = 99;
    EXPECT_RMW_OK(rmw_take_sequence(subscription_, count, &messages_, &infos_, &taken, nullptr));
    Numbers numbers;
    for (size_t i = 0; i < taken; ++i) {
      numbers.push_back(memory_[i].int64_value);
    }
    return numbers;
  }

  rcutils_allocator_t allocator_ = rcutils_get_default_allocator();
  test_msgs__msg__BasicTypes memory_[capacity]{};
  rmw_message_sequence_t messages_ = rmw_get_zero_initialized_message_sequence();
  rmw_message_info_sequence_t infos_ = rmw_get_zero_initialized_message_info_sequence();
};

TEST_F(TakeSequence, arguments_are_checked)
{
  rmw_subscription_t * const s = subscription_;
  rmw_message_sequence_t * const m = &messages_;
  rmw_message_info_sequence_t * const i = &infos_;
  size_t taken = 0;
  publish(1, 1);
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take_sequence(nullptr, 1, m, i, &taken, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take_sequence(s, 1, nullptr, i, &taken, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take_sequence(s, 1, m, nullptr, &taken, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take_sequence(s, 1, m, i, nullptr, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take_sequence(s, 0, m, i, &taken, nullptr));
  EXPECT_RMW_FOREIGN(s, rmw_take_sequence(s, 1, m, i, &taken, nullptr));
  messages_.capacity = 1;
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take_sequence(s, 2, m, i, &taken, nullptr));
  messages_.capacity = capacity;
  infos_.capacity = 1;
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take_sequence(s, 2, m, i, &taken, nullptr));
  infos_.capacity = capacity;
  EXPECT_EQ(Numbers{1}, take_sequence(1)) << "still there";
}

TEST_F(TakeSequence, has_no_more_than_had_been_received_when_it_began)
{
  publish(1, 2);
  int64_t next = 3;
  meanwhile = [&] {
    publish(next, next);
    ++next;
  };
  EXPECT_EQ((Numbers{1, 2}), take_sequence(capacity));
  meanwhile = nullptr;
  EXPECT_EQ((Numbers{3, 4}), take_sequence(capacity));
}

TEST_F(TakeSequence, is_consecutive_although_others_take)
{
  publish(1, 4);
  std::future<int64_t> other;
  meanwhile = [&] {
    meanwhile = nullptr;
    other = std::async(std::launch::async, [&] { return take(); });
    (void)other.wait_for(std::chrono::milliseconds(50));
  };
  EXPECT_EQ((Numbers{1, 2, 3}), take_sequence(3));
  EXPECT_EQ(4, other.get());
}

TEST_F(TakeSequence, is_consecutive_although_others_take_serialized_and_loaned_ones)
{
  rmw_serialized_message_t serialized = rmw_get_zero_initialized_serialized_message();
  ASSERT_RMW_OK(rmw_serialized_message_init(&serialized, 0, &allocator_));
  void * loan = nullptr;
  publish(1, 4);
  std::future<void> others[2];
  meanwhile = [&] {
    meanwhile = nullptr;
    others[0] = std::async(std::launch::async, [&] {
      bool taken = false;
      EXPECT_RMW_OK(rmw_take_serialized_message(subscription_, &serialized, &taken, nullptr));
      EXPECT_TRUE(taken);
    });
    others[1] = std::async(std::launch::async, [&] {
      bool taken = false;
      EXPECT_RMW_OK(rmw_take_loaned_message(subscription_, &loan, &taken, nullptr));
      EXPECT_TRUE(taken);
    });
    for (auto & other : others) {
      (void)other.wait_for(std::chrono::milliseconds(50));
    }
  };
  EXPECT_EQ((Numbers{1, 2}), take_sequence(2));
  for (auto & other : others) {
    other.get();
  }
  EXPECT_RMW_OK(rmw_return_loaned_message_from_subscription(subscription_, loan));
  EXPECT_RMW_OK(rmw_serialized_message_fini(&serialized));
}

TEST_F(TakeSequence, leaves_both_sequences_unchanged_when_there_is_nothing)
{
  messages_.size = 3;
  infos_.size = 5;
  EXPECT_EQ(Numbers{}, take_sequence(capacity));
  EXPECT_EQ(3U, messages_.size);
  EXPECT_EQ(5U, infos_.size);
  publish(1, 2);
  EXPECT_EQ((Numbers{1, 2}), take_sequence(capacity));
  EXPECT_EQ(2U, messages_.size);
  EXPECT_EQ(2U, infos_.size);
}
