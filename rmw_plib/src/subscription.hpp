#ifndef SUBSCRIPTION_HPP_
#define SUBSCRIPTION_HPP_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>

#include "rmw/message_sequence.h"
#include "rmw/types.h"

#include "event.hpp"
#include "loans.hpp"
#include "node.hpp"
#include "reader.hpp"
#include "selection.hpp"
#include "type_support.hpp"

namespace rmw_plib
{

class Subscription
{
public:
  /// Throws Error.
  Subscription(
    const Node & node, const rosidl_message_type_support_t * type_support, const char * topic,
    const rmw_qos_profile_t & qos, const rmw_subscription_options_t & options);
  ~Subscription();

  Subscription(const Subscription &) = delete;
  Subscription & operator=(const Subscription &) = delete;

  static Subscription & from(const rmw_subscription_t & handle) noexcept
  {
    return *static_cast<Subscription *>(handle.data);
  }

  /// Leave the graph, before destruction; RMW_RET_ERROR when plibd may still show the subscription.
  rmw_ret_t close() noexcept;

  rmw_subscription_t * handle() noexcept { return &handle_; }
  const rmw_qos_profile_t & qos() const noexcept { return qos_; }
  const Reader & reader() const noexcept { return reader_; }
  Events & events() noexcept { return events_; }

  /// `info` may be null. Throws what deserialization throws; the sample is lost then.
  rmw_ret_t take(void * ros_message, bool & taken, rmw_message_info_t * info);

  rmw_ret_t take_serialized(
    rmw_serialized_message_t & message, bool & taken, rmw_message_info_t * info);

  /// The next message where it lies in shared memory, read-only, until return_loan().
  rmw_ret_t take_loan(void *& ros_message, bool & taken, rmw_message_info_t * info);

  /// Give back what take_loan() gave.
  rmw_ret_t return_loan(void * ros_message);

  /// Want only messages that the expression fits, from now on; all of them when it is empty. Throws Error
  /// when it is wrong, and then wants what it wanted.
  rmw_ret_t set_filter(const rmw_subscription_content_filter_options_t & options);

  rmw_ret_t get_filter(
    rcutils_allocator_t & allocator, rmw_subscription_content_filter_options_t & options) const;

  rmw_ret_t take_sequence(
    size_t count, rmw_message_sequence_t & messages, rmw_message_info_sequence_t & infos,
    size_t & taken);

private:
  /// A message that the user reads: in shared memory, or in memory of its own when it had to be
  /// deserialized because its publisher's machine or middleware laid it out differently.
  struct Lent
  {
    const void * message;
    plib_sample sample;
    void * copy;
  };

  void give_back(Lent & lent) noexcept;

  /// Hold the takes, shared by single ones. Not in a forked process: whoever held them is not there to let go.
  template <typename Lock>
  Lock lock_takes();

  /// take(), with the takes held.
  rmw_ret_t take_next(void * ros_message, bool & taken, rmw_message_info_t * info);

  /// How many of at most `count` messages have been received by now.
  size_t count_received(size_t count) const noexcept;

  /// Take into the memory at `destination`, which `use` fills.
  template <typename Use>
  rmw_ret_t take_sample(
    const Use & use, const void * destination, bool & taken, rmw_message_info_t * info);

  /// `use` returns where the user finds the message.
  template <typename Use>
  rmw_ret_t take_or_refuse(
    const Use & use, const void * destination, bool & taken, bool & refused,
    rmw_message_info_t * info);

  void trace_take(const void * message, int64_t source_timestamp, bool taken) const noexcept;

  std::unique_ptr<Selection> make_selection(
    const rmw_subscription_content_filter_options_t * options) const;
  plib_endpoint_options reader_options(const Node & node) const;

  static void fill_info(
    const plib_sample & sample, uint64_t number, rmw_message_info_t & info) noexcept;

  std::shared_ptr<Participant> participant_;
  std::string topic_;
  bool ignores_local_;
  const rosidl_message_type_support_t * type_support_;
  MessageType type_;
  rmw_qos_profile_t qos_;
  std::unique_ptr<Selection> selection_;  // which the reader uses
  Reader reader_;
  Events events_;
  Loans<Lent> loans_;
  std::atomic<uint64_t> received_{0};
  std::shared_mutex takes_;  // nobody takes from between the messages of a sequence
  rmw_subscription_t handle_{};
};

}  // namespace rmw_plib

#endif  // SUBSCRIPTION_HPP_
