// What the tests of the rmw API start from: a context, a node in it, messages of test_msgs.
#ifndef FIXTURES_HPP_
#define FIXTURES_HPP_

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "rcutils/allocator.h"
#include "rcutils/strdup.h"
#include "rmw/error_handling.h"
#include "rmw/rmw.h"
#include "test_msgs/msg/basic_types.h"
#include "test_msgs/msg/strings.h"
#include "test_msgs/srv/basic_types.h"

/// The call failed with this code and said why; the error is cleared.
#define EXPECT_RMW_ERROR(code, call)              \
  do {                                            \
    EXPECT_EQ(code, call);                        \
    EXPECT_TRUE(rmw_error_is_set()) << "no text"; \
    rmw_reset_error();                            \
  } while (false)

/// The call returned no handle and said why; the error is cleared.
#define EXPECT_RMW_NULL(call)                     \
  do {                                            \
    EXPECT_EQ(nullptr, call);                     \
    EXPECT_TRUE(rmw_error_is_set()) << "no text"; \
    rmw_reset_error();                            \
  } while (false)

#define ASSERT_RMW_OK(call) ASSERT_EQ(RMW_RET_OK, call) << rmw_get_error_string().str
#define EXPECT_RMW_OK(call) EXPECT_EQ(RMW_RET_OK, call) << rmw_get_error_string().str

/// A message that is initialized, and finalized at the end of its scope.
template <typename Message, bool (*initialize)(Message *), void (*finalize)(Message *)>
class Initialized : public Message
{
public:
  Initialized() : Message() { EXPECT_TRUE(initialize(this)) << "no memory for a message"; }
  ~Initialized() { finalize(this); }
  Initialized(const Initialized &) = delete;
  Initialized & operator=(const Initialized &) = delete;
};

using StringsMessage = Initialized<
  test_msgs__msg__Strings, test_msgs__msg__Strings__init, test_msgs__msg__Strings__fini>;
using Request = Initialized<
  test_msgs__srv__BasicTypes_Request, test_msgs__srv__BasicTypes_Request__init,
  test_msgs__srv__BasicTypes_Request__fini>;
using Response = Initialized<
  test_msgs__srv__BasicTypes_Response, test_msgs__srv__BasicTypes_Response__init,
  test_msgs__srv__BasicTypes_Response__fini>;

/// Puts a foreign identifier into a handle for as long as it lives.
template <typename Handle>
class ForeignHandle
{
public:
  explicit ForeignHandle(Handle * handle)
  : handle_(handle), identifier_(handle->implementation_identifier)
  {
    handle_->implementation_identifier = "not-an-rmw-implementation";
  }
  ~ForeignHandle() { handle_->implementation_identifier = identifier_; }
  ForeignHandle(const ForeignHandle &) = delete;
  ForeignHandle & operator=(const ForeignHandle &) = delete;

private:
  Handle * handle_;
  const char * identifier_;
};

/// The call fails with RMW_RET_INCORRECT_RMW_IMPLEMENTATION while the handle is a foreign one.
#define EXPECT_RMW_FOREIGN(handle, call)                          \
  do {                                                            \
    auto * changed = handle;                                      \
    const ForeignHandle foreign(changed);                         \
    EXPECT_RMW_ERROR(RMW_RET_INCORRECT_RMW_IMPLEMENTATION, call); \
  } while (false)

/// Init options that a test may change before rmw_init().
class OptionsTest : public testing::Test
{
protected:
  void SetUp() override
  {
    // The daemon of whoever runs the test is not to be disturbed.
    if (!std::getenv("PLIB_SOCKET")) {
      GTEST_SKIP() << "PLIB_SOCKET names no plibd for tests";
    }
    ASSERT_RMW_OK(rmw_init_options_init(&options_, rcutils_get_default_allocator()));
    options_.enclave = rcutils_strdup("/", rcutils_get_default_allocator());
  }

  void TearDown() override
  {
    if (options_.implementation_identifier) {
      EXPECT_RMW_OK(rmw_init_options_fini(&options_));
    }
  }

  rmw_init_options_t options_ = rmw_get_zero_initialized_init_options();
};

class ContextTest : public OptionsTest
{
protected:
  void SetUp() override
  {
    OptionsTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    ASSERT_RMW_OK(rmw_init(&options_, &context_));
  }

  void TearDown() override
  {
    if (context_.impl) {
      EXPECT_RMW_OK(rmw_shutdown(&context_));
      EXPECT_RMW_OK(rmw_context_fini(&context_));
    }
    OptionsTest::TearDown();
  }

  rmw_context_t context_ = rmw_get_zero_initialized_context();
};

class NodeTest : public ContextTest
{
protected:
  void SetUp() override
  {
    ContextTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    node_ = rmw_create_node(&context_, "node", "/space");
    ASSERT_NE(nullptr, node_) << rmw_get_error_string().str;
  }

  void TearDown() override
  {
    if (node_) {
      EXPECT_RMW_OK(rmw_destroy_node(node_));
    }
    ContextTest::TearDown();
  }

  rmw_node_t * node_ = nullptr;
};

inline const rosidl_message_type_support_t * strings_type()
{
  return ROSIDL_GET_MSG_TYPE_SUPPORT(test_msgs, msg, Strings);
}

inline const rosidl_message_type_support_t * basic_type()
{
  return ROSIDL_GET_MSG_TYPE_SUPPORT(test_msgs, msg, BasicTypes);
}

inline const rosidl_service_type_support_t * service_type()
{
  return ROSIDL_GET_SRV_TYPE_SUPPORT(test_msgs, srv, BasicTypes);
}

/// A publisher and a subscription of /topic, of messages of fixed size.
class PairTest : public NodeTest
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
      rmw_create_publisher(node_, basic_type(), "/topic", &rmw_qos_profile_default, &options);
    ASSERT_NE(nullptr, publisher_) << rmw_get_error_string().str;
    subscription_ = subscribe();
    ASSERT_NE(nullptr, subscription_) << rmw_get_error_string().str;
  }

  void TearDown() override
  {
    if (subscription_) {
      EXPECT_RMW_OK(rmw_destroy_subscription(node_, subscription_));
    }
    if (publisher_) {
      EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher_));
    }
    NodeTest::TearDown();
  }

  rmw_subscription_t * subscribe()
  {
    const rmw_subscription_options_t options = rmw_get_default_subscription_options();
    return rmw_create_subscription(
      node_, basic_type(), "/topic", &rmw_qos_profile_default, &options);
  }

  rmw_publisher_t * publisher_ = nullptr;
  rmw_subscription_t * subscription_ = nullptr;
};

/// The same, and a client and a service of one name.
class ServicePairTest : public PairTest
{
protected:
  explicit ServicePairTest(const char * name = "/service") : name_(name) {}

  void SetUp() override
  {
    PairTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    const rmw_qos_profile_t & qos = rmw_qos_profile_services_default;
    service_ = rmw_create_service(node_, service_type(), name_, &qos);
    client_ = rmw_create_client(node_, service_type(), name_, &qos);
    ASSERT_TRUE(service_ && client_) << rmw_get_error_string().str;
  }

  void TearDown() override
  {
    if (client_) {
      EXPECT_RMW_OK(rmw_destroy_client(node_, client_));
    }
    if (service_) {
      EXPECT_RMW_OK(rmw_destroy_service(node_, service_));
    }
    PairTest::TearDown();
  }

  rmw_service_t * service_ = nullptr;
  rmw_client_t * client_ = nullptr;

private:
  const char * name_;
};

inline rmw_qos_profile_t keep_last(size_t depth)
{
  rmw_qos_profile_t qos = rmw_qos_profile_default;
  qos.depth = depth;
  return qos;
}

#endif  // FIXTURES_HPP_
