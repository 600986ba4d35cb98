// On-new-data callbacks: each sample is announced once, those that came before the callback as well.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "fixtures.hpp"

/// Counts what a callback is told, for as long as a test waits for it.
class Announced
{
public:
  static void add(const void * self, size_t count)
  {
    auto & announced = *const_cast<Announced *>(static_cast<const Announced *>(self));
    const std::lock_guard<std::mutex> lock(announced.mutex_);
    announced.count_ += count;
    announced.changed_.notify_all();
  }

  /// Wait for `count` announcements; false after a generous time.
  bool reaches(size_t count)
  {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return count_ >= count; });
  }

  size_t count()
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    return count_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t count_ = 0;
};

class Callbacks : public PairTest
{
protected:
  void publish(int count)
  {
    test_msgs__msg__BasicTypes message{};
    for (int i = 0; i < count; ++i) {
      ASSERT_RMW_OK(rmw_publish(publisher_, &message, nullptr));
    }
  }

  bool take()
  {
    test_msgs__msg__BasicTypes message{};
    bool taken = false;
    EXPECT_RMW_OK(rmw_take(subscription_, &message, &taken, nullptr));
    return taken;
  }

  void set(Announced & announced)
  {
    ASSERT_RMW_OK(
      rmw_subscription_set_on_new_message_callback(subscription_, Announced::add, &announced));
  }

  void unset()
  {
    ASSERT_RMW_OK(rmw_subscription_set_on_new_message_callback(subscription_, nullptr, nullptr));
  }
};

TEST_F(Callbacks, arguments_are_checked)
{
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_subscription_set_on_new_message_callback(nullptr, Announced::add, nullptr));
  EXPECT_RMW_FOREIGN(
    subscription_,
    rmw_subscription_set_on_new_message_callback(subscription_, Announced::add, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_service_set_on_new_request_callback(nullptr, Announced::add, nullptr));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_client_set_on_new_response_callback(nullptr, Announced::add, nullptr));
}

TEST_F(Callbacks, announce_each_message_once)
{
  Announced announced;
  set(announced);
  EXPECT_EQ(0u, announced.count());
  publish(3);
  EXPECT_TRUE(announced.reaches(3));
  publish(2);
  EXPECT_TRUE(announced.reaches(5));
  EXPECT_EQ(5u, announced.count());
  unset();
}

TEST_F(Callbacks, announce_what_came_before_them)
{
  Announced announced;
  publish(4);
  EXPECT_TRUE(take());
  set(announced);
  EXPECT_EQ(3u, announced.count()) << "counted before the call returns";
  publish(1);
  EXPECT_TRUE(announced.reaches(4));
  EXPECT_EQ(4u, announced.count());
  unset();
}

TEST_F(Callbacks, are_not_called_once_they_are_unset)
{
  Announced first;
  Announced second;
  set(first);
  publish(1);
  EXPECT_TRUE(first.reaches(1));
  unset();
  publish(2);
  // Another subscription's callback shows that the thread came by.
  rmw_subscription_t * const other = subscribe();
  ASSERT_NE(nullptr, other);
  ASSERT_RMW_OK(rmw_subscription_set_on_new_message_callback(other, Announced::add, &second));
  publish(1);
  EXPECT_TRUE(second.reaches(1));
  EXPECT_EQ(1u, first.count());
  ASSERT_RMW_OK(rmw_destroy_subscription(node_, other));
}

TEST_F(Callbacks, are_replaced_by_others)
{
  Announced first;
  Announced second;
  set(first);
  publish(2);
  EXPECT_TRUE(first.reaches(2));
  set(second);
  EXPECT_EQ(2u, second.count()) << "what was not taken is announced to the new one";
  publish(1);
  EXPECT_TRUE(second.reaches(3));
  EXPECT_EQ(2u, first.count());
}

TEST_F(Callbacks, survive_that_their_subscription_comes_and_goes_under_load)
{
  std::atomic<bool> stop{false};
  std::thread load([&] {
    while (!stop) {
      publish(1);
    }
  });
  for (int i = 0; i < 200; ++i) {
    Announced announced;
    rmw_subscription_t * const other = subscribe();
    ASSERT_NE(nullptr, other);
    ASSERT_RMW_OK(rmw_subscription_set_on_new_message_callback(other, Announced::add, &announced));
    EXPECT_TRUE(announced.reaches(1));
    ASSERT_RMW_OK(rmw_destroy_subscription(node_, other));
  }
  stop = true;
  load.join();
}

TEST_F(Callbacks, may_change_callbacks_themselves)
{
  struct Nested
  {
    rmw_subscription_t * other;
    Announced * announced;
    Announced own;
  };
  Announced announced;
  rmw_subscription_t * const other = subscribe();
  ASSERT_NE(nullptr, other);
  Nested nested{other, &announced, {}};
  const auto callback = [](const void * data, size_t count) {
    auto & self = *const_cast<Nested *>(static_cast<const Nested *>(data));
    EXPECT_EQ(
      RMW_RET_OK,
      rmw_subscription_set_on_new_message_callback(self.other, Announced::add, self.announced));
    Announced::add(&self.own, count);
  };
  publish(1);
  // Once from this thread, for the message that is there, and once from the callbacks' thread.
  ASSERT_RMW_OK(rmw_subscription_set_on_new_message_callback(subscription_, callback, &nested));
  EXPECT_EQ(1u, announced.count());
  publish(1);
  EXPECT_TRUE(nested.own.reaches(2));
  EXPECT_TRUE(announced.reaches(2));
  ASSERT_RMW_OK(rmw_destroy_subscription(node_, other));
  unset();
}

/// A callback that stays in it until it is let go.
class Lingering
{
public:
  static void run(const void * self, size_t)
  {
    auto & lingering = *const_cast<Lingering *>(static_cast<const Lingering *>(self));
    lingering.entered_.set_value();
    lingering.let_go_.get_future().wait();
    lingering.is_over = true;
  }

  bool is_entered()
  {
    return entered_.get_future().wait_for(patience) == std::future_status::ready;
  }
  void let_go() { let_go_.set_value(); }

  static constexpr std::chrono::seconds patience{20};
  std::atomic<bool> is_over{false};

private:
  std::promise<void> entered_;
  std::promise<void> let_go_;
};

TEST_F(Callbacks, hold_up_nobody_who_changes_those_of_others)
{
  Lingering lingering;
  Announced announced;
  rmw_subscription_t * const other = subscribe();
  ASSERT_NE(nullptr, other);
  ASSERT_RMW_OK(
    rmw_subscription_set_on_new_message_callback(subscription_, Lingering::run, &lingering));
  publish(1);
  ASSERT_TRUE(lingering.is_entered());
  // The callback may wait for a lock that its user holds while it does this.
  auto changes = std::async(std::launch::async, [&] {
    EXPECT_RMW_OK(rmw_subscription_set_on_new_message_callback(other, Announced::add, &announced));
    EXPECT_EQ(1u, announced.count());
    EXPECT_RMW_OK(rmw_subscription_set_on_new_message_callback(other, nullptr, nullptr));
    EXPECT_RMW_OK(rmw_destroy_subscription(node_, other));
  });
  EXPECT_EQ(std::future_status::ready, changes.wait_for(std::chrono::seconds(5)));
  lingering.let_go();
  changes.get();
  unset();
}

TEST_F(Callbacks, are_over_when_they_are_replaced)
{
  Lingering lingering;
  Announced announced;
  ASSERT_RMW_OK(
    rmw_subscription_set_on_new_message_callback(subscription_, Lingering::run, &lingering));
  publish(1);
  ASSERT_TRUE(lingering.is_entered());
  auto change = std::async(std::launch::async, [&] {
    set(announced);
    EXPECT_TRUE(lingering.is_over);
  });
  EXPECT_EQ(std::future_status::timeout, change.wait_for(std::chrono::milliseconds(50)));
  lingering.let_go();
  change.get();
  EXPECT_EQ(1u, announced.count());
  publish(1);
  EXPECT_TRUE(announced.reaches(2));
  unset();
}

TEST_F(Callbacks, are_over_when_they_are_replaced_before_what_was_there_is_announced)
{
  Lingering lingering;
  Announced announced;
  publish(1);
  auto first = std::async(std::launch::async, [&] {
    EXPECT_RMW_OK(
      rmw_subscription_set_on_new_message_callback(subscription_, Lingering::run, &lingering));
  });
  ASSERT_TRUE(lingering.is_entered());
  auto second = std::async(std::launch::async, [&] {
    set(announced);
    EXPECT_TRUE(lingering.is_over);
  });
  EXPECT_EQ(std::future_status::timeout, second.wait_for(std::chrono::milliseconds(50)));
  lingering.let_go();
  first.get();
  second.get();
  publish(1);
  EXPECT_TRUE(announced.reaches(2));
  EXPECT_EQ(2u, announced.count());
  unset();
}

TEST_F(Callbacks, may_end_themselves)
{
  struct Once
  {
    rmw_subscription_t * subscription;
    Announced announced;
  };
  const auto callback = [](const void * data, size_t count) {
    auto & self = *const_cast<Once *>(static_cast<const Once *>(data));
    EXPECT_EQ(
      RMW_RET_OK,
      rmw_subscription_set_on_new_message_callback(self.subscription, nullptr, nullptr));
    Announced::add(&self.announced, count);
  };
  Announced other;
  Once early{subscription_, {}};
  Once late{subscription_, {}};
  publish(1);
  ASSERT_RMW_OK(rmw_subscription_set_on_new_message_callback(subscription_, callback, &early));
  EXPECT_EQ(1u, early.announced.count()) << "for what was there";
  publish(1);
  EXPECT_TRUE(take());
  EXPECT_TRUE(take());
  ASSERT_RMW_OK(rmw_subscription_set_on_new_message_callback(subscription_, callback, &late));
  publish(1);
  EXPECT_TRUE(late.announced.reaches(1)) << "on the callbacks' thread";
  publish(1);
  set(other);
  publish(1);
  EXPECT_TRUE(other.reaches(3));
  EXPECT_EQ(1u, early.announced.count());
  EXPECT_EQ(1u, late.announced.count());
  unset();
}

TEST_F(Callbacks, announce_requests_and_responses_those_before_included)
{
  const rmw_qos_profile_t qos = rmw_qos_profile_services_default;
  rmw_service_t * const service = rmw_create_service(node_, service_type(), "/service", &qos);
  rmw_client_t * const client = rmw_create_client(node_, service_type(), "/service", &qos);
  ASSERT_NE(nullptr, service);
  ASSERT_NE(nullptr, client);
  Announced requests;
  Announced responses;
  EXPECT_RMW_FOREIGN(
    service, rmw_service_set_on_new_request_callback(service, Announced::add, &requests));
  EXPECT_RMW_FOREIGN(
    client, rmw_client_set_on_new_response_callback(client, Announced::add, &responses));
  Request request;
  Response response;
  const auto ask = [&](int count) {
    for (int i = 0; i < count; ++i) {
      int64_t sequence = 0;
      ASSERT_RMW_OK(rmw_send_request(client, &request, &sequence));
    }
  };
  const auto answer = [&](int count) {
    for (int i = 0; i < count; ++i) {
      rmw_service_info_t info{};
      bool taken = false;
      ASSERT_RMW_OK(rmw_take_request(service, &info, &request, &taken));
      ASSERT_TRUE(taken);
      ASSERT_RMW_OK(rmw_send_response(service, &info.request_id, &response));
    }
  };
  ask(3);
  ASSERT_RMW_OK(rmw_service_set_on_new_request_callback(service, Announced::add, &requests));
  EXPECT_EQ(3U, requests.count()) << "counted before the call returns";
  ask(2);
  EXPECT_TRUE(requests.reaches(5));
  answer(4);
  ASSERT_RMW_OK(rmw_client_set_on_new_response_callback(client, Announced::add, &responses));
  EXPECT_EQ(4U, responses.count()) << "counted before the call returns";
  answer(1);
  EXPECT_TRUE(responses.reaches(5));
  ASSERT_RMW_OK(rmw_service_set_on_new_request_callback(service, nullptr, nullptr));
  ASSERT_RMW_OK(rmw_client_set_on_new_response_callback(client, nullptr, nullptr));
  ask(1);
  answer(1);
  EXPECT_EQ(5U, requests.count());
  EXPECT_EQ(5U, responses.count());
  EXPECT_RMW_OK(rmw_destroy_client(node_, client));
  EXPECT_RMW_OK(rmw_destroy_service(node_, service));
}
