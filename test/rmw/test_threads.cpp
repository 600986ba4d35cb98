// What rmw documents as safe from many threads at once is: each thread gets what is its own.
#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "fixtures.hpp"
#include "rmw/get_node_info_and_types.h"
#include "rmw/get_service_names_and_types.h"
#include "rmw/get_topic_endpoint_info.h"
#include "rmw/get_topic_names_and_types.h"

constexpr int threads_a_side = 4;
constexpr int rounds = 200;

class Threads : public ServicePairTest
{
protected:
  /// Run each of these on some threads of its own, and wait for them.
  static void run_at_once(const std::vector<std::function<void()>> & works)
  {
    std::vector<std::thread> threads;
    for (const auto & work : works) {
      for (int i = 0; i < threads_a_side; ++i) {
        threads.emplace_back(work);
      }
    }
    for (std::thread & thread : threads) {
      thread.join();
    }
  }
};

TEST_F(Threads, share_a_client_and_a_service)
{
  constexpr int all = threads_a_side * rounds;
  std::mutex mutex;
  std::set<int64_t> sent;
  std::set<int64_t> answered;
  std::atomic<int> requests{0};
  std::atomic<int> responses{0};
  const auto ask = [&] {
    Request request;
    for (int i = 0; i < rounds; ++i) {
      int64_t id = 0;
      ASSERT_RMW_OK(rmw_send_request(client_, &request, &id));
      const std::lock_guard<std::mutex> lock(mutex);
      EXPECT_TRUE(sent.insert(id).second) << "a number was given twice";
    }
  };
  const auto serve = [&] {
    Request request;
    Response response;
    while (requests < all) {
      rmw_service_info_t info{};
      bool taken = false;
      ASSERT_RMW_OK(rmw_take_request(service_, &info, &request, &taken));
      if (!taken) {
        std::this_thread::yield();
        continue;
      }
      ++requests;
      response.int64_value = info.request_id.sequence_number;
      ASSERT_RMW_OK(rmw_send_response(service_, &info.request_id, &response));
    }
  };
  const auto hear = [&] {
    Response response;
    while (responses < all) {
      rmw_service_info_t info{};
      bool taken = false;
      ASSERT_RMW_OK(rmw_take_response(client_, &info, &response, &taken));
      if (!taken) {
        std::this_thread::yield();
        continue;
      }
      ++responses;
      EXPECT_EQ(info.request_id.sequence_number, response.int64_value);
      const std::lock_guard<std::mutex> lock(mutex);
      EXPECT_TRUE(answered.insert(response.int64_value).second) << "an answer was taken twice";
    }
  };
  run_at_once({ask, serve, hear});
  EXPECT_EQ(static_cast<size_t>(all), sent.size());
  EXPECT_EQ(sent, answered);
}

TEST_F(Threads, borrow_publish_take_and_return_loans)
{
  constexpr int all = threads_a_side * rounds;
  rmw_qos_profile_t qos = rmw_qos_profile_default;
  qos.history = RMW_QOS_POLICY_HISTORY_KEEP_ALL;
  const rmw_publisher_options_t publishing = rmw_get_default_publisher_options();
  const rmw_subscription_options_t subscribing = rmw_get_default_subscription_options();
  auto * const publisher = rmw_create_publisher(node_, basic_type(), "/loans", &qos, &publishing);
  auto * const subscription =
    rmw_create_subscription(node_, basic_type(), "/loans", &qos, &subscribing);
  ASSERT_TRUE(publisher && subscription) << rmw_get_error_string().str;
  std::atomic<int64_t> next{0};
  std::atomic<int> taken_in_all{0};
  std::vector<std::atomic<int>> seen(all);
  const auto publish = [&] {
    for (int i = 0; i < rounds; ++i) {
      void * unused = nullptr;
      void * lent = nullptr;
      ASSERT_RMW_OK(rmw_borrow_loaned_message(publisher, basic_type(), &unused));
      ASSERT_RMW_OK(rmw_borrow_loaned_message(publisher, basic_type(), &lent));
      ASSERT_NE(unused, lent);
      auto & message = *static_cast<test_msgs__msg__BasicTypes *>(lent);
      message = test_msgs__msg__BasicTypes{};
      message.int64_value = next++;
      ASSERT_RMW_OK(rmw_return_loaned_message_from_publisher(publisher, unused));
      ASSERT_RMW_OK(rmw_publish_loaned_message(publisher, lent, nullptr));
    }
  };
  const auto take = [&] {
    while (taken_in_all < all) {
      void * lent = nullptr;
      bool taken = false;
      ASSERT_RMW_OK(rmw_take_loaned_message(subscription, &lent, &taken, nullptr));
      if (!taken) {
        std::this_thread::yield();
        continue;
      }
      ++taken_in_all;
      ++seen[static_cast<size_t>(static_cast<test_msgs__msg__BasicTypes *>(lent)->int64_value)];
      ASSERT_RMW_OK(rmw_return_loaned_message_from_subscription(subscription, lent));
    }
  };
  run_at_once({publish, take});
  for (const std::atomic<int> & times : seen) {
    EXPECT_EQ(1, times);
  }
  EXPECT_RMW_OK(rmw_destroy_subscription(node_, subscription));
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher));
}

/// Ask everything there is to ask about the graph; what was there before and stays is always found.
void ask_about_the_graph(const rmw_node_t * node)
{
  rcutils_allocator_t allocator = rcutils_get_default_allocator();
  rcutils_allocator_t * const a = &allocator;
  size_t count = 0;
  EXPECT_RMW_OK(rmw_count_publishers(node, "/topic", &count));
  EXPECT_GE(count, 1U);
  EXPECT_RMW_OK(rmw_count_subscribers(node, "/topic", &count));
  EXPECT_EQ(1U, count);
  EXPECT_RMW_OK(rmw_count_clients(node, "/service", &count));
  EXPECT_EQ(1U, count);
  EXPECT_RMW_OK(rmw_count_services(node, "/service", &count));
  EXPECT_EQ(1U, count);
  rcutils_string_array_t names = rcutils_get_zero_initialized_string_array();
  rcutils_string_array_t spaces = rcutils_get_zero_initialized_string_array();
  EXPECT_RMW_OK(rmw_get_node_names(node, &names, &spaces));
  EXPECT_EQ(names.size, spaces.size);
  EXPECT_EQ(RCUTILS_RET_OK, rcutils_string_array_fini(&names));
  EXPECT_EQ(RCUTILS_RET_OK, rcutils_string_array_fini(&spaces));
  const std::function<rmw_ret_t(rmw_names_and_types_t *)> queries[] = {
    [&](auto * out) { return rmw_get_topic_names_and_types(node, a, false, out); },
    [&](auto * out) { return rmw_get_service_names_and_types(node, a, out); },
    [&](auto * out) {
      return rmw_get_publisher_names_and_types_by_node(node, a, "node", "/space", false, out);
    },
    [&](auto * out) {
      return rmw_get_subscriber_names_and_types_by_node(node, a, "node", "/space", false, out);
    },
    [&](auto * out) {
      return rmw_get_service_names_and_types_by_node(node, a, "node", "/space", out);
    },
    [&](auto * out) {
      return rmw_get_client_names_and_types_by_node(node, a, "node", "/space", out);
    },
  };
  for (const auto & query : queries) {
    rmw_names_and_types_t found = rmw_get_zero_initialized_names_and_types();
    EXPECT_RMW_OK(query(&found));
    EXPECT_EQ(1U, found.names.size);
    EXPECT_RMW_OK(rmw_names_and_types_fini(&found));
  }
  auto infos = rmw_get_zero_initialized_topic_endpoint_info_array();
  EXPECT_RMW_OK(rmw_get_publishers_info_by_topic(node, a, "/topic", false, &infos));
  for (size_t i = 0; i < infos.size; ++i) {
    const std::string name = infos.info_array[i].node_name;
    EXPECT_TRUE(name == "node" || name == "passing") << name;
  }
  EXPECT_RMW_OK(rmw_topic_endpoint_info_array_fini(&infos, a));
}

TEST_F(Threads, ask_about_a_graph_that_others_change)
{
  std::atomic<bool> over{false};
  std::atomic<int> asked{0};
  std::vector<std::thread> threads;
  threads.reserve(threads_a_side);
  for (int i = 0; i < threads_a_side; ++i) {
    threads.emplace_back([&] {
      while (!over) {
        ask_about_the_graph(node_);
        ++asked;
      }
    });
  }
  // Nodes and endpoints come and go meanwhile: each thing that is found of them belongs together.
  const rmw_publisher_options_t options = rmw_get_default_publisher_options();
  const rmw_qos_profile_t & qos = rmw_qos_profile_default;
  for (int round = 0; round < rounds || asked < rounds; ++round) {
    rmw_node_t * const node = rmw_create_node(&context_, "passing", "/by");
    ASSERT_NE(nullptr, node) << rmw_get_error_string().str;
    rmw_publisher_t * const publisher =
      rmw_create_publisher(node, basic_type(), "/topic", &qos, &options);
    ASSERT_NE(nullptr, publisher) << rmw_get_error_string().str;
    EXPECT_RMW_OK(rmw_destroy_publisher(node, publisher));
    EXPECT_RMW_OK(rmw_destroy_node(node));
  }
  over = true;
  for (std::thread & thread : threads) {
    thread.join();
  }
}

TEST_F(Threads, create_wait_sets_and_wait_in_one_context)
{
  std::vector<rmw_guard_condition_t *> guards;
  for (int i = 0; i < threads_a_side; ++i) {
    guards.push_back(rmw_create_guard_condition(&context_));
    ASSERT_NE(nullptr, guards.back());
  }
  std::atomic<size_t> index{0};
  run_at_once({[&] {
    rmw_guard_condition_t * const guard = guards[index++];
    for (int i = 0; i < rounds; ++i) {
      rmw_wait_set_t * const wait_set = rmw_create_wait_set(&context_, 1);
      ASSERT_NE(nullptr, wait_set);
      ASSERT_RMW_OK(rmw_trigger_guard_condition(guard));
      void * entry = guard->data;
      rmw_guard_conditions_t one{1, &entry};
      ASSERT_RMW_OK(rmw_wait(nullptr, &one, nullptr, nullptr, nullptr, wait_set, nullptr));
      ASSERT_EQ(guard->data, entry);
      ASSERT_RMW_OK(rmw_destroy_wait_set(wait_set));
    }
  }});
  for (rmw_guard_condition_t * guard : guards) {
    EXPECT_RMW_OK(rmw_destroy_guard_condition(guard));
  }
}

TEST_F(Threads, assert_and_wait_for_all_acked_while_others_publish)
{
  const auto publish = [this] {
    test_msgs__msg__BasicTypes message{};
    for (int i = 0; i < rounds; ++i) {
      ASSERT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
    }
  };
  const auto look_after = [this] {
    for (int i = 0; i < rounds; ++i) {
      ASSERT_RMW_OK(rmw_publisher_assert_liveliness(publisher_));
      ASSERT_RMW_OK(rmw_publisher_wait_for_all_acked(publisher_, {20, 0}));
      rmw_gid_t gid{};
      ASSERT_RMW_OK(rmw_get_gid_for_publisher(publisher_, &gid));
    }
  };
  run_at_once({publish, look_after});
}
