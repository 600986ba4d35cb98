#ifndef PUBLISHER_HPP_
#define PUBLISHER_HPP_

#include <string>

#include "rmw/types.h"

#include "event.hpp"
#include "loans.hpp"
#include "node.hpp"
#include "type_support.hpp"
#include "writer.hpp"

namespace rmw_plib
{

class Publisher
{
public:
  /// Throws Error.
  Publisher(
    const Node & node, const rosidl_message_type_support_t * type_support, const char * topic,
    const rmw_qos_profile_t & qos, const rmw_publisher_options_t & options);

  Publisher(const Publisher &) = delete;
  Publisher & operator=(const Publisher &) = delete;

  static Publisher & from(const rmw_publisher_t & handle) noexcept
  {
    return *static_cast<Publisher *>(handle.data);
  }

  /// Leave the graph, before destruction; RMW_RET_ERROR when plibd may still show the publisher.
  rmw_ret_t close() noexcept;

  rmw_publisher_t * handle() noexcept { return &handle_; }
  const rmw_qos_profile_t & qos() const noexcept { return qos_; }
  Writer & writer() noexcept { return writer_; }
  Events & events() noexcept { return events_; }

  rmw_ret_t publish(const void * ros_message);
  rmw_ret_t publish_serialized(const rmw_serialized_message_t & message);

  /// A message of this publisher's type in shared memory, for the user to fill; not initialized.
  rmw_ret_t borrow(const rosidl_message_type_support_t & type_support, void *& ros_message);

  /// Publish what borrow() gave. The message is the publisher's again, whatever comes of it.
  rmw_ret_t publish_loan(void * ros_message);

  /// Give back unpublished what borrow() gave.
  rmw_ret_t return_loan(void * ros_message);

  /// `timeout` begins now.
  rmw_ret_t wait_for_all_acked(const rmw_time_t & timeout);

private:
  struct Lent
  {
    const void * message;
    plib_loan loan;
  };

  std::string topic_;
  const rosidl_message_type_support_t * type_support_;
  MessageType type_;
  rmw_qos_profile_t qos_;
  Writer writer_;
  Events events_;
  Loans<Lent> loans_;
  rmw_publisher_t handle_{};
};

}  // namespace rmw_plib

#endif  // PUBLISHER_HPP_
