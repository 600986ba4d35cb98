// Services: a request finds its server, its response the client that asked and nobody else.
#include <cstring>

#include "fixtures.hpp"

class Service : public NodeTest
{
protected:
  void SetUp() override
  {
    NodeTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    client_ = create_client();
    ASSERT_NE(nullptr, client_) << rmw_get_error_string().str;
    service_ =
      rmw_create_service(node_, service_type(), "/service", &rmw_qos_profile_services_default);
    ASSERT_NE(nullptr, service_) << rmw_get_error_string().str;
  }

  void TearDown() override
  {
    if (service_) {
      EXPECT_RMW_OK(rmw_destroy_service(node_, service_));
    }
    if (client_) {
      EXPECT_RMW_OK(rmw_destroy_client(node_, client_));
    }
    NodeTest::TearDown();
  }

  rmw_client_t * create_client()
  {
    return rmw_create_client(node_, service_type(), "/service", &rmw_qos_profile_services_default);
  }

  rmw_client_t * client_ = nullptr;
  rmw_service_t * service_ = nullptr;
  Request request_;
  Response response_;
  rmw_service_info_t info_{};
  bool taken_ = false;
};

TEST_F(Service, wrong_arguments_make_no_endpoint)
{
  const rmw_qos_profile_t qos = rmw_qos_profile_services_default;
  EXPECT_RMW_NULL(rmw_create_client(nullptr, service_type(), "/service", &qos));
  EXPECT_RMW_NULL(rmw_create_client(node_, nullptr, "/service", &qos));
  EXPECT_RMW_NULL(rmw_create_client(node_, service_type(), nullptr, &qos));
  EXPECT_RMW_NULL(rmw_create_client(node_, service_type(), "", &qos));
  EXPECT_RMW_NULL(rmw_create_client(node_, service_type(), "/no service", &qos));
  EXPECT_RMW_NULL(rmw_create_client(node_, service_type(), "/service", nullptr));
  EXPECT_RMW_NULL(rmw_create_client(node_, service_type(), "/service", &rmw_qos_profile_unknown));
  EXPECT_RMW_NULL(rmw_create_service(nullptr, service_type(), "/service", &qos));
  EXPECT_RMW_NULL(rmw_create_service(node_, nullptr, "/service", &qos));
  EXPECT_RMW_NULL(rmw_create_service(node_, service_type(), nullptr, &qos));
  EXPECT_RMW_NULL(rmw_create_service(node_, service_type(), "", &qos));
  EXPECT_RMW_NULL(rmw_create_service(node_, service_type(), "/no service", &qos));
  EXPECT_RMW_NULL(rmw_create_service(node_, service_type(), "/service", nullptr));
  EXPECT_RMW_NULL(rmw_create_service(node_, service_type(), "/service", &rmw_qos_profile_unknown));
  const ForeignHandle foreign(node_);
  EXPECT_RMW_NULL(rmw_create_client(node_, service_type(), "/service", &qos));
  EXPECT_RMW_NULL(rmw_create_service(node_, service_type(), "/service", &qos));
}

TEST_F(Service, arguments_of_every_function_are_checked)
{
  int64_t id = 0;
  bool available = false;
  rmw_qos_profile_t qos = rmw_qos_profile_unknown;
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_send_request(nullptr, &request_, &id));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_send_request(client_, nullptr, &id));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_send_request(client_, &request_, nullptr));
  EXPECT_RMW_FOREIGN(client_, rmw_send_request(client_, &request_, &id));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take_request(nullptr, &info_, &request_, &taken_));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_request(service_, nullptr, &request_, &taken_));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take_request(service_, &info_, nullptr, &taken_));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_request(service_, &info_, &request_, nullptr));
  EXPECT_RMW_FOREIGN(service_, rmw_take_request(service_, &info_, &request_, &taken_));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_send_response(nullptr, &info_.request_id, &response_));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_send_response(service_, nullptr, &response_));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_send_response(service_, &info_.request_id, nullptr));
  EXPECT_RMW_FOREIGN(service_, rmw_send_response(service_, &info_.request_id, &response_));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_response(nullptr, &info_, &response_, &taken_));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_response(client_, nullptr, &response_, &taken_));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_take_response(client_, &info_, nullptr, &taken_));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_take_response(client_, &info_, &response_, nullptr));
  EXPECT_RMW_FOREIGN(client_, rmw_take_response(client_, &info_, &response_, &taken_));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_service_server_is_available(node_, client_, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_service_server_is_available(nullptr, client_, &available));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_service_server_is_available(node_, nullptr, &available));
  EXPECT_RMW_FOREIGN(node_, rmw_service_server_is_available(node_, client_, &available));
  EXPECT_RMW_FOREIGN(client_, rmw_service_server_is_available(node_, client_, &available));
  const auto check_qos = [&qos](auto get, auto * endpoint, auto * nothing) {
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, get(nothing, &qos));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, get(endpoint, nullptr));
    EXPECT_RMW_FOREIGN(endpoint, get(endpoint, &qos));
    qos = rmw_qos_profile_unknown;
    EXPECT_RMW_OK(get(endpoint, &qos));
    EXPECT_EQ(RMW_QOS_POLICY_RELIABILITY_RELIABLE, qos.reliability);
  };
  const rmw_client_t * const no_client = nullptr;
  const rmw_service_t * const no_service = nullptr;
  check_qos(rmw_client_request_publisher_get_actual_qos, client_, no_client);
  check_qos(rmw_client_response_subscription_get_actual_qos, client_, no_client);
  check_qos(rmw_service_request_subscription_get_actual_qos, service_, no_service);
  check_qos(rmw_service_response_publisher_get_actual_qos, service_, no_service);
  rmw_gid_t gid{};
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_get_gid_for_client(nullptr, &gid));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_get_gid_for_client(client_, nullptr));
  EXPECT_RMW_FOREIGN(client_, rmw_get_gid_for_client(client_, &gid));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_destroy_client(nullptr, client_));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_destroy_service(nullptr, service_));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_destroy_client(node_, nullptr));
  EXPECT_RMW_FOREIGN(node_, rmw_destroy_client(node_, client_));
  EXPECT_RMW_FOREIGN(client_, rmw_destroy_client(node_, client_));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_destroy_service(node_, nullptr));
  EXPECT_RMW_FOREIGN(node_, rmw_destroy_service(node_, service_));
  EXPECT_RMW_FOREIGN(service_, rmw_destroy_service(node_, service_));
}

TEST_F(Service, a_request_tells_who_asked)
{
  rmw_gid_t gid{};
  int64_t id = 0;
  ASSERT_RMW_OK(rmw_get_gid_for_client(client_, &gid));
  ASSERT_RMW_OK(rmw_send_request(client_, &request_, &id));
  ASSERT_RMW_OK(rmw_take_request(service_, &info_, &request_, &taken_));
  ASSERT_TRUE(taken_);
  EXPECT_EQ(id, info_.request_id.sequence_number);
  EXPECT_EQ(
    0, memcmp(gid.data, info_.request_id.writer_guid, sizeof(info_.request_id.writer_guid)));
  EXPECT_GT(info_.source_timestamp, 0);
  EXPECT_GE(info_.received_timestamp, info_.source_timestamp);
}

TEST_F(Service, a_response_goes_to_the_client_that_asked)
{
  rmw_client_t * other = create_client();
  ASSERT_NE(nullptr, other) << rmw_get_error_string().str;
  bool available = false;
  ASSERT_RMW_OK(rmw_service_server_is_available(node_, client_, &available));
  ASSERT_TRUE(available);

  int64_t ids[] = {0, 0};
  for (int i = 0; i < 2; ++i) {
    request_.int32_value = 40 + i;
    ASSERT_RMW_OK(rmw_send_request(client_, &request_, &ids[i]));
  }
  EXPECT_NE(ids[0], ids[1]);
  for (int i = 0; i < 2; ++i) {
    ASSERT_RMW_OK(rmw_take_request(service_, &info_, &request_, &taken_));
    ASSERT_TRUE(taken_);
    EXPECT_EQ(ids[i], info_.request_id.sequence_number);
    EXPECT_LE(info_.source_timestamp, info_.received_timestamp);
    response_.int32_value = request_.int32_value + 2;
    ASSERT_RMW_OK(rmw_send_response(service_, &info_.request_id, &response_));
  }
  ASSERT_RMW_OK(rmw_take_request(service_, &info_, &request_, &taken_));
  EXPECT_FALSE(taken_);

  for (int i = 0; i < 2; ++i) {
    ASSERT_RMW_OK(rmw_take_response(client_, &info_, &response_, &taken_));
    ASSERT_TRUE(taken_);
    EXPECT_EQ(ids[i], info_.request_id.sequence_number);
    EXPECT_EQ(42 + i, response_.int32_value);
  }
  ASSERT_RMW_OK(rmw_take_response(other, &info_, &response_, &taken_));
  EXPECT_FALSE(taken_);
  EXPECT_RMW_OK(rmw_destroy_client(node_, other));
}

TEST_F(Service, a_response_to_a_client_that_is_gone_is_dropped)
{
  int64_t id = 0;
  ASSERT_RMW_OK(rmw_send_request(client_, &request_, &id));
  ASSERT_RMW_OK(rmw_take_request(service_, &info_, &request_, &taken_));
  ASSERT_TRUE(taken_);
  ASSERT_RMW_OK(rmw_destroy_client(node_, client_));
  client_ = nullptr;
  EXPECT_RMW_OK(rmw_send_response(service_, &info_.request_id, &response_));
}

TEST_F(Service, requests_in_flight_are_not_overwritten)
{
  constexpr int in_flight = 500;  // the depth of the QoS is 10
  int64_t id = 0;
  for (int i = 0; i < in_flight; ++i) {
    request_.int32_value = i;
    ASSERT_RMW_OK(rmw_send_request(client_, &request_, &id));
  }
  for (int i = 0; i < in_flight; ++i) {
    ASSERT_RMW_OK(rmw_take_request(service_, &info_, &request_, &taken_));
    ASSERT_TRUE(taken_) << "request " << i;
    ASSERT_EQ(i, request_.int32_value);
    response_.int32_value = i;
    ASSERT_RMW_OK(rmw_send_response(service_, &info_.request_id, &response_));
  }
  for (int i = 0; i < in_flight; ++i) {
    ASSERT_RMW_OK(rmw_take_response(client_, &info_, &response_, &taken_));
    ASSERT_TRUE(taken_) << "response " << i;
    ASSERT_EQ(i, response_.int32_value);
  }
}

TEST_F(Service, no_server_is_unavailable)
{
  rmw_client_t * client =
    rmw_create_client(node_, service_type(), "/nobody", &rmw_qos_profile_services_default);
  ASSERT_NE(nullptr, client);
  bool available = true;
  EXPECT_RMW_OK(rmw_service_server_is_available(node_, client, &available));
  EXPECT_FALSE(available);
  EXPECT_RMW_OK(rmw_destroy_client(node_, client));
}
