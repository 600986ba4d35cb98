#ifndef PAYLOAD_HPP_
#define PAYLOAD_HPP_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "options.hpp"
#include "session.hpp"

namespace bench
{

enum class Phase : uint64_t { warm_up, measured, last };

/// The first bytes of each payload; the last eight repeat its sequence.
struct Stamp
{
  uint64_t sequence = 0;
  int64_t time = 0;  // now() of the sender, where that is measured
  Phase phase = Phase::warm_up;
};

/// This middleware does not lend such messages.
struct CannotLoan
{
};

/// Publishes payloads, in the way that the options ask for.
class Sender
{
public:
  static std::unique_ptr<Sender> create(
    Session & session, const Options & options, const std::string & topic);

  virtual ~Sender() = default;

  /// Publish; when the history is full, again and again.
  void send(const Stamp & stamp);

  /// How often it failed before it went through.
  uint64_t retries() const { return retries_; }

  Publisher & publisher() { return publisher_; }

protected:
  Sender(
    Session & session, const Options & options, const std::string & topic,
    const rosidl_message_type_support_t * type);

  virtual rmw_ret_t try_to_send(const Stamp & stamp) = 0;

  Publisher publisher_;

private:
  const Limit * limit_;
  uint64_t retries_ = 0;
};

/// Takes payloads, in the way that the options ask for.
class Receiver
{
public:
  static std::unique_ptr<Receiver> create(
    Session & session, const Options & options, const std::string & topic);

  virtual ~Receiver() = default;

  /// Take the next; false when there is none now.
  virtual bool take(Stamp & stamp) = 0;

  /// Sleep until there is one, and take it.
  void wait_and_take(Stamp & stamp);

  /// One wait of at most so long.
  bool wait(double seconds) { return waiting_.wait(seconds); }

  /// Payloads whose end was not of the same message as their start.
  uint64_t corrupt() const { return corrupt_; }

  Subscription & subscription() { return subscription_; }

protected:
  Receiver(
    Session & session, const Options & options, const std::string & topic,
    const rosidl_message_type_support_t * type);

  void read(const uint8_t * payload, size_t size, Stamp & stamp);

  Subscription subscription_;

private:
  const Limit * limit_;
  WaitSet waiting_;
  uint64_t corrupt_ = 0;
};

}  // namespace bench

#endif  // PAYLOAD_HPP_
