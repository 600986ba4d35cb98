// The calls that rmw documents with "Allocates Memory: No" allocate nothing.
#include <cstdlib>
#include <new>
#include <utility>

#include "fixtures.hpp"
#include "rmw/qos_profiles.h"

namespace
{

/// How often this thread called operator new.
thread_local size_t allocations = 0;

}  // namespace

// The library's calls come here too, since it does not bring an operator of its own.
void * operator new(std::size_t size, const std::nothrow_t &) noexcept
{
  ++allocations;
  return std::malloc(size);
}

void * operator new(std::size_t size)
{
  void * const block = operator new(size, std::nothrow);
  if (!block) {
    throw std::bad_alloc();
  }
  return block;
}

// Not inlined, where the compiler would take the two for a mismatch.
[[gnu::noinline]] void operator delete(void * block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void * block, std::size_t) noexcept { std::free(block); }

/// The call succeeds without an allocation.
#define EXPECT_NO_ALLOCATION(call)     \
  do {                                 \
    const size_t before = allocations; \
    const rmw_ret_t ret = call;        \
    const size_t after = allocations;  \
    EXPECT_RMW_OK(ret);                \
    EXPECT_EQ(before, after) << #call; \
  } while (false)

class NoAllocation : public ServicePairTest
{
protected:
  NoAllocation() : ServicePairTest("/a/service/with/a/long/name") {}
};

TEST_F(NoAllocation, the_counter_sees_the_librarys)
{
  const size_t before = allocations;
  rmw_guard_condition_t * const guard = rmw_create_guard_condition(&context_);
  ASSERT_NE(nullptr, guard);
  EXPECT_GT(allocations, before);
  EXPECT_RMW_OK(rmw_destroy_guard_condition(guard));
}

TEST_F(NoAllocation, by_counting)
{
  size_t count = 0;
  bool available = false;
  EXPECT_NO_ALLOCATION(rmw_count_publishers(node_, "/topic", &count));
  EXPECT_EQ(1U, count);
  EXPECT_NO_ALLOCATION(rmw_count_subscribers(node_, "/topic", &count));
  EXPECT_EQ(1U, count);
  EXPECT_NO_ALLOCATION(rmw_count_clients(node_, "/a/service/with/a/long/name", &count));
  EXPECT_EQ(1U, count);
  EXPECT_NO_ALLOCATION(rmw_count_services(node_, "/a/service/with/a/long/name", &count));
  EXPECT_EQ(1U, count);
  EXPECT_NO_ALLOCATION(rmw_publisher_count_matched_subscriptions(publisher_, &count));
  EXPECT_EQ(1U, count);
  EXPECT_NO_ALLOCATION(rmw_subscription_count_matched_publishers(subscription_, &count));
  EXPECT_EQ(1U, count);
  EXPECT_NO_ALLOCATION(rmw_service_server_is_available(node_, client_, &available));
  EXPECT_TRUE(available);
}

TEST_F(NoAllocation, by_comparing_profiles)
{
  rmw_qos_profile_t offered = rmw_qos_profile_sensor_data;
  rmw_qos_profile_t requested = rmw_qos_profile_default;
  offered.liveliness = RMW_QOS_POLICY_LIVELINESS_UNKNOWN;
  requested.durability = RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL;
  rmw_qos_compatibility_type_t compatibility = RMW_QOS_COMPATIBILITY_OK;
  char reason[2048] = "";
  EXPECT_NO_ALLOCATION(
    rmw_qos_profile_check_compatible(offered, requested, &compatibility, reason, sizeof(reason)));
  EXPECT_EQ(RMW_QOS_COMPATIBILITY_ERROR, compatibility);
  EXPECT_NE('\0', reason[0]);
}

TEST_F(NoAllocation, by_what_names_and_asserts)
{
  rmw_gid_t gid{};
  rmw_gid_t other{};
  bool equal = true;
  EXPECT_NO_ALLOCATION(rmw_get_gid_for_publisher(publisher_, &gid));
  EXPECT_NO_ALLOCATION(rmw_get_gid_for_client(client_, &other));
  EXPECT_NO_ALLOCATION(rmw_compare_gids_equal(&gid, &other, &equal));
  EXPECT_FALSE(equal);
  EXPECT_NO_ALLOCATION(rmw_publisher_assert_liveliness(publisher_));
  const size_t before = allocations;
  EXPECT_NE(nullptr, rmw_node_get_graph_guard_condition(node_));
  EXPECT_EQ(before, allocations);
}

TEST_F(NoAllocation, by_returning_loans)
{
  void * lent = nullptr;
  ASSERT_RMW_OK(rmw_borrow_loaned_message(publisher_, basic_type(), &lent));
  EXPECT_NO_ALLOCATION(rmw_return_loaned_message_from_publisher(publisher_, lent));
  test_msgs__msg__BasicTypes message{};
  ASSERT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
  void * taken_message = nullptr;
  bool taken = false;
  ASSERT_RMW_OK(rmw_take_loaned_message(subscription_, &taken_message, &taken, nullptr));
  ASSERT_TRUE(taken);
  EXPECT_NO_ALLOCATION(rmw_return_loaned_message_from_subscription(subscription_, taken_message));
}

TEST_F(NoAllocation, by_destroying)
{
  rmw_wait_set_t * const wait_set = rmw_create_wait_set(&context_, 8);
  ASSERT_NE(nullptr, wait_set);
  EXPECT_NO_ALLOCATION(rmw_destroy_wait_set(wait_set));
  EXPECT_NO_ALLOCATION(rmw_destroy_client(node_, std::exchange(client_, nullptr)));
  EXPECT_NO_ALLOCATION(rmw_destroy_service(node_, std::exchange(service_, nullptr)));
  EXPECT_NO_ALLOCATION(rmw_destroy_subscription(node_, std::exchange(subscription_, nullptr)));
  EXPECT_NO_ALLOCATION(rmw_destroy_publisher(node_, std::exchange(publisher_, nullptr)));
}
