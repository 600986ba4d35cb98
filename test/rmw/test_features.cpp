// What the library says of itself, and that it is true.
#include "fixtures.hpp"
#include "rcutils/logging.h"
#include "rmw/features.h"

using Features = NodeTest;

TEST_F(Features, the_identifier_and_the_format_are_told)
{
  EXPECT_STREQ("rmw_plib", rmw_get_implementation_identifier());
  EXPECT_STREQ("cdr", rmw_get_serialization_format());
  EXPECT_STREQ(rmw_get_implementation_identifier(), node_->implementation_identifier);
}

TEST_F(Features, sequence_numbers_are_there_as_told)
{
  EXPECT_TRUE(rmw_feature_supported(RMW_FEATURE_MESSAGE_INFO_PUBLICATION_SEQUENCE_NUMBER));
  EXPECT_TRUE(rmw_feature_supported(RMW_FEATURE_MESSAGE_INFO_RECEPTION_SEQUENCE_NUMBER));
  const rmw_publisher_options_t publishing = rmw_get_default_publisher_options();
  const rmw_subscription_options_t subscribing = rmw_get_default_subscription_options();
  rmw_publisher_t * publisher =
    rmw_create_publisher(node_, basic_type(), "/topic", &rmw_qos_profile_default, &publishing);
  ASSERT_NE(nullptr, publisher);
  rmw_subscription_t * subscription =
    rmw_create_subscription(node_, basic_type(), "/topic", &rmw_qos_profile_default, &subscribing);
  ASSERT_NE(nullptr, subscription);
  for (uint64_t number = 0; number < 3; ++number) {
    test_msgs__msg__BasicTypes message{};
    rmw_message_info_t info = rmw_get_zero_initialized_message_info();
    bool taken = false;
    ASSERT_RMW_OK(rmw_publish(publisher, &message, nullptr));
    ASSERT_RMW_OK(rmw_take_with_info(subscription, &message, &taken, &info, nullptr));
    ASSERT_TRUE(taken);
    EXPECT_EQ(number + 1, info.publication_sequence_number);
    EXPECT_EQ(number, info.reception_sequence_number);
  }
  EXPECT_RMW_OK(rmw_destroy_subscription(node_, subscription));
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher));
}

TEST_F(Features, what_is_not_there_is_not_claimed)
{
  EXPECT_FALSE(rmw_feature_supported(RMW_MIDDLEWARE_SUPPORTS_TYPE_DISCOVERY));
  EXPECT_FALSE(rmw_feature_supported(RMW_MIDDLEWARE_CAN_TAKE_DYNAMIC_MESSAGE));
}

TEST_F(Features, log_severities_are_those_of_the_logger_and_others_are_refused)
{
  for (const rmw_log_severity_t severity :
       {RMW_LOG_SEVERITY_DEBUG, RMW_LOG_SEVERITY_WARN, RMW_LOG_SEVERITY_ERROR,
        RMW_LOG_SEVERITY_FATAL, RMW_LOG_SEVERITY_INFO}) {
    EXPECT_RMW_OK(rmw_set_log_severity(severity));
    EXPECT_EQ(severity, rcutils_logging_get_logger_level("rmw_plib"));
  }
  for (const int severity : {0, 11, 60}) {
    EXPECT_RMW_ERROR(
      RMW_RET_INVALID_ARGUMENT, rmw_set_log_severity(static_cast<rmw_log_severity_t>(severity)));
    EXPECT_EQ(RMW_LOG_SEVERITY_INFO, rcutils_logging_get_logger_level("rmw_plib"));
  }
}
