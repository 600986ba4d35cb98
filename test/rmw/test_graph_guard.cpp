// The graph guard condition of a node is triggered by each change of the graph, and by nothing else.
#include <functional>
#include <string>

#include "filtered_topic.hpp"
#include "rosidl_runtime_c/string_functions.h"

class GraphGuard : public PairTest
{
protected:
  void SetUp() override
  {
    PairTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    ASSERT_RMW_OK(rmw_init(&options_, &other_context_));
    watcher_ = rmw_create_node(&other_context_, "watcher", "/");
    ASSERT_NE(nullptr, watcher_) << rmw_get_error_string().str;
    wait_set_ = rmw_create_wait_set(&context_, 2);
    other_wait_set_ = rmw_create_wait_set(&other_context_, 2);
    ASSERT_TRUE(wait_set_ && other_wait_set_);
  }

  void TearDown() override
  {
    if (other_context_.impl) {
      EXPECT_RMW_OK(rmw_destroy_wait_set(wait_set_));
      EXPECT_RMW_OK(rmw_destroy_wait_set(other_wait_set_));
      EXPECT_RMW_OK(rmw_destroy_node(watcher_));
      EXPECT_RMW_OK(rmw_shutdown(&other_context_));
      EXPECT_RMW_OK(rmw_context_fini(&other_context_));
    }
    PairTest::TearDown();
  }

  static bool is_triggered(const rmw_node_t * node, rmw_wait_set_t * wait_set, rmw_time_t timeout)
  {
    void * entry = rmw_node_get_graph_guard_condition(node)->data;
    rmw_guard_conditions_t guards{1, &entry};
    return rmw_wait(nullptr, &guards, nullptr, nullptr, nullptr, wait_set, &timeout) == RMW_RET_OK;
  }

  bool is_triggered_here(rmw_time_t timeout) { return is_triggered(node_, wait_set_, timeout); }
  bool is_triggered_there(rmw_time_t timeout)
  {
    return is_triggered(watcher_, other_wait_set_, timeout);
  }

  void drain()
  {
    // A moment without a trigger, since the other participant hears of what was done here a bit later.
    const rmw_time_t moment{0, 20000000};
    while (is_triggered_there(moment) || is_triggered_here({0, 0})) {
    }
  }

  /// This changes the graph, which both participants are told.
  void expect_change(const char * what, const std::function<void()> & change)
  {
    drain();
    change();
    EXPECT_TRUE(is_triggered_here({20, 0})) << what;
    EXPECT_TRUE(is_triggered_there({20, 0})) << what;
  }

  /// This does not, so that nobody is told anything.
  void expect_no_change(const char * what, const std::function<void()> & act)
  {
    drain();
    act();
    EXPECT_FALSE(is_triggered_there({0, 50000000})) << what;
    EXPECT_FALSE(is_triggered_here({0, 0})) << what;
  }

  rmw_context_t other_context_ = rmw_get_zero_initialized_context();
  rmw_node_t * watcher_ = nullptr;
  rmw_wait_set_t * wait_set_ = nullptr;
  rmw_wait_set_t * other_wait_set_ = nullptr;
};

TEST_F(GraphGuard, is_triggered_by_each_change)
{
  const rmw_publisher_options_t publishing = rmw_get_default_publisher_options();
  const rmw_subscription_options_t subscribing = rmw_get_default_subscription_options();
  const rmw_qos_profile_t & qos = rmw_qos_profile_default;
  rmw_node_t * node = nullptr;
  rmw_publisher_t * publisher = nullptr;
  rmw_subscription_t * subscription = nullptr;
  rmw_service_t * service = nullptr;
  rmw_client_t * client = nullptr;
  bool available = false;
  size_t count = 0;
  expect_change("a node joins", [&] { node = rmw_create_node(&context_, "second", "/"); });
  ASSERT_NE(nullptr, node);
  expect_change("a publisher joins", [&] {
    publisher = rmw_create_publisher(node, basic_type(), "/graph", &qos, &publishing);
  });
  expect_change("a subscription joins and matches", [&] {
    subscription = rmw_create_subscription(node, basic_type(), "/graph", &qos, &subscribing);
  });
  EXPECT_RMW_OK(rmw_publisher_count_matched_subscriptions(publisher, &count));
  EXPECT_EQ(1U, count);
  expect_change(
    "a client joins", [&] { client = rmw_create_client(node, service_type(), "/graph", &qos); });
  EXPECT_RMW_OK(rmw_service_server_is_available(node, client, &available));
  EXPECT_FALSE(available);
  expect_change("a service joins and is available", [&] {
    service = rmw_create_service(node, service_type(), "/graph", &qos);
  });
  EXPECT_RMW_OK(rmw_service_server_is_available(node, client, &available));
  EXPECT_TRUE(available);
  ASSERT_TRUE(publisher && subscription && client && service);
  expect_change("a service leaves", [&] { EXPECT_RMW_OK(rmw_destroy_service(node, service)); });
  EXPECT_RMW_OK(rmw_service_server_is_available(node, client, &available));
  EXPECT_FALSE(available);
  expect_change("a client leaves", [&] { EXPECT_RMW_OK(rmw_destroy_client(node, client)); });
  expect_change(
    "a subscription leaves", [&] { EXPECT_RMW_OK(rmw_destroy_subscription(node, subscription)); });
  EXPECT_RMW_OK(rmw_publisher_count_matched_subscriptions(publisher, &count));
  EXPECT_EQ(0U, count);
  expect_change(
    "a publisher leaves", [&] { EXPECT_RMW_OK(rmw_destroy_publisher(node, publisher)); });
  expect_change("a node leaves", [&] { EXPECT_RMW_OK(rmw_destroy_node(node)); });
}

TEST_F(GraphGuard, is_not_triggered_by_messages)
{
  test_msgs__msg__BasicTypes message{};
  bool taken = false;
  expect_no_change("a message", [&] {
    EXPECT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
    EXPECT_RMW_OK(rmw_take(subscription_, &message, &taken, nullptr));
    EXPECT_TRUE(taken);
  });
  expect_no_change("a loan", [&] {
    void * lent = nullptr;
    EXPECT_RMW_OK(rmw_borrow_loaned_message(publisher_, basic_type(), &lent));
    EXPECT_RMW_OK(rmw_return_loaned_message_from_publisher(publisher_, lent));
  });
  expect_no_change("a sign of life", [&] {
    EXPECT_RMW_OK(rmw_publisher_assert_liveliness(publisher_));
    EXPECT_RMW_OK(rmw_publisher_wait_for_all_acked(publisher_, {1, 0}));
  });
  expect_no_change("a filter", [&] {
    FilterOptions filter("int32_value = 1");
    EXPECT_RMW_OK(rmw_subscription_set_content_filter(subscription_, filter.get()));
  });
  expect_no_change("a question", [&] {
    size_t count = 0;
    EXPECT_RMW_OK(rmw_count_publishers(node_, "/topic", &count));
    EXPECT_RMW_OK(rmw_publisher_count_matched_subscriptions(publisher_, &count));
  });
}

TEST_F(GraphGuard, is_not_triggered_by_memory_that_grows)
{
  const rmw_publisher_options_t publishing = rmw_get_default_publisher_options();
  rmw_publisher_t * const publisher =
    rmw_create_publisher(node_, strings_type(), "/large", &rmw_qos_profile_default, &publishing);
  ASSERT_NE(nullptr, publisher);
  StringsMessage message;
  for (const size_t size : {size_t{1} << 10, size_t{1} << 20, size_t{1} << 23}) {
    ASSERT_TRUE(
      rosidl_runtime_c__String__assign(&message.string_value, std::string(size, 'x').c_str()));
    expect_no_change(
      "a larger message", [&] { EXPECT_RMW_OK(rmw_publish(publisher, &message, nullptr)); });
  }
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher));
}

TEST_F(GraphGuard, is_not_triggered_by_a_request_and_its_response)
{
  const rmw_qos_profile_t & qos = rmw_qos_profile_services_default;
  rmw_service_t * const service = rmw_create_service(node_, service_type(), "/service", &qos);
  rmw_client_t * const client = rmw_create_client(watcher_, service_type(), "/service", &qos);
  ASSERT_TRUE(service && client);
  Request request;
  Response response;
  rmw_service_info_t info{};
  int64_t id = 0;
  bool taken = false;
  for (const char * what : {"the first to a client", "one more"}) {
    expect_no_change(what, [&] {
      ASSERT_RMW_OK(rmw_send_request(client, &request, &id));
      ASSERT_RMW_OK(rmw_take_request(service, &info, &request, &taken));
      ASSERT_TRUE(taken);
      ASSERT_RMW_OK(rmw_send_response(service, &info.request_id, &response));
      ASSERT_RMW_OK(rmw_take_response(client, &info, &response, &taken));
      ASSERT_TRUE(taken);
    });
  }
  EXPECT_RMW_OK(rmw_destroy_client(watcher_, client));
  EXPECT_RMW_OK(rmw_destroy_service(node_, service));
}
