// Messages of rclcpp's kind, C++ structures, travel as those of C do, and the two kinds meet.
#include <memory>
#include <vector>

#include "filtered_topic.hpp"
#include "rosidl_runtime_c/string_functions.h"
#include "rosidl_typesupport_cpp/message_type_support.hpp"
#include "rosidl_typesupport_cpp/service_type_support.hpp"
#include "test_msgs/message_fixtures.hpp"
#include "test_msgs/srv/basic_types.hpp"

template <typename Message>
const rosidl_message_type_support_t * cpp_type()
{
  return rosidl_typesupport_cpp::get_message_type_support_handle<Message>();
}

class CppMessages : public NodeTest
{
protected:
  rmw_publisher_t * publish_on(const rosidl_message_type_support_t * type)
  {
    const rmw_publisher_options_t options = rmw_get_default_publisher_options();
    rmw_publisher_t * const made = rmw_create_publisher(node_, type, "/topic", &qos_, &options);
    EXPECT_NE(nullptr, made) << rmw_get_error_string().str;
    return made;
  }

  rmw_subscription_t * subscribe_to(const rosidl_message_type_support_t * type)
  {
    const rmw_subscription_options_t options = rmw_get_default_subscription_options();
    rmw_subscription_t * const made =
      rmw_create_subscription(node_, type, "/topic", &qos_, &options);
    EXPECT_NE(nullptr, made) << rmw_get_error_string().str;
    return made;
  }

  static bool take(const rmw_subscription_t * subscription, void * message)
  {
    bool taken = false;
    EXPECT_RMW_OK(rmw_take(subscription, message, &taken, nullptr));
    return taken;
  }

  /// What is published is taken, typed and as bytes.
  template <typename Message>
  void expect_to_travel(const std::vector<std::shared_ptr<Message>> & messages)
  {
    ASSERT_FALSE(messages.empty());
    rmw_publisher_t * const publisher = publish_on(cpp_type<Message>());
    rmw_subscription_t * const typed = subscribe_to(cpp_type<Message>());
    rmw_subscription_t * const untyped = subscribe_to(cpp_type<Message>());
    ASSERT_TRUE(publisher && typed && untyped);
    rmw_serialized_message_t bytes = rmw_get_zero_initialized_serialized_message();
    const rcutils_allocator_t allocator = rcutils_get_default_allocator();
    ASSERT_RMW_OK(rmw_serialized_message_init(&bytes, 0, &allocator));
    for (const auto & message : messages) {
      ASSERT_RMW_OK(rmw_publish(publisher, message.get(), nullptr));
      Message received;
      ASSERT_TRUE(take(typed, &received));
      EXPECT_EQ(*message, received);
      bool taken = false;
      ASSERT_RMW_OK(rmw_take_serialized_message(untyped, &bytes, &taken, nullptr));
      ASSERT_TRUE(taken);
      Message deserialized;
      ASSERT_RMW_OK(rmw_deserialize(&bytes, cpp_type<Message>(), &deserialized));
      EXPECT_EQ(*message, deserialized);
      ASSERT_RMW_OK(rmw_serialize(message.get(), cpp_type<Message>(), &bytes));
      Message again;
      ASSERT_RMW_OK(rmw_deserialize(&bytes, cpp_type<Message>(), &again));
      EXPECT_EQ(*message, again);
    }
    EXPECT_RMW_OK(rmw_serialized_message_fini(&bytes));
    EXPECT_RMW_OK(rmw_destroy_subscription(node_, untyped));
    EXPECT_RMW_OK(rmw_destroy_subscription(node_, typed));
    EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher));
  }

  rmw_qos_profile_t qos_ = rmw_qos_profile_default;
};

TEST_F(CppMessages, of_all_forms_travel)
{
  expect_to_travel(get_messages_empty());
  expect_to_travel(get_messages_basic_types());
  expect_to_travel(get_messages_constants());
  expect_to_travel(get_messages_defaults());
  expect_to_travel(get_messages_strings());
  expect_to_travel(get_messages_arrays());
  expect_to_travel(get_messages_unbounded_sequences());
  expect_to_travel(get_messages_bounded_plain_sequences());
  expect_to_travel(get_messages_bounded_sequences());
  expect_to_travel(get_messages_multi_nested());
  expect_to_travel(get_messages_nested());
  expect_to_travel(get_messages_builtins());
  expect_to_travel(get_messages_wstrings());
  expect_to_travel(get_messages_keyed_long());
  expect_to_travel(get_messages_keyed_string());
  expect_to_travel(get_messages_non_keyed_with_nested_key());
  expect_to_travel(get_messages_complex_nested_key());
}

TEST_F(CppMessages, meet_those_of_c)
{
  rmw_publisher_t * const from_cpp = publish_on(cpp_type<test_msgs::msg::Strings>());
  rmw_publisher_t * const from_c = publish_on(strings_type());
  rmw_subscription_t * const in_cpp = subscribe_to(cpp_type<test_msgs::msg::Strings>());
  rmw_subscription_t * const in_c = subscribe_to(strings_type());
  ASSERT_TRUE(from_cpp && from_c && in_cpp && in_c);
  test_msgs::msg::Strings cpp;
  StringsMessage c;
  cpp.string_value = "from C++";
  ASSERT_RMW_OK(rmw_publish(from_cpp, &cpp, nullptr));
  ASSERT_TRUE(take(in_c, &c));
  EXPECT_STREQ("from C++", c.string_value.data);
  ASSERT_TRUE(take(in_cpp, &cpp));
  ASSERT_TRUE(rosidl_runtime_c__String__assign(&c.string_value, "from C"));
  ASSERT_RMW_OK(rmw_publish(from_c, &c, nullptr));
  ASSERT_TRUE(take(in_cpp, &cpp));
  EXPECT_EQ("from C", cpp.string_value);
  EXPECT_RMW_OK(rmw_destroy_subscription(node_, in_c));
  EXPECT_RMW_OK(rmw_destroy_subscription(node_, in_cpp));
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, from_c));
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, from_cpp));
}

TEST_F(CppMessages, of_fixed_size_are_loaned_and_those_of_c_take_them)
{
  rmw_publisher_t * const publisher = publish_on(cpp_type<test_msgs::msg::BasicTypes>());
  rmw_subscription_t * const subscription = subscribe_to(basic_type());
  ASSERT_TRUE(publisher && subscription);
  EXPECT_TRUE(publisher->can_loan_messages);
  void * lent = nullptr;
  ASSERT_RMW_OK(
    rmw_borrow_loaned_message(publisher, cpp_type<test_msgs::msg::BasicTypes>(), &lent));
  auto * const message = new (lent) test_msgs::msg::BasicTypes();
  message->int64_value = 7;
  ASSERT_RMW_OK(rmw_publish_loaned_message(publisher, lent, nullptr));
  test_msgs__msg__BasicTypes received{};
  ASSERT_TRUE(take(subscription, &received));
  EXPECT_EQ(7, received.int64_value);
  EXPECT_RMW_OK(rmw_destroy_subscription(node_, subscription));
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher));
}

TEST_F(CppMessages, are_filtered)
{
  FilteredTopic topic(node_, cpp_type<test_msgs::msg::UnboundedSequences>());
  ASSERT_EQ("", topic.complaint("basic_types_values[1].int32_value > %0", {"5"}));
  test_msgs::msg::UnboundedSequences message;
  message.basic_types_values.resize(2);
  for (const int32_t value : {5, 6}) {
    message.basic_types_values[1].int32_value = value;
    topic.publish(&message);
    test_msgs::msg::UnboundedSequences received;
    EXPECT_EQ(value > 5, topic.take(&received));
  }
}

TEST_F(CppMessages, of_services_meet_those_of_c)
{
  const auto * const cpp_service_type =
    rosidl_typesupport_cpp::get_service_type_support_handle<test_msgs::srv::BasicTypes>();
  rmw_service_t * const service = rmw_create_service(node_, cpp_service_type, "/service", &qos_);
  rmw_client_t * const client = rmw_create_client(node_, service_type(), "/service", &qos_);
  ASSERT_TRUE(service && client) << rmw_get_error_string().str;
  bool available = false;
  ASSERT_RMW_OK(rmw_service_server_is_available(node_, client, &available));
  EXPECT_TRUE(available);
  Request asked;
  Response answered;
  asked.int32_value = 20;
  ASSERT_TRUE(rosidl_runtime_c__String__assign(&asked.string_value, "twice"));
  rmw_service_info_t info{};
  int64_t id = 0;
  bool taken = false;
  ASSERT_RMW_OK(rmw_send_request(client, &asked, &id));
  test_msgs::srv::BasicTypes::Request request;
  test_msgs::srv::BasicTypes::Response response;
  ASSERT_RMW_OK(rmw_take_request(service, &info, &request, &taken));
  ASSERT_TRUE(taken);
  EXPECT_EQ("twice", request.string_value);
  response.int32_value = 2 * request.int32_value;
  ASSERT_RMW_OK(rmw_send_response(service, &info.request_id, &response));
  ASSERT_RMW_OK(rmw_take_response(client, &info, &answered, &taken));
  ASSERT_TRUE(taken);
  EXPECT_EQ(40, answered.int32_value);
  EXPECT_RMW_OK(rmw_destroy_client(node_, client));
  EXPECT_RMW_OK(rmw_destroy_service(node_, service));
}
