#ifndef SESSION_HPP_
#define SESSION_HPP_

#include <string>
#include <vector>

#include "options.hpp"
#include "rmw_library.hpp"

namespace bench
{

/// The process's time limit: whatever waits asks it, so that a peer that died ends the run.
class Limit
{
public:
  explicit Limit(double seconds);

  /// Throws std::runtime_error when the time has passed.
  void check(const char * what) const;

private:
  int64_t end_;
};

/// A context with a node.
class Session
{
public:
  Session(const Options & options, const char * node_name);
  ~Session();
  Session(const Session &) = delete;
  Session & operator=(const Session &) = delete;

  const RmwLibrary & rmw() const { return rmw_; }
  rmw_context_t * context() { return &context_; }
  rmw_node_t * node() { return node_; }
  const Limit & limit() const { return limit_; }

private:
  RmwLibrary rmw_;
  Limit limit_;
  rmw_init_options_t options_ = rmw_get_zero_initialized_init_options();
  rmw_context_t context_ = rmw_get_zero_initialized_context();
  rmw_node_t * node_ = nullptr;
};

rmw_qos_profile_t qos_of(const Options & options);

class Publisher
{
public:
  Publisher(
    Session & session, const rosidl_message_type_support_t * type, const std::string & topic,
    const rmw_qos_profile_t & qos);
  ~Publisher();
  Publisher(const Publisher &) = delete;
  Publisher & operator=(const Publisher &) = delete;

  const RmwLibrary & rmw() const { return session_->rmw(); }
  rmw_publisher_t * handle() { return handle_; }

  size_t matched();

  /// Look every ms until so many subscriptions are matched.
  void wait_matched(size_t count);

  /// Wait until everything has arrived, or the peer has gone.
  void wait_acked();

private:
  Session * session_;
  rmw_publisher_t * handle_;
};

class Subscription
{
public:
  Subscription(
    Session & session, const rosidl_message_type_support_t * type, const std::string & topic,
    const rmw_qos_profile_t & qos);
  ~Subscription();
  Subscription(const Subscription &) = delete;
  Subscription & operator=(const Subscription &) = delete;

  const RmwLibrary & rmw() const { return session_->rmw(); }
  rmw_subscription_t * handle() { return handle_; }

  size_t matched();

  /// Look every ms until so many publishers are matched.
  void wait_matched(size_t count);

private:
  Session * session_;
  rmw_subscription_t * handle_;
};

/// A wait set of subscriptions, and one guard condition when asked for.
class WaitSet
{
public:
  WaitSet(Session & session, const std::vector<Subscription *> & subscriptions, bool guarded);
  ~WaitSet();
  WaitSet(const WaitSet &) = delete;
  WaitSet & operator=(const WaitSet &) = delete;

  /// One rmw_wait(): false when the time passed.
  bool wait(double seconds);

  /// Make the next wait() return at once.
  void trigger();

private:
  Session * session_;
  std::vector<void *> all_;
  std::vector<void *> array_;  // rmw_wait() clears what is not ready
  rmw_guard_condition_t * guard_ = nullptr;
  rmw_wait_set_t * handle_;
};

/// Say "matched", and with a gate wait for a line on stdin, that comes when all processes said so.
void pass_gate(const Options & options);

/// Say a word on stdout.
void say(const char * word);

void pause_for(double seconds);

/// Sleep until stdin is closed.
void wait_for_end();

}  // namespace bench

#endif  // SESSION_HPP_
