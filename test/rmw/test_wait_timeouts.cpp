// How long a wait takes: no less than its timeout, no more than the kernel's timer needs, whatever the timeout is.
#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "fixtures.hpp"

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

class WaitTimeouts : public PairTest
{
protected:
  void SetUp() override
  {
    PairTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    guard_ = rmw_create_guard_condition(&context_);
    wait_set_ = rmw_create_wait_set(&context_, 0);
    ASSERT_TRUE(guard_ && wait_set_);
  }

  void TearDown() override
  {
    if (wait_set_) {
      EXPECT_RMW_OK(rmw_destroy_wait_set(wait_set_));
      EXPECT_RMW_OK(rmw_destroy_guard_condition(guard_));
    }
    PairTest::TearDown();
  }

  rmw_ret_t wait(rmw_time_t timeout)
  {
    void * entries[] = {guard_->data, subscription_->data};
    rmw_guard_conditions_t guards{1, &entries[0]};
    rmw_subscriptions_t subscriptions{1, &entries[1]};
    return rmw_wait(&subscriptions, &guards, nullptr, nullptr, nullptr, wait_set_, &timeout);
  }

  /// How much longer than its timeout a wait takes at the least, of several.
  nanoseconds shortest_excess(rmw_time_t timeout)
  {
    const nanoseconds wanted(rmw_time_total_nsec(timeout));
    nanoseconds shortest = nanoseconds::max();
    for (int i = 0; i < 20; ++i) {
      const auto start = steady_clock::now();
      EXPECT_EQ(RMW_RET_TIMEOUT, wait(timeout));
      const nanoseconds excess = steady_clock::now() - start - wanted;
      EXPECT_GE(excess.count(), 0) << "it ended early";
      shortest = std::min(shortest, excess);
    }
    return shortest;
  }

  rmw_guard_condition_t * guard_ = nullptr;
  rmw_wait_set_t * wait_set_ = nullptr;
};

TEST_F(WaitTimeouts, are_as_exact_as_the_kernels_timer)
{
  for (const uint64_t timeout : {1U, 1000U, 100000U, 1000000U, 20000000U}) {
    EXPECT_LT(shortest_excess({0, timeout}), std::chrono::milliseconds(1)) << timeout << " ns";
  }
}

TEST_F(WaitTimeouts, may_have_more_nanoseconds_than_a_second_has)
{
  const auto start = steady_clock::now();
  EXPECT_EQ(RMW_RET_TIMEOUT, wait({0, 1100000000}));
  EXPECT_GE(steady_clock::now() - start, std::chrono::milliseconds(1100));
}

TEST_F(WaitTimeouts, of_zero_do_not_sleep)
{
  EXPECT_LT(shortest_excess({0, 0}), std::chrono::milliseconds(1));
}

TEST_F(WaitTimeouts, that_are_longer_than_any_clock_last_until_something_happens)
{
  constexpr uint64_t most = std::numeric_limits<uint64_t>::max();
  const rmw_time_t timeouts[] = {
    {most, most},
    {most, 0},
    {0, most},
    {static_cast<uint64_t>(std::numeric_limits<int64_t>::max()), 999999999},
    {9223372036, 854775807},  // RMW_DURATION_INFINITE
    {9223372036, 854775806},
  };
  for (const rmw_time_t & timeout : timeouts) {
    std::thread other([this] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      EXPECT_RMW_OK(rmw_trigger_guard_condition(guard_));
    });
    EXPECT_RMW_OK(wait(timeout)) << timeout.sec << " s " << timeout.nsec << " ns";
    other.join();
    // The same for what is acknowledged: there is no end of time that is over.
    test_msgs__msg__BasicTypes message{};
    EXPECT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
    EXPECT_RMW_OK(rmw_publisher_wait_for_all_acked(publisher_, timeout));
  }
}
