// Subscriptions: arguments, and that what was published is taken once, with its metadata.
#include "fixtures.hpp"
#include "rosidl_runtime_c/string_functions.h"

class Subscription : public NodeTest
{
protected:
  void SetUp() override
  {
    NodeTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    const rmw_publisher_options_t options = rmw_get_default_publisher_options();
    publisher_ =
      rmw_create_publisher(node_, strings_type(), "/topic", &rmw_qos_profile_default, &options);
    ASSERT_NE(nullptr, publisher_) << rmw_get_error_string().str;
    subscription_ = create();
    ASSERT_NE(nullptr, subscription_) << rmw_get_error_string().str;
  }

  void TearDown() override
  {
    if (publisher_) {
      EXPECT_RMW_OK(rmw_destroy_subscription(node_, subscription_));
      EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher_));
    }
    NodeTest::TearDown();
  }

  rmw_subscription_t * create(
    const char * topic = "/topic", const rmw_qos_profile_t & qos = rmw_qos_profile_default)
  {
    return rmw_create_subscription(node_, strings_type(), topic, &qos, &subscription_options_);
  }

  void publish(const char * text)
  {
    ASSERT_TRUE(rosidl_runtime_c__String__assign(&message_.string_value, text));
    ASSERT_RMW_OK(rmw_publish(publisher_, &message_, nullptr));
    ASSERT_TRUE(rosidl_runtime_c__String__assign(&message_.string_value, ""));
  }

  rmw_subscription_options_t subscription_options_ = rmw_get_default_subscription_options();
  rmw_publisher_t * publisher_ = nullptr;
  rmw_subscription_t * subscription_ = nullptr;
  StringsMessage message_;
  bool taken_ = false;
};

TEST_F(Subscription, wrong_arguments_make_no_subscription)
{
  const rmw_qos_profile_t qos = rmw_qos_profile_default;
  const rmw_subscription_options_t * options = &subscription_options_;
  EXPECT_RMW_NULL(rmw_create_subscription(nullptr, strings_type(), "/topic", &qos, options));
  EXPECT_RMW_NULL(rmw_create_subscription(node_, nullptr, "/topic", &qos, options));
  EXPECT_RMW_NULL(rmw_create_subscription(node_, strings_type(), nullptr, &qos, options));
  EXPECT_RMW_NULL(rmw_create_subscription(node_, strings_type(), "/topic", nullptr, options));
  EXPECT_RMW_NULL(rmw_create_subscription(node_, strings_type(), "/topic", &qos, nullptr));
  EXPECT_RMW_NULL(create(""));
  EXPECT_RMW_NULL(create("relative"));
  EXPECT_RMW_NULL(create("/topic", rmw_qos_profile_unknown));
  rosidl_message_type_support_t foreign_type = *strings_type();
  foreign_type.typesupport_identifier = "not-a-type-support";
  EXPECT_RMW_NULL(rmw_create_subscription(node_, &foreign_type, "/topic", &qos, options));
  const ForeignHandle foreign(node_);
  EXPECT_RMW_NULL(create());
}

TEST_F(Subscription, arguments_of_every_function_are_checked)
{
  size_t count = 0;
  rmw_qos_profile_t qos = rmw_qos_profile_unknown;
  rmw_message_info_t info = rmw_get_zero_initialized_message_info();
  rmw_serialized_message_t serialized = rmw_get_zero_initialized_serialized_message();
  rmw_subscription_t * const s = subscription_;

  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take(nullptr, &message_, &taken_, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take(s, nullptr, &taken_, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take(s, &message_, nullptr, nullptr));
  EXPECT_RMW_FOREIGN(s, rmw_take(s, &message_, &taken_, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_with_info(nullptr, &message_, &taken_, &info, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_with_info(s, nullptr, &taken_, &info, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_with_info(s, &message_, nullptr, &info, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_with_info(s, &message_, &taken_, nullptr, nullptr));
  EXPECT_RMW_FOREIGN(s, rmw_take_with_info(s, &message_, &taken_, &info, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_serialized_message(nullptr, &serialized, &taken_, nullptr));
  EXPECT_RMW_FOREIGN(s, rmw_take_serialized_message(s, &serialized, &taken_, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_serialized_message(s, nullptr, &taken_, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_serialized_message(s, &serialized, nullptr, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_take_serialized_message_with_info(s, &serialized, &taken_, nullptr, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_take_serialized_message_with_info(nullptr, &serialized, &taken_, &info, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_take_serialized_message_with_info(s, nullptr, &taken_, &info, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_take_serialized_message_with_info(s, &serialized, nullptr, &info, nullptr));
  EXPECT_RMW_FOREIGN(
    s, rmw_take_serialized_message_with_info(s, &serialized, &taken_, &info, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_subscription_count_matched_publishers(nullptr, &count));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_subscription_count_matched_publishers(s, nullptr));
  EXPECT_RMW_FOREIGN(s, rmw_subscription_count_matched_publishers(s, &count));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_subscription_get_actual_qos(nullptr, &qos));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_subscription_get_actual_qos(s, nullptr));
  EXPECT_RMW_FOREIGN(s, rmw_subscription_get_actual_qos(s, &qos));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_destroy_subscription(nullptr, s));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_destroy_subscription(node_, nullptr));
  EXPECT_RMW_FOREIGN(node_, rmw_destroy_subscription(node_, s));
  EXPECT_RMW_FOREIGN(s, rmw_destroy_subscription(node_, s));
}

TEST_F(Subscription, nothing_published_is_nothing_taken)
{
  taken_ = true;
  EXPECT_RMW_OK(rmw_take(subscription_, &message_, &taken_, nullptr));
  EXPECT_FALSE(taken_);
}

TEST_F(Subscription, a_message_is_taken_once_with_its_metadata)
{
  publish("one");
  publish("two");
  rmw_gid_t gid{};
  ASSERT_RMW_OK(rmw_get_gid_for_publisher(publisher_, &gid));
  rmw_message_info_t first = rmw_get_zero_initialized_message_info();
  rmw_message_info_t second = rmw_get_zero_initialized_message_info();
  ASSERT_RMW_OK(rmw_take_with_info(subscription_, &message_, &taken_, &first, nullptr));
  ASSERT_TRUE(taken_);
  EXPECT_STREQ("one", message_.string_value.data);
  ASSERT_RMW_OK(rmw_take_with_info(subscription_, &message_, &taken_, &second, nullptr));
  ASSERT_TRUE(taken_);
  EXPECT_STREQ("two", message_.string_value.data);
  ASSERT_RMW_OK(rmw_take(subscription_, &message_, &taken_, nullptr));
  EXPECT_FALSE(taken_);

  bool equal = false;
  EXPECT_RMW_OK(rmw_compare_gids_equal(&gid, &first.publisher_gid, &equal));
  EXPECT_TRUE(equal);
  EXPECT_EQ(first.publication_sequence_number + 1, second.publication_sequence_number);
  EXPECT_EQ(first.reception_sequence_number + 1, second.reception_sequence_number);
  EXPECT_LE(first.source_timestamp, second.source_timestamp);
  EXPECT_LE(second.source_timestamp, second.received_timestamp);
  EXPECT_FALSE(first.from_intra_process);
}

TEST_F(Subscription, a_sequence_takes_what_there_is)
{
  rcutils_allocator_t allocator = rcutils_get_default_allocator();
  rmw_message_sequence_t messages = rmw_get_zero_initialized_message_sequence();
  rmw_message_info_sequence_t infos = rmw_get_zero_initialized_message_info_sequence();
  ASSERT_RMW_OK(rmw_message_sequence_init(&messages, 3, &allocator));
  ASSERT_RMW_OK(rmw_message_info_sequence_init(&infos, 3, &allocator));
  auto * strings = test_msgs__msg__Strings__Sequence__create(3);
  for (size_t i = 0; i < 3; ++i) {
    messages.data[i] = &strings->data[i];
  }
  publish("one");
  publish("two");
  size_t taken = 0;
  rmw_subscription_t * const s = subscription_;
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_sequence(s, 0, &messages, &infos, &taken, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_sequence(s, 4, &messages, &infos, &taken, nullptr));
  EXPECT_RMW_OK(rmw_take_sequence(s, 3, &messages, &infos, &taken, nullptr));
  EXPECT_EQ(2u, taken);
  EXPECT_EQ(2u, messages.size);
  EXPECT_EQ(2u, infos.size);
  EXPECT_STREQ("two", strings->data[1].string_value.data);
  test_msgs__msg__Strings__Sequence__destroy(strings);
  EXPECT_RMW_OK(rmw_message_sequence_fini(&messages));
  EXPECT_RMW_OK(rmw_message_info_sequence_fini(&infos));
}

TEST_F(Subscription, serialized_messages_go_through_unchanged)
{
  const rcutils_allocator_t allocator = rcutils_get_default_allocator();
  rmw_serialized_message_t sent = rmw_get_zero_initialized_serialized_message();
  rmw_serialized_message_t received = rmw_get_zero_initialized_serialized_message();
  ASSERT_RMW_OK(rmw_serialized_message_init(&sent, 0, &allocator));
  ASSERT_RMW_OK(rmw_serialized_message_init(&received, 0, &allocator));
  ASSERT_TRUE(rosidl_runtime_c__String__assign(&message_.string_value, "serialized"));
  ASSERT_RMW_OK(rmw_serialize(&message_, strings_type(), &sent));
  ASSERT_RMW_OK(rmw_publish_serialized_message(publisher_, &sent, nullptr));
  ASSERT_RMW_OK(rmw_take_serialized_message(subscription_, &received, &taken_, nullptr));
  ASSERT_TRUE(taken_);
  ASSERT_EQ(sent.buffer_length, received.buffer_length);
  EXPECT_EQ(0, memcmp(sent.buffer, received.buffer, sent.buffer_length));
  ASSERT_TRUE(rosidl_runtime_c__String__assign(&message_.string_value, ""));
  ASSERT_RMW_OK(rmw_deserialize(&received, strings_type(), &message_));
  EXPECT_STREQ("serialized", message_.string_value.data);
  EXPECT_RMW_OK(rmw_serialized_message_fini(&sent));
  EXPECT_RMW_OK(rmw_serialized_message_fini(&received));
}

TEST_F(Subscription, a_malformed_message_is_an_error_and_gone)
{
  uint8_t bytes[] = {0, 1, 0, 0, 255, 255, 255, 255, 'x'};
  rmw_serialized_message_t malformed = rmw_get_zero_initialized_serialized_message();
  malformed.buffer = bytes;
  malformed.allocator = rcutils_get_default_allocator();
  for (const size_t length : {size_t{3}, size_t{7}, sizeof(bytes)}) {
    malformed.buffer_length = malformed.buffer_capacity = length;
    ASSERT_RMW_OK(rmw_publish_serialized_message(publisher_, &malformed, nullptr));
    EXPECT_RMW_ERROR(RMW_RET_ERROR, rmw_take(subscription_, &message_, &taken_, nullptr));
    EXPECT_FALSE(taken_);
  }
  publish("well formed");
  EXPECT_RMW_OK(rmw_take(subscription_, &message_, &taken_, nullptr));
  EXPECT_TRUE(taken_);
}

TEST_F(Subscription, local_publications_are_ignored_on_request)
{
  subscription_options_.ignore_local_publications = true;
  rmw_subscription_t * remote_only = create();
  ASSERT_NE(nullptr, remote_only) << rmw_get_error_string().str;
  publish("local");
  taken_ = true;
  EXPECT_RMW_OK(rmw_take(remote_only, &message_, &taken_, nullptr));
  EXPECT_FALSE(taken_);
  EXPECT_RMW_OK(rmw_take(subscription_, &message_, &taken_, nullptr));
  EXPECT_TRUE(taken_);
  EXPECT_RMW_OK(rmw_destroy_subscription(node_, remote_only));
}

TEST_F(Subscription, matches_are_counted_on_both_sides)
{
  size_t count = 0;
  EXPECT_RMW_OK(rmw_subscription_count_matched_publishers(subscription_, &count));
  EXPECT_EQ(1u, count);
  EXPECT_RMW_OK(rmw_publisher_count_matched_subscriptions(publisher_, &count));
  EXPECT_EQ(1u, count);
}

TEST_F(Subscription, all_is_acknowledged_before_it_is_taken_and_can_be_taken_after)
{
  publish("untaken");
  EXPECT_RMW_OK(rmw_publisher_wait_for_all_acked(publisher_, {0, 0}));
  ASSERT_RMW_OK(rmw_destroy_publisher(node_, publisher_));
  const rmw_publisher_options_t options = rmw_get_default_publisher_options();
  publisher_ =
    rmw_create_publisher(node_, strings_type(), "/topic", &rmw_qos_profile_default, &options);
  ASSERT_NE(nullptr, publisher_);
  EXPECT_RMW_OK(rmw_take(subscription_, &message_, &taken_, nullptr));
  EXPECT_TRUE(taken_);
  EXPECT_STREQ("untaken", message_.string_value.data);
}

TEST_F(Subscription, a_full_keep_all_history_times_out)
{
  rmw_qos_profile_t keep_all = rmw_qos_profile_default;
  keep_all.history = RMW_QOS_POLICY_HISTORY_KEEP_ALL;
  const rmw_publisher_options_t options = rmw_get_default_publisher_options();
  rmw_publisher_t * publisher =
    rmw_create_publisher(node_, strings_type(), "/full", &keep_all, &options);
  rmw_subscription_t * subscription = create("/full", keep_all);
  ASSERT_NE(nullptr, publisher);
  ASSERT_NE(nullptr, subscription);
  rmw_ret_t ret = RMW_RET_OK;
  size_t published = 0;
  while (ret == RMW_RET_OK && published < 200000) {
    ret = rmw_publish(publisher, &message_, nullptr);
    published += ret == RMW_RET_OK;
  }
  EXPECT_RMW_ERROR(RMW_RET_TIMEOUT, ret);
  size_t taken = 0;
  do {
    ASSERT_RMW_OK(rmw_take(subscription, &message_, &taken_, nullptr));
    taken += taken_;
  } while (taken_);
  EXPECT_EQ(published, taken);
  EXPECT_RMW_OK(rmw_publish(publisher, &message_, nullptr));
  EXPECT_RMW_OK(rmw_destroy_subscription(node_, subscription));
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher));
}
