#include "session.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>
#include <stdexcept>

#include "measure.hpp"
#include "rcutils/allocator.h"
#include "rcutils/strdup.h"
#include "rmw/error_handling.h"

namespace bench
{

namespace
{

size_t domain_id()
{
  const char * const text = std::getenv("ROS_DOMAIN_ID");
  return text ? std::stoul(text) : 0;
}

void poll_until(const Limit & limit, const char * what, const std::function<bool()> & condition)
{
  while (!condition()) {
    limit.check(what);
    pause_for(0.001);
  }
}

rmw_time_t duration(double seconds)
{
  const auto whole = static_cast<uint64_t>(seconds);
  return {whole, static_cast<uint64_t>((seconds - static_cast<double>(whole)) * 1e9)};
}

}  // namespace

Limit::Limit(double seconds) : end_(now() + static_cast<int64_t>(seconds * 1e9)) {}

void Limit::check(const char * what) const
{
  if (now() > end_) {
    throw std::runtime_error(std::string("time limit: ") + what);
  }
}

Session::Session(const Options & options, const char * node_name)
: rmw_(options.rmw), limit_(options.limit)
{
  check(rmw_.init_options_init(&options_, rcutils_get_default_allocator()), "init options");
  options_.enclave = rcutils_strdup("/", rcutils_get_default_allocator());
  options_.domain_id = domain_id();
  check(rmw_.init(&options_, &context_), "init");
  node_ = check(rmw_.create_node(&context_, node_name, "/"), "node");
}

Session::~Session()
{
  ignore(rmw_.destroy_node(node_));
  ignore(rmw_.shutdown(&context_));
  ignore(rmw_.context_fini(&context_));
  ignore(rmw_.init_options_fini(&options_));
}

rmw_qos_profile_t qos_of(const Options & options)
{
  rmw_qos_profile_t qos = rmw_qos_profile_default;
  qos.reliability = RMW_QOS_POLICY_RELIABILITY_RELIABLE;
  qos.history =
    options.keep_all ? RMW_QOS_POLICY_HISTORY_KEEP_ALL : RMW_QOS_POLICY_HISTORY_KEEP_LAST;
  qos.depth = options.depth;
  return qos;
}

Publisher::Publisher(
  Session & session, const rosidl_message_type_support_t * type, const std::string & topic,
  const rmw_qos_profile_t & qos)
: session_(&session)
{
  const rmw_publisher_options_t options = rmw_get_default_publisher_options();
  handle_ = check(
    rmw().create_publisher(session.node(), type, ("/" + topic).c_str(), &qos, &options),
    "publisher");
}

Publisher::~Publisher() { ignore(rmw().destroy_publisher(session_->node(), handle_)); }

size_t Publisher::matched()
{
  size_t count = 0;
  check(rmw().publisher_count_matched_subscriptions(handle_, &count), "count");
  return count;
}

void Publisher::wait_matched(size_t count)
{
  poll_until(session_->limit(), "no subscription was matched", [&] { return matched() >= count; });
}

void Publisher::wait_acked()
{
  rmw_ret_t ret;
  while ((ret = rmw().publisher_wait_for_all_acked(handle_, duration(0.5))) == RMW_RET_TIMEOUT) {
    rmw_reset_error();
    session_->limit().check("not everything was acknowledged");
    if (matched() == 0) {
      return;
    }
  }
  check(ret, "acknowledgement");
}

Subscription::Subscription(
  Session & session, const rosidl_message_type_support_t * type, const std::string & topic,
  const rmw_qos_profile_t & qos)
: session_(&session)
{
  const rmw_subscription_options_t options = rmw_get_default_subscription_options();
  handle_ = check(
    rmw().create_subscription(session.node(), type, ("/" + topic).c_str(), &qos, &options),
    "subscription");
}

Subscription::~Subscription() { ignore(rmw().destroy_subscription(session_->node(), handle_)); }

size_t Subscription::matched()
{
  size_t count = 0;
  check(rmw().subscription_count_matched_publishers(handle_, &count), "count");
  return count;
}

void Subscription::wait_matched(size_t count)
{
  poll_until(session_->limit(), "no publisher was matched", [&] { return matched() >= count; });
}

WaitSet::WaitSet(Session & session, const std::vector<Subscription *> & subscriptions, bool guarded)
: session_(&session)
{
  for (Subscription * subscription : subscriptions) {
    all_.push_back(subscription->handle()->data);
  }
  array_ = all_;
  if (guarded) {
    guard_ = check(session.rmw().create_guard_condition(session.context()), "guard condition");
  }
  handle_ = check(
    session.rmw().create_wait_set(session.context(), all_.size() + (guarded ? 1 : 0)), "wait set");
}

WaitSet::~WaitSet()
{
  ignore(session_->rmw().destroy_wait_set(handle_));
  if (guard_) {
    ignore(session_->rmw().destroy_guard_condition(guard_));
  }
}

bool WaitSet::wait(double seconds)
{
  array_ = all_;
  void * guard = guard_ ? guard_->data : nullptr;
  rmw_subscriptions_t subscriptions{array_.size(), array_.data()};
  rmw_guard_conditions_t guards{guard_ ? size_t{1} : size_t{0}, &guard};
  rmw_services_t services{0, nullptr};
  rmw_clients_t clients{0, nullptr};
  rmw_events_t events{0, nullptr};
  const rmw_time_t timeout = duration(seconds);
  const rmw_ret_t ret =
    session_->rmw().wait(&subscriptions, &guards, &services, &clients, &events, handle_, &timeout);
  if (ret == RMW_RET_TIMEOUT) {
    rmw_reset_error();
    return false;
  }
  check(ret, "wait");
  return true;
}

void WaitSet::trigger() { check(session_->rmw().trigger_guard_condition(guard_), "trigger"); }

void pass_gate(const Options & options)
{
  say("matched");
  if (options.gate) {
    std::string line;
    std::getline(std::cin, line);
  }
}

void say(const char * word)
{
  (void)std::printf("%s\n", word);
  (void)std::fflush(stdout);
}

void pause_for(double seconds)
{
  const double whole = std::floor(seconds);
  const timespec time{static_cast<time_t>(whole), static_cast<long>((seconds - whole) * 1e9)};
  nanosleep(&time, nullptr);
}

void wait_for_end()
{
  std::string line;
  while (std::getline(std::cin, line)) {
  }
}

}  // namespace bench
