// The trace points of tracetools are passed as the other RMWs pass them: this program defines them itself.
#include <array>
#include <cstring>
#include <vector>

#include "fixtures.hpp"
#include "rmw/serialized_message.h"

namespace
{

/// A trace point that was passed, with those of its arguments that it has.
struct Passed
{
  std::string name;
  const void * handle;
  const void * message = nullptr;
  std::vector<uint8_t> gid{};
  int64_t sequence = 0;
  int64_t timestamp = 0;
  bool taken = false;
};

std::vector<Passed> passed;

std::vector<uint8_t> gid_at(const uint8_t * gid) { return {gid, gid + RMW_GID_STORAGE_SIZE}; }

/// The trace points that were passed since the last call.
std::vector<Passed> take_passed() { return std::exchange(passed, {}); }

/// The only one.
Passed take_only()
{
  const std::vector<Passed> all = take_passed();
  EXPECT_EQ(1U, all.size());
  return all.empty() ? Passed{"none", nullptr} : all.front();
}

}  // namespace

extern "C" {
void ros_trace_rmw_publisher_init(const void * publisher, const uint8_t * gid)
{
  passed.push_back({"publisher_init", publisher, nullptr, gid_at(gid)});
}

void ros_trace_rmw_subscription_init(const void * subscription, const uint8_t * gid)
{
  passed.push_back({"subscription_init", subscription, nullptr, gid_at(gid)});
}

void ros_trace_rmw_client_init(const void * client, const uint8_t * gid)
{
  passed.push_back({"client_init", client, nullptr, gid_at(gid)});
}

void ros_trace_rmw_publish(const void * publisher, const void * message, int64_t timestamp)
{
  passed.push_back({"publish", publisher, message, {}, 0, timestamp});
}

void ros_trace_rmw_take(
  const void * subscription, const void * message, int64_t source_timestamp, bool taken)
{
  passed.push_back({"take", subscription, message, {}, 0, source_timestamp, taken});
}

void ros_trace_rmw_send_request(const void * client, const void * request, int64_t sequence)
{
  passed.push_back({"send_request", client, request, {}, sequence});
}

void ros_trace_rmw_take_request(
  const void * service, const void * request, const uint8_t * gid, int64_t sequence, bool taken)
{
  passed.push_back({"take_request", service, request, gid_at(gid), sequence, 0, taken});
}

void ros_trace_rmw_send_response(
  const void * service, const void * response, const uint8_t * gid, int64_t sequence,
  int64_t timestamp)
{
  passed.push_back({"send_response", service, response, gid_at(gid), sequence, timestamp});
}

void ros_trace_rmw_take_response(
  const void * client, const void * response, int64_t sequence, int64_t timestamp, bool taken)
{
  passed.push_back({"take_response", client, response, {}, sequence, timestamp, taken});
}
}

class TracePoints : public PairTest
{
protected:
  void SetUp() override
  {
    (void)take_passed();
    PairTest::SetUp();
  }
};

TEST_F(TracePoints, creation_tells_the_gid)
{
  const std::vector<Passed> created = take_passed();
  ASSERT_EQ(2U, created.size());
  rmw_gid_t gid{};
  ASSERT_RMW_OK(rmw_get_gid_for_publisher(publisher_, &gid));
  EXPECT_EQ("publisher_init", created[0].name);
  EXPECT_EQ(publisher_, created[0].handle);
  EXPECT_EQ(gid_at(gid.data), created[0].gid);
  EXPECT_EQ("subscription_init", created[1].name);
  EXPECT_EQ(subscription_, created[1].handle);
}

TEST_F(TracePoints, publish_and_take_tell_the_message_and_its_source_timestamp)
{
  (void)take_passed();
  test_msgs__msg__BasicTypes message{};
  ASSERT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
  const Passed publish = take_only();
  EXPECT_EQ("publish", publish.name);
  EXPECT_EQ(publisher_, publish.handle);
  EXPECT_EQ(&message, publish.message);
  bool taken = false;
  test_msgs__msg__BasicTypes received{};
  rmw_message_info_t info{};
  ASSERT_RMW_OK(rmw_take_with_info(subscription_, &received, &taken, &info, nullptr));
  ASSERT_TRUE(taken);
  const Passed take = take_only();
  EXPECT_EQ("take", take.name);
  EXPECT_EQ(subscription_, take.handle);
  EXPECT_EQ(&received, take.message);
  EXPECT_TRUE(take.taken);
  EXPECT_EQ(publish.timestamp, take.timestamp);
  EXPECT_EQ(info.source_timestamp, take.timestamp);
}

TEST_F(TracePoints, a_take_that_finds_nothing_tells_so)
{
  (void)take_passed();
  bool taken = true;
  test_msgs__msg__BasicTypes received{};
  ASSERT_RMW_OK(rmw_take(subscription_, &received, &taken, nullptr));
  const Passed take = take_only();
  EXPECT_EQ("take", take.name);
  EXPECT_EQ(&received, take.message);
  EXPECT_FALSE(take.taken);
  EXPECT_EQ(0, take.timestamp);
}

TEST_F(TracePoints, serialized_and_loaned_messages_are_told_as_well)
{
  (void)take_passed();
  void * lent = nullptr;
  ASSERT_RMW_OK(rmw_borrow_loaned_message(publisher_, basic_type(), &lent));
  ASSERT_RMW_OK(rmw_publish_loaned_message(publisher_, lent, nullptr));
  EXPECT_EQ(lent, take_only().message);
  bool taken = false;
  rmw_serialized_message_t bytes = rmw_get_zero_initialized_serialized_message();
  const rcutils_allocator_t allocator = rcutils_get_default_allocator();
  ASSERT_RMW_OK(rmw_serialized_message_init(&bytes, 0, &allocator));
  ASSERT_RMW_OK(rmw_take_serialized_message(subscription_, &bytes, &taken, nullptr));
  ASSERT_TRUE(taken);
  EXPECT_EQ(&bytes, take_only().message);
  ASSERT_RMW_OK(rmw_publish_serialized_message(publisher_, &bytes, nullptr));
  EXPECT_EQ(&bytes, take_only().message);
  EXPECT_RMW_OK(rmw_serialized_message_fini(&bytes));
  void * received = nullptr;
  ASSERT_RMW_OK(rmw_take_loaned_message(subscription_, &received, &taken, nullptr));
  const Passed take = take_only();
  EXPECT_TRUE(take.taken);
  EXPECT_EQ(received, take.message);
  EXPECT_RMW_OK(rmw_return_loaned_message_from_subscription(subscription_, received));
}

TEST_F(TracePoints, a_request_and_its_response_tell_the_client_and_their_number)
{
  (void)take_passed();
  const rmw_qos_profile_t & qos = rmw_qos_profile_services_default;
  rmw_service_t * const service = rmw_create_service(node_, service_type(), "/service", &qos);
  ASSERT_NE(nullptr, service);
  rmw_client_t * const client = rmw_create_client(node_, service_type(), "/service", &qos);
  ASSERT_NE(nullptr, client);
  const Passed created = take_only();
  EXPECT_EQ("client_init", created.name);
  EXPECT_EQ(client, created.handle);

  Request request;
  Response response;
  rmw_service_info_t info{};
  bool taken = false;
  ASSERT_RMW_OK(rmw_take_request(service, &info, &request, &taken));
  const Passed nothing = take_only();
  EXPECT_EQ("take_request", nothing.name);
  EXPECT_FALSE(nothing.taken);

  int64_t number = 0;
  ASSERT_RMW_OK(rmw_send_request(client, &request, &number));
  const Passed sent = take_only();
  EXPECT_EQ("send_request", sent.name);
  EXPECT_EQ(&request, sent.message);
  EXPECT_EQ(number, sent.sequence);
  ASSERT_RMW_OK(rmw_take_request(service, &info, &request, &taken));
  ASSERT_TRUE(taken);
  const Passed received = take_only();
  EXPECT_TRUE(received.taken);
  EXPECT_EQ(service, received.handle);
  EXPECT_EQ(created.gid, received.gid) << "the client's GID names it everywhere";
  EXPECT_EQ(number, received.sequence);
  ASSERT_RMW_OK(rmw_send_response(service, &info.request_id, &response));
  const Passed answered = take_only();
  EXPECT_EQ("send_response", answered.name);
  EXPECT_EQ(created.gid, answered.gid);
  EXPECT_EQ(number, answered.sequence);
  ASSERT_RMW_OK(rmw_take_response(client, &info, &response, &taken));
  ASSERT_TRUE(taken);
  const Passed done = take_only();
  EXPECT_EQ("take_response", done.name);
  EXPECT_EQ(client, done.handle);
  EXPECT_EQ(number, done.sequence);
  EXPECT_EQ(answered.timestamp, done.timestamp);
  ASSERT_RMW_OK(rmw_take_response(client, &info, &response, &taken));
  EXPECT_FALSE(take_only().taken);

  EXPECT_RMW_OK(rmw_destroy_client(node_, client));
  EXPECT_RMW_OK(rmw_destroy_service(node_, service));
}
