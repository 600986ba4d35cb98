// Without memory each function says so, changes nothing and keeps nothing, however far it had come.
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <iterator>
#include <limits>
#include <new>

#include "filtered_topic.hpp"
#include "rcutils/types/string_array.h"
#include "rmw/get_node_info_and_types.h"
#include "rmw/get_service_names_and_types.h"
#include "rmw/get_topic_endpoint_info.h"
#include "rmw/get_topic_names_and_types.h"
#include "scarce_memory.hpp"

namespace
{

/// How many more blocks this thread's operator new has.
thread_local int blocks_left = std::numeric_limits<int>::max();

void * allocate(std::size_t size) noexcept
{
  return blocks_left-- > 0 ? std::malloc(size) : nullptr;
}

std::ptrdiff_t open_descriptors()
{
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

}  // namespace

void * operator new(std::size_t size)
{
  void * const block = allocate(size);
  if (!block) {
    throw std::bad_alloc();
  }
  return block;
}

void * operator new(std::size_t size, const std::nothrow_t &) noexcept { return allocate(size); }
// Not inlined, where the compiler would take the two for a mismatch.
[[gnu::noinline]] void operator delete(void * block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void * block, std::size_t) noexcept { std::free(block); }

class OutOfMemory : public ServicePairTest
{
protected:
  /// Call with no block of C++'s memory, one, two, ..., until it succeeds; before that it fails and says why.
  /// `check`, which has all memory, comes before each call.
  static void expect_errors_until_there_is_enough(
    const std::function<rmw_ret_t()> & call, const std::function<void()> & check = nullptr)
  {
    for (int blocks = 0; blocks < 1000; ++blocks) {
      if (check) {
        check();
      }
      blocks_left = blocks;
      const rmw_ret_t ret = call();
      blocks_left = std::numeric_limits<int>::max();
      if (ret == RMW_RET_OK) {
        return;
      }
      EXPECT_RMW_ERROR(RMW_RET_BAD_ALLOC, ret);
    }
    ADD_FAILURE() << "it never succeeds";
  }

  /// The same for what returns a handle.
  template <typename Handle>
  static Handle * expect_null_until_there_is_enough(const std::function<Handle *()> & create)
  {
    Handle * handle = nullptr;
    expect_errors_until_there_is_enough([&] {
      handle = create();
      return handle ? RMW_RET_OK : RMW_RET_BAD_ALLOC;
    });
    return handle;
  }
};

using NamesAndTypes = rmw_names_and_types_t;

TEST_F(OutOfMemory, names_and_types_are_left_zero)
{
  const std::function<rmw_ret_t(rcutils_allocator_t *, NamesAndTypes *)> queries[] = {
    [this](auto * a, auto * out) { return rmw_get_topic_names_and_types(node_, a, false, out); },
    [this](auto * a, auto * out) { return rmw_get_service_names_and_types(node_, a, out); },
    [this](auto * a, auto * out) {
      return rmw_get_publisher_names_and_types_by_node(node_, a, "node", "/space", false, out);
    },
    [this](auto * a, auto * out) {
      return rmw_get_subscriber_names_and_types_by_node(node_, a, "node", "/space", false, out);
    },
    [this](auto * a, auto * out) {
      return rmw_get_service_names_and_types_by_node(node_, a, "node", "/space", out);
    },
    [this](auto * a, auto * out) {
      return rmw_get_client_names_and_types_by_node(node_, a, "node", "/space", out);
    },
  };
  for (const auto & query : queries) {
    ScarceMemory memory;
    rcutils_allocator_t allocator = memory.allocator();
    NamesAndTypes found = rmw_get_zero_initialized_names_and_types();
    const auto call = [&] { return query(&allocator, &found); };
    const auto check = [&] { EXPECT_RMW_OK(rmw_names_and_types_check_zero(&found)); };
    EXPECT_GT(memory.blocks_needed(call, check), 3);
    EXPECT_EQ(1U, found.names.size);
    EXPECT_RMW_OK(rmw_names_and_types_fini(&found));
    EXPECT_EQ(0, memory.out);
    expect_errors_until_there_is_enough(call, check);
    EXPECT_RMW_OK(rmw_names_and_types_fini(&found));
  }
}

TEST_F(OutOfMemory, endpoint_information_is_left_zero)
{
  for (const auto query : {rmw_get_publishers_info_by_topic, rmw_get_subscriptions_info_by_topic}) {
    ScarceMemory memory;
    rcutils_allocator_t allocator = memory.allocator();
    auto found = rmw_get_zero_initialized_topic_endpoint_info_array();
    const auto call = [&] { return query(node_, &allocator, "/topic", false, &found); };
    const auto check = [&] { EXPECT_RMW_OK(rmw_topic_endpoint_info_array_check_zero(&found)); };
    EXPECT_GT(memory.blocks_needed(call, check), 3);
    EXPECT_EQ(1U, found.size);
    EXPECT_RMW_OK(rmw_topic_endpoint_info_array_fini(&found, &allocator));
    EXPECT_EQ(0, memory.out);
    expect_errors_until_there_is_enough(call, check);
    EXPECT_RMW_OK(rmw_topic_endpoint_info_array_fini(&found, &allocator));
  }
}

TEST_F(OutOfMemory, the_arrays_of_nodes_are_left_zero)
{
  rcutils_string_array_t arrays[3];
  for (rcutils_string_array_t & array : arrays) {
    array = rcutils_get_zero_initialized_string_array();
  }
  expect_errors_until_there_is_enough(
    [&] { return rmw_get_node_names_with_enclaves(node_, &arrays[0], &arrays[1], &arrays[2]); },
    [&] {
      for (const rcutils_string_array_t & array : arrays) {
        EXPECT_EQ(nullptr, array.data);
      }
    });
  for (rcutils_string_array_t & array : arrays) {
    EXPECT_EQ(1U, array.size);
    EXPECT_EQ(RCUTILS_RET_OK, rcutils_string_array_fini(&array));
  }
}

TEST_F(OutOfMemory, a_filter_is_not_told)
{
  FilterOptions options("uint64_value = %0", {"3"});
  FilteredTopic topic(node_, basic_type(), rmw_qos_profile_default, options.get());
  ScarceMemory memory;
  rcutils_allocator_t allocator = memory.allocator();
  auto got = rmw_get_zero_initialized_content_filter_options();
  const auto call = [&] {
    return rmw_subscription_get_content_filter(topic.subscription(), &allocator, &got);
  };
  EXPECT_GT(memory.blocks_needed(call), 1);
  EXPECT_RMW_OK(rmw_subscription_content_filter_options_fini(&got, &allocator));
  EXPECT_EQ(0, memory.out);
}

TEST_F(OutOfMemory, a_filter_is_not_changed)
{
  FilterOptions wanted("uint64_value = 1");
  FilterOptions other("NOT (uint64_value BETWEEN %0 AND 3 OR float64_value > 1.5)", {"1"});
  FilteredTopic topic(node_, basic_type(), rmw_qos_profile_default, wanted.get());
  test_msgs__msg__BasicTypes message{};
  message.uint64_value = 1;
  expect_errors_until_there_is_enough(
    [&] { return rmw_subscription_set_content_filter(topic.subscription(), other.get()); },
    [&] {
      topic.publish(&message);
      EXPECT_TRUE(topic.take(&message));
    });
  topic.publish(&message);
  EXPECT_FALSE(topic.take(&message));
}

TEST_F(OutOfMemory, serialized_messages_stay_valid)
{
  ScarceMemory memory;
  const rcutils_allocator_t allocator = memory.allocator();
  rmw_serialized_message_t bytes = rmw_get_zero_initialized_serialized_message();
  ASSERT_RMW_OK(rmw_serialized_message_init(&bytes, 0, &allocator));
  test_msgs__msg__BasicTypes message{};
  EXPECT_EQ(1, memory.blocks_needed([&] { return rmw_serialize(&message, basic_type(), &bytes); }));
  EXPECT_RMW_OK(rmw_serialized_message_fini(&bytes));
  ASSERT_RMW_OK(rmw_serialized_message_init(&bytes, 0, &allocator));
  bool taken = false;
  EXPECT_EQ(1, memory.blocks_needed([&] {
    EXPECT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
    return rmw_take_serialized_message(subscription_, &bytes, &taken, nullptr);
  }));
  EXPECT_TRUE(taken);
  EXPECT_RMW_OK(rmw_deserialize(&bytes, basic_type(), &message));
  EXPECT_RMW_OK(rmw_serialized_message_fini(&bytes));
  EXPECT_EQ(0, memory.out);
}

TEST_F(OutOfMemory, nothing_is_half_made)
{
  const rmw_publisher_options_t publishing = rmw_get_default_publisher_options();
  const rmw_subscription_options_t subscribing = rmw_get_default_subscription_options();
  const rmw_qos_profile_t & qos = rmw_qos_profile_best_available;
  rmw_node_t * const node = expect_null_until_there_is_enough<rmw_node_t>(
    [&] { return rmw_create_node(&context_, "another_node_with_a_long_name", "/space"); });
  auto * const publisher = expect_null_until_there_is_enough<rmw_publisher_t>(
    [&] { return rmw_create_publisher(node, strings_type(), "/made", &qos, &publishing); });
  auto * const subscription = expect_null_until_there_is_enough<rmw_subscription_t>(
    [&] { return rmw_create_subscription(node, strings_type(), "/made", &qos, &subscribing); });
  auto * const service = expect_null_until_there_is_enough<rmw_service_t>(
    [&] { return rmw_create_service(node, service_type(), "/made", &qos); });
  auto * const client = expect_null_until_there_is_enough<rmw_client_t>(
    [&] { return rmw_create_client(node, service_type(), "/made", &qos); });
  auto * const guard = expect_null_until_there_is_enough<rmw_guard_condition_t>(
    [&] { return rmw_create_guard_condition(&context_); });
  auto * const wait_set = expect_null_until_there_is_enough<rmw_wait_set_t>(
    [&] { return rmw_create_wait_set(&context_, 10); });
  ASSERT_TRUE(node && publisher && subscription && service && client && guard && wait_set);
  for (const auto count :
       {rmw_count_publishers, rmw_count_subscribers, rmw_count_services, rmw_count_clients}) {
    size_t found = 0;
    EXPECT_RMW_OK(count(node, "/made", &found));
    EXPECT_EQ(1U, found) << "those that failed are gone";
  }
  EXPECT_RMW_OK(rmw_destroy_wait_set(wait_set));
  EXPECT_RMW_OK(rmw_destroy_guard_condition(guard));
  EXPECT_RMW_OK(rmw_destroy_client(node, client));
  EXPECT_RMW_OK(rmw_destroy_service(node, service));
  EXPECT_RMW_OK(rmw_destroy_subscription(node, subscription));
  EXPECT_RMW_OK(rmw_destroy_publisher(node, publisher));
  EXPECT_RMW_OK(rmw_destroy_node(node));
}

TEST_F(OutOfMemory, a_context_is_left_zero)
{
  rmw_context_t context = rmw_get_zero_initialized_context();
  const std::ptrdiff_t descriptors = open_descriptors();
  expect_errors_until_there_is_enough(
    [&] { return rmw_init(&options_, &context); },
    [&] {
      EXPECT_EQ(nullptr, context.impl);
      EXPECT_EQ(nullptr, context.implementation_identifier);
      EXPECT_EQ(descriptors, open_descriptors()) << "it has not left the domain";
    });
  EXPECT_RMW_OK(rmw_shutdown(&context));
  EXPECT_RMW_OK(rmw_context_fini(&context));
}

TEST_F(OutOfMemory, a_wait_can_be_tried_again)
{
  rmw_guard_condition_t * const guard = rmw_create_guard_condition(&context_);
  rmw_wait_set_t * const wait_set = rmw_create_wait_set(&context_, 0);
  ASSERT_TRUE(guard && wait_set);
  ASSERT_RMW_OK(rmw_trigger_guard_condition(guard));
  void * entry = guard->data;
  rmw_guard_conditions_t guards{1, &entry};
  const rmw_time_t at_once{0, 0};
  expect_errors_until_there_is_enough(
    [&] { return rmw_wait(nullptr, &guards, nullptr, nullptr, nullptr, wait_set, &at_once); },
    [&] { EXPECT_EQ(guard->data, entry); });
  EXPECT_EQ(guard->data, entry) << "the trigger is not lost";
  EXPECT_RMW_OK(rmw_destroy_wait_set(wait_set));
  EXPECT_RMW_OK(rmw_destroy_guard_condition(guard));
}

TEST_F(OutOfMemory, requests_are_answered_when_there_is_enough_again)
{
  Request request;
  Response response;
  rmw_service_info_t info{};
  int64_t id = 0;
  bool taken = false;
  expect_errors_until_there_is_enough([&] { return rmw_send_request(client_, &request, &id); });
  ASSERT_RMW_OK(rmw_take_request(service_, &info, &request, &taken));
  ASSERT_TRUE(taken);
  EXPECT_EQ(id, info.request_id.sequence_number);
  expect_errors_until_there_is_enough(
    [&] { return rmw_send_response(service_, &info.request_id, &response); });
  ASSERT_RMW_OK(rmw_take_response(client_, &info, &response, &taken));
  ASSERT_TRUE(taken);
  EXPECT_EQ(id, info.request_id.sequence_number);
  ASSERT_RMW_OK(rmw_take_response(client_, &info, &response, &taken));
  EXPECT_FALSE(taken) << "answered once";
}

TEST_F(OutOfMemory, a_callback_is_set_when_there_is_enough_again)
{
  size_t told = 0;
  const auto tell = [](const void * data, size_t count) {
    *const_cast<size_t *>(static_cast<const size_t *>(data)) += count;
  };
  test_msgs__msg__BasicTypes message{};
  ASSERT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
  expect_errors_until_there_is_enough(
    [&] { return rmw_subscription_set_on_new_message_callback(subscription_, tell, &told); },
    [&] {
      EXPECT_EQ(0U, told);
      sigset_t masked;
      EXPECT_EQ(0, pthread_sigmask(SIG_SETMASK, nullptr, &masked));
      EXPECT_EQ(0, sigismember(&masked, SIGINT));
    });
  EXPECT_EQ(1U, told);
  EXPECT_RMW_OK(rmw_subscription_set_on_new_message_callback(subscription_, nullptr, nullptr));
}
