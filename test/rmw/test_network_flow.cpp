// Endpoints in shared memory have no network flow: the list of them is empty, and nothing else is claimed.
#include "fixtures.hpp"
#include "rmw/get_network_flow_endpoints.h"
#include "rmw/network_flow_endpoint_array.h"

class NetworkFlow : public PairTest
{
protected:
  rcutils_allocator_t allocator_ = rcutils_get_default_allocator();
  rcutils_allocator_t none_ = rcutils_get_zero_initialized_allocator();
  rmw_network_flow_endpoint_array_t array_ = rmw_get_zero_initialized_network_flow_endpoint_array();
};

TEST_F(NetworkFlow, there_is_none)
{
  EXPECT_RMW_OK(rmw_publisher_get_network_flow_endpoints(publisher_, &allocator_, &array_));
  EXPECT_EQ(0u, array_.size);
  EXPECT_RMW_OK(rmw_network_flow_endpoint_array_fini(&array_));
  array_ = rmw_get_zero_initialized_network_flow_endpoint_array();
  EXPECT_RMW_OK(rmw_subscription_get_network_flow_endpoints(subscription_, &allocator_, &array_));
  EXPECT_EQ(0u, array_.size);
  EXPECT_RMW_OK(rmw_network_flow_endpoint_array_fini(&array_));
}

TEST_F(NetworkFlow, arguments_are_checked)
{
  const auto check = [this](auto get, auto * endpoint, auto * nothing) {
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, get(nothing, &allocator_, &array_));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, get(endpoint, nullptr, &array_));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, get(endpoint, &none_, &array_));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, get(endpoint, &allocator_, nullptr));
    EXPECT_RMW_FOREIGN(endpoint, get(endpoint, &allocator_, &array_));
    rmw_network_flow_endpoint_array_t used = array_;
    used.size = 1;
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, get(endpoint, &allocator_, &used));
  };
  check(
    rmw_publisher_get_network_flow_endpoints, publisher_, static_cast<rmw_publisher_t *>(nullptr));
  check(
    rmw_subscription_get_network_flow_endpoints, subscription_,
    static_cast<rmw_subscription_t *>(nullptr));
}

TEST_F(NetworkFlow, who_insists_on_one_gets_no_endpoint)
{
  rmw_publisher_options_t publishing = rmw_get_default_publisher_options();
  publishing.require_unique_network_flow_endpoints =
    RMW_UNIQUE_NETWORK_FLOW_ENDPOINTS_STRICTLY_REQUIRED;
  rmw_subscription_options_t subscribing = rmw_get_default_subscription_options();
  subscribing.require_unique_network_flow_endpoints =
    RMW_UNIQUE_NETWORK_FLOW_ENDPOINTS_STRICTLY_REQUIRED;
  EXPECT_RMW_NULL(
    rmw_create_publisher(node_, basic_type(), "/other", &rmw_qos_profile_default, &publishing));
  EXPECT_RMW_NULL(
    rmw_create_subscription(node_, basic_type(), "/other", &rmw_qos_profile_default, &subscribing));
}
