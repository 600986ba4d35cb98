// Publishers: arguments, decided QoS, identity.
#include "fixtures.hpp"

class Publisher : public NodeTest
{
protected:
  rmw_publisher_t * create(
    const char * topic = "/topic", const rmw_qos_profile_t & qos = rmw_qos_profile_default)
  {
    return rmw_create_publisher(node_, strings_type(), topic, &qos, &publisher_options_);
  }

  rmw_publisher_options_t publisher_options_ = rmw_get_default_publisher_options();
};

TEST_F(Publisher, wrong_arguments_make_no_publisher)
{
  const rmw_qos_profile_t qos = rmw_qos_profile_default;
  const rmw_publisher_options_t * options = &publisher_options_;
  EXPECT_RMW_NULL(rmw_create_publisher(nullptr, strings_type(), "/topic", &qos, options));
  EXPECT_RMW_NULL(rmw_create_publisher(node_, nullptr, "/topic", &qos, options));
  EXPECT_RMW_NULL(rmw_create_publisher(node_, strings_type(), nullptr, &qos, options));
  EXPECT_RMW_NULL(rmw_create_publisher(node_, strings_type(), "/topic", nullptr, options));
  EXPECT_RMW_NULL(rmw_create_publisher(node_, strings_type(), "/topic", &qos, nullptr));
  EXPECT_RMW_NULL(create(""));
  EXPECT_RMW_NULL(create("relative"));
  EXPECT_RMW_NULL(create("/not a topic"));
  EXPECT_RMW_NULL(create("/topic", rmw_qos_profile_unknown));
  publisher_options_.require_unique_network_flow_endpoints =
    RMW_UNIQUE_NETWORK_FLOW_ENDPOINTS_STRICTLY_REQUIRED;
  EXPECT_RMW_NULL(create());
  publisher_options_ = rmw_get_default_publisher_options();
  rosidl_message_type_support_t foreign_type = *strings_type();
  foreign_type.typesupport_identifier = "not-a-type-support";
  EXPECT_RMW_NULL(rmw_create_publisher(node_, &foreign_type, "/topic", &qos, options));
  const ForeignHandle foreign(node_);
  EXPECT_RMW_NULL(create());
}

TEST_F(Publisher, any_name_goes_without_ros_conventions)
{
  rmw_qos_profile_t qos = rmw_qos_profile_default;
  qos.avoid_ros_namespace_conventions = true;
  rmw_publisher_t * publisher = create("not a ROS topic", qos);
  ASSERT_NE(nullptr, publisher) << rmw_get_error_string().str;
  EXPECT_STREQ("not a ROS topic", publisher->topic_name);
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher));
  EXPECT_RMW_NULL(create("", qos));
}

TEST_F(Publisher, system_default_is_decided)
{
  rmw_publisher_t * publisher = create("/topic", rmw_qos_profile_system_default);
  ASSERT_NE(nullptr, publisher) << rmw_get_error_string().str;
  rmw_qos_profile_t qos = rmw_qos_profile_unknown;
  ASSERT_RMW_OK(rmw_publisher_get_actual_qos(publisher, &qos));
  EXPECT_EQ(RMW_QOS_POLICY_RELIABILITY_RELIABLE, qos.reliability);
  EXPECT_EQ(RMW_QOS_POLICY_DURABILITY_VOLATILE, qos.durability);
  EXPECT_EQ(RMW_QOS_POLICY_HISTORY_KEEP_LAST, qos.history);
  EXPECT_EQ(10u, qos.depth);
  EXPECT_EQ(RMW_QOS_POLICY_LIVELINESS_AUTOMATIC, qos.liveliness);
  EXPECT_TRUE(rmw_time_equal(RMW_DURATION_INFINITE, qos.deadline));
  EXPECT_TRUE(rmw_time_equal(RMW_DURATION_INFINITE, qos.lifespan));
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher));
}

TEST_F(Publisher, arguments_of_every_function_are_checked)
{
  rmw_publisher_t * publisher = create();
  ASSERT_NE(nullptr, publisher) << rmw_get_error_string().str;
  StringsMessage message;
  const rmw_serialized_message_t serialized = rmw_get_zero_initialized_serialized_message();
  size_t count = 0;
  rmw_qos_profile_t qos = rmw_qos_profile_unknown;
  rmw_gid_t gid{};

  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_publish(nullptr, &message, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_publish(publisher, nullptr, nullptr));
  EXPECT_RMW_FOREIGN(publisher, rmw_publish(publisher, &message, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_publish_serialized_message(nullptr, &serialized, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_publish_serialized_message(publisher, nullptr, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_publish_serialized_message(publisher, &serialized, nullptr));
  EXPECT_RMW_FOREIGN(publisher, rmw_publish_serialized_message(publisher, &serialized, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_publisher_count_matched_subscriptions(nullptr, &count));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_publisher_count_matched_subscriptions(publisher, nullptr));
  EXPECT_RMW_FOREIGN(publisher, rmw_publisher_count_matched_subscriptions(publisher, &count));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_publisher_get_actual_qos(nullptr, &qos));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_publisher_get_actual_qos(publisher, nullptr));
  EXPECT_RMW_FOREIGN(publisher, rmw_publisher_get_actual_qos(publisher, &qos));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_get_gid_for_publisher(nullptr, &gid));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_get_gid_for_publisher(publisher, nullptr));
  EXPECT_RMW_FOREIGN(publisher, rmw_get_gid_for_publisher(publisher, &gid));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_publisher_wait_for_all_acked(nullptr, {0, 0}));
  EXPECT_RMW_FOREIGN(publisher, rmw_publisher_wait_for_all_acked(publisher, {0, 0}));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_publisher_assert_liveliness(nullptr));
  EXPECT_RMW_FOREIGN(publisher, rmw_publisher_assert_liveliness(publisher));

  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_destroy_publisher(nullptr, publisher));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_destroy_publisher(node_, nullptr));
  EXPECT_RMW_FOREIGN(node_, rmw_destroy_publisher(node_, publisher));
  EXPECT_RMW_FOREIGN(publisher, rmw_destroy_publisher(node_, publisher));
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher));
}

TEST_F(Publisher, each_has_its_own_gid)
{
  rmw_publisher_t * one = create();
  rmw_publisher_t * other = create();
  ASSERT_NE(nullptr, one);
  ASSERT_NE(nullptr, other);
  rmw_gid_t first{};
  rmw_gid_t second{};
  ASSERT_RMW_OK(rmw_get_gid_for_publisher(one, &first));
  ASSERT_RMW_OK(rmw_get_gid_for_publisher(other, &second));
  bool equal = false;
  EXPECT_RMW_OK(rmw_compare_gids_equal(&first, &first, &equal));
  EXPECT_TRUE(equal);
  EXPECT_RMW_OK(rmw_compare_gids_equal(&first, &second, &equal));
  EXPECT_FALSE(equal);
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_compare_gids_equal(nullptr, &second, &equal));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_compare_gids_equal(&first, nullptr, &equal));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_compare_gids_equal(&first, &second, nullptr));
  EXPECT_RMW_FOREIGN(&first, rmw_compare_gids_equal(&first, &second, &equal));
  EXPECT_RMW_FOREIGN(&second, rmw_compare_gids_equal(&first, &second, &equal));
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, one));
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, other));
}
