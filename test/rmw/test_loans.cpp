// Loaned messages: lent without a copy, given back whatever happens, never overwritten while lent.
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>
#include <vector>

#include "fixtures.hpp"
#include "plib/types.h"
#include "rosidl_runtime_c/string_functions.h"

namespace
{

/// While it is set, this thread's operator new finds no memory.
thread_local bool no_memory = false;

}  // namespace

void * operator new(std::size_t size)
{
  void * const block = no_memory ? nullptr : std::malloc(size);
  if (!block) {
    throw std::bad_alloc();
  }
  return block;
}

void * operator new(std::size_t size, const std::nothrow_t &) noexcept
{
  return no_memory ? nullptr : std::malloc(size);
}

void operator delete(void * block) noexcept { std::free(block); }
void operator delete(void * block, std::size_t) noexcept { std::free(block); }

class Loans : public PairTest
{
protected:
  test_msgs__msg__BasicTypes * borrow()
  {
    void * message = nullptr;
    EXPECT_RMW_OK(rmw_borrow_loaned_message(publisher_, basic_type(), &message));
    return static_cast<test_msgs__msg__BasicTypes *>(message);
  }

  void publish(int64_t value)
  {
    test_msgs__msg__BasicTypes * const message = borrow();
    ASSERT_NE(nullptr, message);
    std::memset(message, 0, sizeof(*message));
    message->int64_value = value;
    ASSERT_RMW_OK(rmw_publish_loaned_message(publisher_, message, nullptr));
  }

  const test_msgs__msg__BasicTypes * take()
  {
    void * message = nullptr;
    bool taken = false;
    EXPECT_RMW_OK(rmw_take_loaned_message(subscription_, &message, &taken, nullptr));
    EXPECT_EQ(taken, message != nullptr);
    return static_cast<const test_msgs__msg__BasicTypes *>(message);
  }

  void give_back(const test_msgs__msg__BasicTypes * message)
  {
    EXPECT_RMW_OK(rmw_return_loaned_message_from_subscription(
      subscription_, const_cast<test_msgs__msg__BasicTypes *>(message)));
  }
};

TEST_F(Loans, are_offered_for_types_of_fixed_size_only)
{
  EXPECT_TRUE(publisher_->can_loan_messages);
  EXPECT_TRUE(subscription_->can_loan_messages);
  const rmw_publisher_options_t publishing = rmw_get_default_publisher_options();
  const rmw_subscription_options_t subscribing = rmw_get_default_subscription_options();
  const rmw_qos_profile_t & qos = rmw_qos_profile_default;
  rmw_publisher_t * const strings =
    rmw_create_publisher(node_, strings_type(), "/strings", &qos, &publishing);
  rmw_subscription_t * const reader =
    rmw_create_subscription(node_, strings_type(), "/strings", &qos, &subscribing);
  ASSERT_NE(nullptr, strings);
  ASSERT_NE(nullptr, reader);
  EXPECT_FALSE(strings->can_loan_messages);
  EXPECT_FALSE(reader->can_loan_messages);
  void * message = nullptr;
  bool taken = false;
  rmw_message_info_t info = rmw_get_zero_initialized_message_info();
  EXPECT_RMW_ERROR(
    RMW_RET_UNSUPPORTED, rmw_borrow_loaned_message(strings, strings_type(), &message));
  EXPECT_RMW_ERROR(RMW_RET_UNSUPPORTED, rmw_take_loaned_message(reader, &message, &taken, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_UNSUPPORTED,
    rmw_take_loaned_message_with_info(reader, &message, &taken, &info, nullptr));
  EXPECT_EQ(nullptr, message);
  EXPECT_FALSE(taken);
  int own = 0;
  EXPECT_RMW_ERROR(RMW_RET_UNSUPPORTED, rmw_publish_loaned_message(strings, &own, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_UNSUPPORTED, rmw_return_loaned_message_from_publisher(strings, &own));
  EXPECT_RMW_ERROR(RMW_RET_UNSUPPORTED, rmw_return_loaned_message_from_subscription(reader, &own));
  EXPECT_RMW_OK(rmw_destroy_subscription(node_, reader));
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, strings));
}

TEST_F(Loans, wrong_arguments_and_foreign_messages_make_no_loan_of_a_publisher)
{
  rmw_publisher_t * const p = publisher_;
  void * message = nullptr;
  test_msgs__msg__BasicTypes own{};
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_borrow_loaned_message(nullptr, basic_type(), &message));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_borrow_loaned_message(p, nullptr, &message));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_borrow_loaned_message(p, basic_type(), nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_borrow_loaned_message(p, strings_type(), &message));
  EXPECT_RMW_FOREIGN(p, rmw_borrow_loaned_message(p, basic_type(), &message));
  message = &own;
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_borrow_loaned_message(p, basic_type(), &message));
  EXPECT_EQ(&own, message);

  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_publish_loaned_message(nullptr, &own, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_publish_loaned_message(p, nullptr, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_ERROR, rmw_publish_loaned_message(p, &own, nullptr));
  EXPECT_RMW_FOREIGN(p, rmw_publish_loaned_message(p, &own, nullptr));

  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_return_loaned_message_from_publisher(nullptr, &own));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_return_loaned_message_from_publisher(p, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_ERROR, rmw_return_loaned_message_from_publisher(p, &own));
  EXPECT_RMW_FOREIGN(p, rmw_return_loaned_message_from_publisher(p, &own));
}

TEST_F(Loans, wrong_arguments_and_foreign_messages_make_no_loan_of_a_subscription)
{
  rmw_subscription_t * const s = subscription_;
  void * message = nullptr;
  bool taken = false;
  test_msgs__msg__BasicTypes own{};
  void * used = &own;
  rmw_message_info_t info = rmw_get_zero_initialized_message_info();
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_loaned_message(nullptr, &message, &taken, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take_loaned_message(s, nullptr, &taken, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_loaned_message(s, &message, nullptr, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take_loaned_message(s, &used, &taken, nullptr));
  EXPECT_RMW_FOREIGN(s, rmw_take_loaned_message(s, &message, &taken, nullptr));

  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_take_loaned_message_with_info(nullptr, &message, &taken, &info, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_take_loaned_message_with_info(s, nullptr, &taken, &info, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_take_loaned_message_with_info(s, &message, nullptr, &info, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_take_loaned_message_with_info(s, &message, &taken, nullptr, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_loaned_message_with_info(s, &used, &taken, &info, nullptr));
  EXPECT_RMW_FOREIGN(s, rmw_take_loaned_message_with_info(s, &message, &taken, &info, nullptr));
  EXPECT_EQ(nullptr, message);
  EXPECT_EQ(&own, used);

  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_return_loaned_message_from_subscription(nullptr, &own));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_return_loaned_message_from_subscription(s, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_ERROR, rmw_return_loaned_message_from_subscription(s, &own));
  EXPECT_RMW_FOREIGN(s, rmw_return_loaned_message_from_subscription(s, &own));
}

TEST_F(Loans, reach_the_reader_without_a_copy_and_are_given_back)
{
  test_msgs__msg__BasicTypes * const message = borrow();
  ASSERT_NE(nullptr, message);
  EXPECT_EQ(0u, reinterpret_cast<uintptr_t>(message) % PLIB_LOAN_ALIGNMENT);
  message->float64_value = 1.5;
  ASSERT_RMW_OK(rmw_publish_loaned_message(publisher_, message, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_ERROR, rmw_publish_loaned_message(publisher_, message, nullptr));

  void * taken_message = nullptr;
  bool taken = false;
  rmw_message_info_t info = rmw_get_zero_initialized_message_info();
  ASSERT_RMW_OK(
    rmw_take_loaned_message_with_info(subscription_, &taken_message, &taken, &info, nullptr));
  ASSERT_TRUE(taken);
  EXPECT_EQ(1u, info.publication_sequence_number);
  const auto * const seen = static_cast<test_msgs__msg__BasicTypes *>(taken_message);
  EXPECT_EQ(1.5, seen->float64_value);
  // The same memory, seen through the reader's mapping: what is written through the writer's shows.
  message->float64_value = 2.5;
  EXPECT_EQ(2.5, seen->float64_value);
  give_back(seen);
  EXPECT_RMW_ERROR(
    RMW_RET_ERROR, rmw_return_loaned_message_from_subscription(subscription_, taken_message));
}

TEST_F(Loans, held_messages_are_never_overwritten)
{
  publish(7);
  const test_msgs__msg__BasicTypes * const held = take();
  ASSERT_NE(nullptr, held);
  // More than the ring has places, so that each chunk was reused many times.
  for (int64_t i = 0; i < int64_t{4} * PLIB_RING_MIN; ++i) {
    publish(1000 + i);
    ASSERT_EQ(7, held->int64_value) << "after " << i;
  }
  give_back(held);
}

TEST_F(Loans, are_limited_per_publisher_with_a_clear_error_and_nothing_is_lost)
{
  std::vector<const test_msgs__msg__BasicTypes *> held;
  for (int64_t i = 0; i <= PLIB_HOLDS_MAX; ++i) {
    publish(i);
  }
  for (int64_t i = 0; i < PLIB_HOLDS_MAX; ++i) {
    held.push_back(take());
    ASSERT_NE(nullptr, held.back());
    EXPECT_EQ(i, held.back()->int64_value);
  }
  void * message = nullptr;
  bool taken = true;
  EXPECT_RMW_ERROR(
    RMW_RET_ERROR, rmw_take_loaned_message(subscription_, &message, &taken, nullptr));
  EXPECT_FALSE(taken);
  give_back(held.front());
  held.front() = take();
  ASSERT_NE(nullptr, held.front());
  EXPECT_EQ(PLIB_HOLDS_MAX, held.front()->int64_value);
  for (const auto * each : held) {
    give_back(each);
  }
}

TEST_F(Loans, stay_readable_after_their_publisher_is_gone)
{
  publish(5);
  const test_msgs__msg__BasicTypes * const held = take();
  ASSERT_NE(nullptr, held);
  ASSERT_RMW_OK(rmw_destroy_publisher(node_, publisher_));
  publisher_ = nullptr;
  // Another publisher is given pooled memory: not the memory that is still held.
  const rmw_publisher_options_t options = rmw_get_default_publisher_options();
  publisher_ =
    rmw_create_publisher(node_, basic_type(), "/topic", &rmw_qos_profile_default, &options);
  ASSERT_NE(nullptr, publisher_);
  publish(6);
  EXPECT_EQ(5, held->int64_value);
  give_back(held);
}

TEST_F(Loans, meet_messages_that_were_not_lent)
{
  test_msgs__msg__BasicTypes message{};
  bool taken = false;
  publish(1);
  ASSERT_RMW_OK(rmw_take(subscription_, &message, &taken, nullptr));
  ASSERT_TRUE(taken);
  EXPECT_EQ(1, message.int64_value);
  message.int64_value = 2;
  ASSERT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
  const test_msgs__msg__BasicTypes * const seen = take();
  ASSERT_NE(nullptr, seen);
  EXPECT_EQ(2, seen->int64_value);
  give_back(seen);
}

TEST_F(Loans, take_serialized_messages_however_they_are_laid_out)
{
  test_msgs__msg__BasicTypes message{};
  message.int64_value = 3;
  rmw_serialized_message_t serialized = rmw_get_zero_initialized_serialized_message();
  const rcutils_allocator_t allocator = rcutils_get_default_allocator();
  ASSERT_RMW_OK(rmw_serialized_message_init(&serialized, 0, &allocator));
  ASSERT_RMW_OK(rmw_serialize(&message, basic_type(), &serialized));
  // Published as bytes, it is not aligned in memory: the reader gets a copy of its own.
  ASSERT_RMW_OK(rmw_publish_serialized_message(publisher_, &serialized, nullptr));
  const test_msgs__msg__BasicTypes * const seen = take();
  ASSERT_NE(nullptr, seen);
  EXPECT_EQ(3, seen->int64_value);
  give_back(seen);
  publish(4);
  bool taken = false;
  ASSERT_RMW_OK(rmw_take_serialized_message(subscription_, &serialized, &taken, nullptr));
  ASSERT_TRUE(taken);
  ASSERT_RMW_OK(rmw_deserialize(&serialized, basic_type(), &message));
  EXPECT_EQ(4, message.int64_value);
  EXPECT_RMW_OK(rmw_serialized_message_fini(&serialized));
}

TEST_F(Loans, may_be_returned_unpublished)
{
  test_msgs__msg__BasicTypes * const message = borrow();
  ASSERT_NE(nullptr, message);
  EXPECT_RMW_OK(rmw_return_loaned_message_from_publisher(publisher_, message));
  EXPECT_EQ(nullptr, take());
  EXPECT_EQ(message, borrow()) << "the memory used last is used first";
  EXPECT_RMW_OK(rmw_return_loaned_message_from_publisher(publisher_, message));
}

TEST_F(Loans, that_find_no_memory_are_not_lost)
{
  test_msgs__msg__BasicTypes * const first = borrow();
  ASSERT_NE(nullptr, first);
  void * message = nullptr;
  // As many as would use up the publisher's first memory.
  constexpr int failures = 20000;
  constexpr std::ptrdiff_t first_memory = 1 << 20;
  for (int i = 0; i < failures; ++i) {
    no_memory = true;
    const rmw_ret_t ret = rmw_borrow_loaned_message(publisher_, basic_type(), &message);
    no_memory = false;
    ASSERT_EQ(RMW_RET_BAD_ALLOC, ret);
    ASSERT_EQ(nullptr, message);
    rmw_reset_error();
  }
  test_msgs__msg__BasicTypes * const second = borrow();
  ASSERT_NE(nullptr, second);
  const std::ptrdiff_t distance =
    reinterpret_cast<const char *>(second) - reinterpret_cast<const char *>(first);
  EXPECT_LT(std::abs(distance), first_memory);
  EXPECT_RMW_OK(rmw_return_loaned_message_from_publisher(publisher_, first));
  EXPECT_RMW_OK(rmw_return_loaned_message_from_publisher(publisher_, second));
}

TEST_F(Loans, that_find_no_memory_can_be_taken_later)
{
  publish(1);
  publish(2);
  const test_msgs__msg__BasicTypes * const first = take();
  ASSERT_NE(nullptr, first);
  for (int i = 0; i < 2 * PLIB_HOLDS_MAX; ++i) {
    void * message = nullptr;
    bool taken = true;
    no_memory = true;
    const rmw_ret_t ret = rmw_take_loaned_message(subscription_, &message, &taken, nullptr);
    no_memory = false;
    EXPECT_RMW_ERROR(RMW_RET_BAD_ALLOC, ret);
    EXPECT_EQ(nullptr, message);
    EXPECT_FALSE(taken);
  }
  const test_msgs__msg__BasicTypes * const second = take();
  ASSERT_NE(nullptr, second);
  EXPECT_EQ(2, second->int64_value);
  give_back(first);
  give_back(second);
}

/// A publisher and a subscription that keep all.
class LosslessLoans : public Loans
{
protected:
  void SetUp() override
  {
    Loans::SetUp();
    if (IsSkipped()) {
      return;
    }
    ASSERT_RMW_OK(rmw_destroy_publisher(node_, publisher_));
    ASSERT_RMW_OK(rmw_destroy_subscription(node_, subscription_));
    rmw_qos_profile_t qos = rmw_qos_profile_default;
    qos.history = RMW_QOS_POLICY_HISTORY_KEEP_ALL;
    const rmw_publisher_options_t publishing = rmw_get_default_publisher_options();
    const rmw_subscription_options_t subscribing = rmw_get_default_subscription_options();
    publisher_ = rmw_create_publisher(node_, basic_type(), "/topic", &qos, &publishing);
    subscription_ = rmw_create_subscription(node_, basic_type(), "/topic", &qos, &subscribing);
    ASSERT_TRUE(publisher_ && subscription_) << rmw_get_error_string().str;
  }

  /// Publish until the history is full.
  void fill()
  {
    const test_msgs__msg__BasicTypes message{};
    rmw_ret_t ret = RMW_RET_OK;
    while (ret == RMW_RET_OK) {
      ret = rmw_publish(publisher_, &message, nullptr);
    }
    EXPECT_RMW_ERROR(RMW_RET_TIMEOUT, ret);
  }

  static std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }
  static constexpr std::chrono::milliseconds max_blocking_time{100};
};

TEST_F(LosslessLoans, are_refused_at_once_while_the_history_is_full)
{
  fill();
  void * message = nullptr;
  const auto start = now();
  EXPECT_RMW_ERROR(RMW_RET_ERROR, rmw_borrow_loaned_message(publisher_, basic_type(), &message));
  EXPECT_LT(now() - start, max_blocking_time / 2);
  EXPECT_EQ(nullptr, message);
  give_back(take());
  publish(1);
}

TEST_F(LosslessLoans, are_published_when_there_is_space_again)
{
  test_msgs__msg__BasicTypes * const first = borrow();
  test_msgs__msg__BasicTypes * const second = borrow();
  ASSERT_TRUE(first && second);
  std::memset(first, 0, sizeof(*first));
  std::memset(second, 0, sizeof(*second));
  second->int64_value = 7;
  fill();
  const auto start = now();
  EXPECT_RMW_ERROR(RMW_RET_TIMEOUT, rmw_publish_loaned_message(publisher_, first, nullptr));
  EXPECT_GE(now() - start, max_blocking_time);
  std::thread other([&] {
    std::this_thread::sleep_for(max_blocking_time / 5);
    give_back(take());
  });
  EXPECT_RMW_OK(rmw_publish_loaned_message(publisher_, second, nullptr));
  other.join();
  int64_t last = -1;
  while (const test_msgs__msg__BasicTypes * const message = take()) {
    last = message->int64_value;
    give_back(message);
  }
  EXPECT_EQ(7, last);
}
