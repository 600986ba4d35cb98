// A child of fork() is refused, and what it tries does not reach its parent's memory.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <functional>

#include "fixtures.hpp"

class Fork : public NodeTest
{
protected:
  void SetUp() override
  {
    NodeTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    const rmw_publisher_options_t publishing = rmw_get_default_publisher_options();
    const rmw_subscription_options_t subscribing = rmw_get_default_subscription_options();
    const rmw_qos_profile_t qos = rmw_qos_profile_default;
    publisher_ = rmw_create_publisher(node_, basic_type(), "/topic", &qos, &publishing);
    subscription_ = rmw_create_subscription(node_, basic_type(), "/topic", &qos, &subscribing);
    ASSERT_NE(nullptr, publisher_) << rmw_get_error_string().str;
    ASSERT_NE(nullptr, subscription_) << rmw_get_error_string().str;
  }

  void TearDown() override
  {
    if (subscription_) {
      EXPECT_RMW_OK(rmw_destroy_subscription(node_, subscription_));
      EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher_));
    }
    NodeTest::TearDown();
  }

  void publish(int64_t value)
  {
    test_msgs__msg__BasicTypes message{};
    message.int64_value = value;
    ASSERT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
  }

  int64_t take()
  {
    test_msgs__msg__BasicTypes message{};
    bool taken = false;
    EXPECT_RMW_OK(rmw_take(subscription_, &message, &taken, nullptr));
    return taken ? message.int64_value : -1;
  }

  /// Status of a child that runs `body`: what it returns, or 128 and the signal that ended it.
  static int in_child(const std::function<int()> & body)
  {
    const pid_t child = fork();
    if (child == 0) {
      _exit(body());
    }
    int status = 0;
    EXPECT_EQ(child, waitpid(child, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  /// Whether a call in the child failed and said that the process was forked.
  static bool is_refused(rmw_ret_t ret)
  {
    const bool refused =
      ret == RMW_RET_ERROR && std::strstr(rmw_get_error_string().str, "forked") != nullptr;
    rmw_reset_error();
    return refused;
  }

  rmw_publisher_t * publisher_ = nullptr;
  rmw_subscription_t * subscription_ = nullptr;
};

TEST_F(Fork, child_is_refused_with_a_clear_error)
{
  publish(1);
  EXPECT_EQ(
    0, in_child([&] {
      test_msgs__msg__BasicTypes message{};
      bool taken = false;
      const rmw_publisher_options_t options = rmw_get_default_publisher_options();
      rmw_wait_set_t * const wait_set = rmw_create_wait_set(&context_, 1);
      if (!is_refused(rmw_publish(publisher_, &message, nullptr))) {
        return 1;
      }
      if (!is_refused(rmw_take(subscription_, &message, &taken, nullptr)) || taken) {
        return 2;
      }
      void * place = &message;
      rmw_message_sequence_t messages{&place, 0, 1, nullptr};
      rmw_message_info_t info{};
      rmw_message_info_sequence_t infos{&info, 0, 1, nullptr};
      size_t count = 0;
      if (!is_refused(rmw_take_sequence(subscription_, 1, &messages, &infos, &count, nullptr))) {
        return 6;
      }
      if (!is_refused(rmw_wait(nullptr, nullptr, nullptr, nullptr, nullptr, wait_set, nullptr))) {
        return 3;
      }
      if (
        rmw_create_publisher(node_, basic_type(), "/other", &rmw_qos_profile_default, &options) ||
        !is_refused(RMW_RET_ERROR)) {
        return 4;
      }
      void * loan = nullptr;
      return is_refused(rmw_borrow_loaned_message(publisher_, basic_type(), &loan)) ? 0 : 5;
    }));
  publish(2);
  EXPECT_EQ(1, take());
  EXPECT_EQ(2, take());
}

TEST_F(Fork, child_may_give_up_what_it_inherited_and_the_parent_goes_on)
{
  const rmw_event_callback_t nothing = [](const void *, size_t) {};
  ASSERT_RMW_OK(rmw_subscription_set_on_new_message_callback(subscription_, nothing, nullptr));
  EXPECT_EQ(0, in_child([&] {
              const bool ended = rmw_destroy_subscription(node_, subscription_) == RMW_RET_OK &&
                                 rmw_destroy_publisher(node_, publisher_) == RMW_RET_OK &&
                                 rmw_destroy_node(node_) == RMW_RET_OK &&
                                 rmw_shutdown(&context_) == RMW_RET_OK &&
                                 rmw_context_fini(&context_) == RMW_RET_OK;
              return ended ? 0 : 1;
            }));
  publish(3);
  EXPECT_EQ(3, take());
  size_t count = 0;
  ASSERT_RMW_OK(rmw_publisher_count_matched_subscriptions(publisher_, &count));
  EXPECT_EQ(1u, count);
}

TEST_F(Fork, child_does_not_have_its_parents_writable_memory)
{
  void * loan = nullptr;
  ASSERT_RMW_OK(rmw_borrow_loaned_message(publisher_, basic_type(), &loan));
  EXPECT_EQ(128 + SIGSEGV, in_child([&] {
              // A sanitizer's handler would end the child otherwise.
              (void)std::signal(SIGSEGV, SIG_DFL);
              static_cast<volatile test_msgs__msg__BasicTypes *>(loan)->int64_value = 666;
              return 0;
            }));
  EXPECT_RMW_OK(rmw_return_loaned_message_from_publisher(publisher_, loan));
}

TEST_F(Fork, child_may_join_by_itself)
{
  EXPECT_EQ(0, in_child([&] {
              rmw_context_t context = rmw_get_zero_initialized_context();
              if (rmw_init(&options_, &context) != RMW_RET_OK) {
                return 1;
              }
              rmw_node_t * const node = rmw_create_node(&context, "child", "/");
              if (!node) {
                return 2;
              }
              const rmw_publisher_options_t options = rmw_get_default_publisher_options();
              rmw_publisher_t * const publisher = rmw_create_publisher(
                node, basic_type(), "/topic", &rmw_qos_profile_default, &options);
              test_msgs__msg__BasicTypes message{};
              message.int64_value = 4;
              return publisher && rmw_publish(publisher, &message, nullptr) == RMW_RET_OK ? 0 : 3;
            }));
  EXPECT_EQ(4, take());
}
