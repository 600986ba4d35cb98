// Wait sets: what happened stays in the arrays, what did not becomes null.
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "fixtures.hpp"

namespace
{

/// Wait until no change of the graph is left to be told on `guard`.
void drain(rmw_wait_set_t * wait_set, const rmw_guard_condition_t * guard)
{
  const rmw_time_t no_time{0, 0};
  void * entry = nullptr;
  rmw_guard_conditions_t guards{1, &entry};
  do {
    entry = guard->data;
  } while (rmw_wait(nullptr, &guards, nullptr, nullptr, nullptr, wait_set, &no_time) == RMW_RET_OK);
}

}  // namespace

class Wait : public NodeTest
{
protected:
  void SetUp() override
  {
    NodeTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    const rmw_publisher_options_t publisher_options = rmw_get_default_publisher_options();
    const rmw_subscription_options_t options = rmw_get_default_subscription_options();
    const rmw_qos_profile_t & qos = rmw_qos_profile_default;
    publisher_ = rmw_create_publisher(node_, basic_type(), "/topic", &qos, &publisher_options);
    subscription_ = rmw_create_subscription(node_, basic_type(), "/topic", &qos, &options);
    service_ = rmw_create_service(node_, service_type(), "/service", &qos);
    client_ = rmw_create_client(node_, service_type(), "/service", &qos);
    guard_ = rmw_create_guard_condition(&context_);
    wait_set_ = rmw_create_wait_set(&context_, 0);
    ASSERT_TRUE(publisher_ && subscription_ && service_ && client_ && guard_ && wait_set_)
      << rmw_get_error_string().str;
  }

  void TearDown() override
  {
    if (node_) {
      EXPECT_RMW_OK(rmw_destroy_wait_set(wait_set_));
      EXPECT_RMW_OK(rmw_destroy_guard_condition(guard_));
      EXPECT_RMW_OK(rmw_destroy_client(node_, client_));
      EXPECT_RMW_OK(rmw_destroy_service(node_, service_));
      EXPECT_RMW_OK(rmw_destroy_subscription(node_, subscription_));
      EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher_));
    }
    NodeTest::TearDown();
  }

  /// Waits for everything there is.
  rmw_ret_t wait(const rmw_time_t * timeout)
  {
    subscription_entry_ = subscription_->data;
    guard_entry_ = guard_->data;
    service_entry_ = service_->data;
    client_entry_ = client_->data;
    rmw_subscriptions_t subscriptions{1, &subscription_entry_};
    rmw_guard_conditions_t guards{1, &guard_entry_};
    rmw_services_t services{1, &service_entry_};
    rmw_clients_t clients{1, &client_entry_};
    rmw_events_t events{0, nullptr};
    return rmw_wait(&subscriptions, &guards, &services, &clients, &events, wait_set_, timeout);
  }

  rmw_publisher_t * publisher_ = nullptr;
  rmw_subscription_t * subscription_ = nullptr;
  rmw_service_t * service_ = nullptr;
  rmw_client_t * client_ = nullptr;
  rmw_guard_condition_t * guard_ = nullptr;
  rmw_wait_set_t * wait_set_ = nullptr;
  void * subscription_entry_ = nullptr;
  void * guard_entry_ = nullptr;
  void * service_entry_ = nullptr;
  void * client_entry_ = nullptr;
  const rmw_time_t no_time_{0, 0};
};

TEST_F(Wait, arguments_are_checked)
{
  rmw_context_t zero = rmw_get_zero_initialized_context();
  EXPECT_RMW_NULL(rmw_create_wait_set(nullptr, 0));
  EXPECT_RMW_NULL(rmw_create_wait_set(&zero, 0));
  EXPECT_RMW_NULL(rmw_create_guard_condition(nullptr));
  EXPECT_RMW_NULL(rmw_create_guard_condition(&zero));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_destroy_wait_set(nullptr));
  EXPECT_RMW_FOREIGN(wait_set_, rmw_destroy_wait_set(wait_set_));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_destroy_guard_condition(nullptr));
  EXPECT_RMW_FOREIGN(guard_, rmw_destroy_guard_condition(guard_));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_trigger_guard_condition(nullptr));
  EXPECT_RMW_FOREIGN(guard_, rmw_trigger_guard_condition(guard_));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_wait(nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr));
  EXPECT_RMW_FOREIGN(wait_set_, wait(&no_time_));
  EXPECT_EQ(subscription_->data, subscription_entry_);
  const ForeignHandle foreign(&context_);
  EXPECT_RMW_NULL(rmw_create_wait_set(&context_, 0));
  EXPECT_RMW_NULL(rmw_create_guard_condition(&context_));
}

TEST_F(Wait, null_entries_are_refused)
{
  rmw_wait_set_t * const w = wait_set_;
  void * entries[] = {nullptr};
  rmw_subscriptions_t subscriptions{1, entries};
  rmw_guard_conditions_t guards{1, entries};
  rmw_services_t services{1, entries};
  rmw_clients_t clients{1, entries};
  rmw_events_t events{1, entries};
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_wait(&subscriptions, nullptr, nullptr, nullptr, nullptr, w, &no_time_));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_wait(nullptr, &guards, nullptr, nullptr, nullptr, w, &no_time_));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_wait(nullptr, nullptr, &services, nullptr, nullptr, w, &no_time_));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_wait(nullptr, nullptr, nullptr, &clients, nullptr, w, &no_time_));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_wait(nullptr, nullptr, nullptr, nullptr, &events, w, &no_time_));
}

TEST_F(Wait, nothing_happens_until_the_time_is_over)
{
  const auto start = std::chrono::steady_clock::now();
  const rmw_time_t timeout{0, 20000000};
  EXPECT_EQ(RMW_RET_TIMEOUT, wait(&timeout));
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(20));
  EXPECT_EQ(nullptr, subscription_entry_);
  EXPECT_EQ(nullptr, guard_entry_);
  EXPECT_EQ(nullptr, service_entry_);
  EXPECT_EQ(nullptr, client_entry_);
  EXPECT_EQ(
    RMW_RET_TIMEOUT, rmw_wait(nullptr, nullptr, nullptr, nullptr, nullptr, wait_set_, &no_time_));
}

TEST_F(Wait, a_trigger_wakes_once)
{
  ASSERT_RMW_OK(rmw_trigger_guard_condition(guard_));
  ASSERT_RMW_OK(rmw_trigger_guard_condition(guard_));
  EXPECT_RMW_OK(wait(nullptr));
  EXPECT_EQ(guard_->data, guard_entry_);
  EXPECT_EQ(nullptr, subscription_entry_);
  EXPECT_EQ(RMW_RET_TIMEOUT, wait(&no_time_));
}

TEST_F(Wait, a_trigger_from_another_thread_wakes)
{
  std::thread other([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_RMW_OK(rmw_trigger_guard_condition(guard_));
  });
  EXPECT_RMW_OK(wait(nullptr));
  EXPECT_NE(nullptr, guard_entry_);
  other.join();
}

TEST_F(Wait, a_message_is_ready_until_it_is_taken)
{
  test_msgs__msg__BasicTypes message{};
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
  });
  EXPECT_RMW_OK(wait(nullptr));
  other.join();
  EXPECT_RMW_OK(wait(nullptr));
  EXPECT_EQ(subscription_->data, subscription_entry_);
  EXPECT_EQ(nullptr, guard_entry_);
  bool taken = false;
  ASSERT_RMW_OK(rmw_take(subscription_, &message, &taken, nullptr));
  EXPECT_TRUE(taken);
  EXPECT_EQ(RMW_RET_TIMEOUT, wait(&no_time_));
}

TEST_F(Wait, requests_and_responses_are_ready)
{
  Request request;
  Response response;
  rmw_service_info_t info{};
  int64_t id = 0;
  bool taken = false;
  ASSERT_RMW_OK(rmw_send_request(client_, &request, &id));
  EXPECT_RMW_OK(wait(nullptr));
  EXPECT_EQ(service_->data, service_entry_);
  EXPECT_EQ(nullptr, client_entry_);
  ASSERT_RMW_OK(rmw_take_request(service_, &info, &request, &taken));
  ASSERT_RMW_OK(rmw_send_response(service_, &info.request_id, &response));
  EXPECT_RMW_OK(wait(nullptr));
  EXPECT_EQ(client_->data, client_entry_);
  EXPECT_EQ(nullptr, service_entry_);
}

TEST_F(Wait, all_kinds_happen_in_one_wait)
{
  test_msgs__msg__BasicTypes message{};
  Request request;
  Response response;
  rmw_service_info_t info{};
  int64_t id = 0;
  bool taken = false;
  ASSERT_RMW_OK(rmw_send_request(client_, &request, &id));
  ASSERT_RMW_OK(rmw_take_request(service_, &info, &request, &taken));
  ASSERT_RMW_OK(rmw_send_response(service_, &info.request_id, &response));
  ASSERT_RMW_OK(rmw_send_request(client_, &request, &id));
  ASSERT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
  ASSERT_RMW_OK(rmw_trigger_guard_condition(guard_));
  rmw_event_t event = rmw_get_zero_initialized_event();
  ASSERT_RMW_OK(rmw_subscription_event_init(&event, subscription_, RMW_EVENT_SUBSCRIPTION_MATCHED));

  void * entries[] = {subscription_->data, guard_->data, service_->data, client_->data, &event};
  rmw_subscriptions_t subscriptions{1, &entries[0]};
  rmw_guard_conditions_t guards{1, &entries[1]};
  rmw_services_t services{1, &entries[2]};
  rmw_clients_t clients{1, &entries[3]};
  rmw_events_t events{1, &entries[4]};
  EXPECT_RMW_OK(
    rmw_wait(&subscriptions, &guards, &services, &clients, &events, wait_set_, nullptr));
  EXPECT_EQ(subscription_->data, entries[0]);
  EXPECT_EQ(guard_->data, entries[1]);
  EXPECT_EQ(service_->data, entries[2]);
  EXPECT_EQ(client_->data, entries[3]);
  EXPECT_EQ(&event, entries[4]);
  EXPECT_RMW_OK(rmw_event_fini(&event));
}

TEST_F(Wait, more_conditions_than_the_wait_set_was_made_for_are_waited_for)
{
  // rcl makes the wait set once, and resizes its own arrays only.
  rmw_wait_set_t * small = rmw_create_wait_set(&context_, 1);
  rmw_guard_condition_t * others[] = {
    rmw_create_guard_condition(&context_), rmw_create_guard_condition(&context_)};
  ASSERT_TRUE(small && others[0] && others[1]);
  ASSERT_RMW_OK(rmw_trigger_guard_condition(guard_));
  ASSERT_RMW_OK(rmw_trigger_guard_condition(others[1]));
  void * entries[] = {guard_->data, others[0]->data, others[1]->data};
  rmw_guard_conditions_t guards{3, entries};
  EXPECT_RMW_OK(rmw_wait(nullptr, &guards, nullptr, nullptr, nullptr, small, &no_time_));
  EXPECT_EQ(guard_->data, entries[0]);
  EXPECT_EQ(nullptr, entries[1]);
  EXPECT_EQ(others[1]->data, entries[2]);
  for (rmw_guard_condition_t * other : others) {
    EXPECT_RMW_OK(rmw_destroy_guard_condition(other));
  }
  EXPECT_RMW_OK(rmw_destroy_wait_set(small));
}

TEST_F(Wait, many_threads_wait_at_once)
{
  constexpr size_t count = 16;
  std::vector<rmw_subscription_t *> subscriptions;
  const rmw_subscription_options_t options = rmw_get_default_subscription_options();
  for (size_t i = 0; i < count; ++i) {
    subscriptions.push_back(
      rmw_create_subscription(node_, basic_type(), "/topic", &rmw_qos_profile_default, &options));
    ASSERT_NE(nullptr, subscriptions.back());
  }
  std::atomic<size_t> woken{0};
  std::vector<std::thread> threads;
  threads.reserve(count);
  for (rmw_subscription_t * subscription : subscriptions) {
    threads.emplace_back([&, subscription] {
      rmw_wait_set_t * own = rmw_create_wait_set(&context_, 1);
      ASSERT_NE(nullptr, own);
      for (int i = 0; i < 100; ++i) {
        void * entry = subscription->data;
        rmw_subscriptions_t one{1, &entry};
        EXPECT_RMW_OK(rmw_wait(&one, nullptr, nullptr, nullptr, nullptr, own, nullptr));
        test_msgs__msg__BasicTypes message{};
        bool taken = false;
        EXPECT_RMW_OK(rmw_take(subscription, &message, &taken, nullptr));
        EXPECT_TRUE(taken) << "woken for nothing";
        EXPECT_EQ(i, message.int32_value);
        ++woken;
      }
      EXPECT_RMW_OK(rmw_destroy_wait_set(own));
    });
  }
  for (int i = 0; i < 100; ++i) {
    test_msgs__msg__BasicTypes message{};
    message.int32_value = i;
    EXPECT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
    // The next one when all have this one: nobody who misses a wake-up goes on.
    while (woken < count * static_cast<size_t>(i + 1)) {
      std::this_thread::yield();
    }
  }
  for (std::thread & thread : threads) {
    thread.join();
  }
  for (rmw_subscription_t * subscription : subscriptions) {
    EXPECT_RMW_OK(rmw_destroy_subscription(node_, subscription));
  }
}

TEST_F(Wait, a_change_of_the_graph_triggers_the_guard_of_the_node)
{
  const rmw_guard_condition_t * graph = rmw_node_get_graph_guard_condition(node_);
  ASSERT_NE(nullptr, graph);
  void * entry = nullptr;
  rmw_guard_conditions_t guards{1, &entry};
  const rmw_time_t timeout{5, 0};
  do {  // what the set-up changed
    entry = graph->data;
  } while (rmw_wait(nullptr, &guards, nullptr, nullptr, nullptr, wait_set_, &no_time_) ==
           RMW_RET_OK);
  rmw_node_t * other = rmw_create_node(&context_, "other", "/");
  ASSERT_NE(nullptr, other);
  entry = graph->data;
  EXPECT_RMW_OK(rmw_wait(nullptr, &guards, nullptr, nullptr, nullptr, wait_set_, &timeout));
  EXPECT_EQ(graph->data, entry);

  // Nothing else triggers it.
  test_msgs__msg__BasicTypes message{};
  bool taken = false;
  ASSERT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
  ASSERT_RMW_OK(rmw_take(subscription_, &message, &taken, nullptr));
  ASSERT_RMW_OK(rmw_trigger_guard_condition(guard_));
  entry = graph->data;
  const rmw_time_t moment{0, 50000000};
  EXPECT_EQ(
    RMW_RET_TIMEOUT, rmw_wait(nullptr, &guards, nullptr, nullptr, nullptr, wait_set_, &moment));
  EXPECT_RMW_OK(rmw_destroy_node(other));
}

TEST_F(Wait, a_change_of_the_graph_triggers_the_guard_of_every_node)
{
  rmw_node_t * second = rmw_create_node(&context_, "second", "/");
  ASSERT_NE(nullptr, second);
  void * const data[] = {
    rmw_node_get_graph_guard_condition(node_)->data,
    rmw_node_get_graph_guard_condition(second)->data};
  ASSERT_NE(data[0], data[1]);
  drain(wait_set_, rmw_node_get_graph_guard_condition(node_));
  drain(wait_set_, rmw_node_get_graph_guard_condition(second));
  rmw_node_t * other = rmw_create_node(&context_, "other", "/");
  ASSERT_NE(nullptr, other);
  void * entries[] = {data[0], data[1]};
  rmw_guard_conditions_t guards{2, entries};
  const rmw_time_t timeout{5, 0};
  EXPECT_RMW_OK(rmw_wait(nullptr, &guards, nullptr, nullptr, nullptr, wait_set_, &timeout));
  EXPECT_EQ(data[0], entries[0]);
  EXPECT_EQ(data[1], entries[1]);

  // Nor does the wait of one node take the change from another.
  ASSERT_RMW_OK(rmw_destroy_node(other));
  for (void * const each : data) {
    void * entry = each;
    rmw_guard_conditions_t one{1, &entry};
    EXPECT_RMW_OK(rmw_wait(nullptr, &one, nullptr, nullptr, nullptr, wait_set_, &timeout));
    EXPECT_EQ(each, entry);
  }
  EXPECT_RMW_OK(rmw_destroy_node(second));
}

TEST_F(Wait, threads_that_wait_for_their_own_node_are_all_told_of_a_change)
{
  constexpr size_t count = 4;
  std::vector<rmw_node_t *> nodes;
  std::vector<std::thread> threads;
  std::atomic<size_t> told{0};
  for (size_t i = 0; i < count; ++i) {
    nodes.push_back(rmw_create_node(&context_, ("node" + std::to_string(i)).c_str(), "/"));
    ASSERT_NE(nullptr, nodes.back());
  }
  for (rmw_node_t * node : nodes) {
    drain(wait_set_, rmw_node_get_graph_guard_condition(node));
  }
  std::atomic<size_t> waiting{0};
  threads.reserve(count);
  for (rmw_node_t * node : nodes) {
    threads.emplace_back([&, node] {
      rmw_wait_set_t * own = rmw_create_wait_set(&context_, 1);
      void * entry = rmw_node_get_graph_guard_condition(node)->data;
      rmw_guard_conditions_t guards{1, &entry};
      const rmw_time_t timeout{5, 0};
      ++waiting;
      told += rmw_wait(nullptr, &guards, nullptr, nullptr, nullptr, own, &timeout) == RMW_RET_OK;
      EXPECT_RMW_OK(rmw_destroy_wait_set(own));
    });
  }
  while (waiting < count) {
    std::this_thread::yield();
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  rmw_node_t * other = rmw_create_node(&context_, "other", "/");
  ASSERT_NE(nullptr, other);
  for (std::thread & thread : threads) {
    thread.join();
  }
  EXPECT_EQ(count, told);
  EXPECT_RMW_OK(rmw_destroy_node(other));
  for (rmw_node_t * node : nodes) {
    EXPECT_RMW_OK(rmw_destroy_node(node));
  }
}

TEST_F(Wait, a_guard_that_is_listed_twice_is_ready_twice)
{
  rmw_guard_condition_t * other = rmw_create_guard_condition(&context_);
  ASSERT_NE(nullptr, other);
  ASSERT_RMW_OK(rmw_trigger_guard_condition(guard_));
  void * entries[] = {guard_->data, other->data, guard_->data};
  rmw_guard_conditions_t guards{3, entries};
  EXPECT_RMW_OK(rmw_wait(nullptr, &guards, nullptr, nullptr, nullptr, wait_set_, &no_time_));
  EXPECT_EQ(guard_->data, entries[0]);
  EXPECT_EQ(nullptr, entries[1]);
  EXPECT_EQ(guard_->data, entries[2]);
  EXPECT_EQ(RMW_RET_TIMEOUT, wait(&no_time_)) << "the wait resets it";
  EXPECT_RMW_OK(rmw_destroy_guard_condition(other));
}
