// What rmw_plib does not have says so, with a reason, and only after the caller's own mistakes.
#include <string>

#include "fixtures.hpp"
#include "rmw/dynamic_message_type_support.h"

class Unsupported : public NodeTest
{
protected:
  void SetUp() override
  {
    NodeTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    const rmw_subscription_options_t options = rmw_get_default_subscription_options();
    subscription_ =
      rmw_create_subscription(node_, basic_type(), "/topic", &rmw_qos_profile_default, &options);
    ASSERT_NE(nullptr, subscription_);
  }

  void TearDown() override
  {
    if (subscription_) {
      EXPECT_RMW_OK(rmw_destroy_subscription(node_, subscription_));
    }
    NodeTest::TearDown();
  }

  /// The call is refused, with that in its reason.
  static void expect_refused(rmw_ret_t ret, const std::string & reason)
  {
    EXPECT_EQ(RMW_RET_UNSUPPORTED, ret);
    EXPECT_NE(std::string::npos, std::string(rmw_get_error_string().str).find(reason));
    rmw_reset_error();
  }

  rmw_subscription_t * subscription_ = nullptr;
};

TEST_F(Unsupported, allocations_are_not_prepared)
{
  const rosidl_runtime_c__Sequence__bound bounds{};
  rmw_publisher_allocation_t publishing{};
  rmw_subscription_allocation_t subscribing{};
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_init_publisher_allocation(nullptr, &bounds, &publishing));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_init_publisher_allocation(basic_type(), nullptr, &publishing));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_init_publisher_allocation(basic_type(), &bounds, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_fini_publisher_allocation(nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_init_subscription_allocation(nullptr, &bounds, &subscribing));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_init_subscription_allocation(basic_type(), nullptr, &subscribing));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_init_subscription_allocation(basic_type(), &bounds, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_fini_subscription_allocation(nullptr));

  const std::string reason = "allocates nothing per message";
  expect_refused(rmw_init_publisher_allocation(basic_type(), &bounds, &publishing), reason);
  expect_refused(rmw_fini_publisher_allocation(&publishing), reason);
  expect_refused(rmw_init_subscription_allocation(basic_type(), &bounds, &subscribing), reason);
  expect_refused(rmw_fini_subscription_allocation(&subscribing), reason);
}

TEST_F(Unsupported, dynamic_messages_are_not_taken)
{
  auto * const data = reinterpret_cast<rosidl_dynamic_typesupport_dynamic_data_t *>(this);
  rmw_message_info_t info = rmw_get_zero_initialized_message_info();
  bool taken = false;
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_dynamic_message(nullptr, data, &taken, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_dynamic_message(subscription_, nullptr, &taken, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_dynamic_message(subscription_, data, nullptr, nullptr));
  EXPECT_RMW_FOREIGN(subscription_, rmw_take_dynamic_message(subscription_, data, &taken, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_take_dynamic_message_with_info(nullptr, data, &taken, &info, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_take_dynamic_message_with_info(subscription_, nullptr, &taken, &info, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_take_dynamic_message_with_info(subscription_, data, nullptr, &info, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_take_dynamic_message_with_info(subscription_, data, &taken, nullptr, nullptr));
  EXPECT_RMW_FOREIGN(
    subscription_, rmw_take_dynamic_message_with_info(subscription_, data, &taken, &info, nullptr));

  const std::string reason = "would bring all of Fast DDS into this process";
  expect_refused(rmw_take_dynamic_message(subscription_, data, &taken, nullptr), reason);
  expect_refused(
    rmw_take_dynamic_message_with_info(subscription_, data, &taken, &info, nullptr), reason);
}

TEST_F(Unsupported, there_is_no_serialization_of_dynamic_types)
{
  rcutils_allocator_t allocator = rcutils_get_default_allocator();
  auto support = rosidl_dynamic_typesupport_get_zero_initialized_serialization_support();
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_serialization_support_init(nullptr, &allocator, &support));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_serialization_support_init("cdr", nullptr, &support));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_serialization_support_init("cdr", &allocator, nullptr));
  expect_refused(
    rmw_serialization_support_init("cdr", &allocator, &support),
    "would bring all of Fast DDS into this process");
}
