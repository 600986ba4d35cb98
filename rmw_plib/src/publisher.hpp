#ifndef PUBLISHER_HPP_
#define PUBLISHER_HPP_

#include <string>

#include "rmw/types.h"

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

  rmw_publisher_t * handle() noexcept { return &handle_; }
  const rmw_qos_profile_t & qos() const noexcept { return qos_; }
  Writer & writer() noexcept { return writer_; }

  rmw_ret_t publish(const void * ros_message);
  rmw_ret_t publish_serialized(const rmw_serialized_message_t & message);

  /// `timeout` begins now.
  rmw_ret_t wait_for_all_acked(const rmw_time_t & timeout);

private:
  std::string topic_;
  MessageType type_;
  rmw_qos_profile_t qos_;
  Writer writer_;
  rmw_publisher_t handle_{};
};

}  // namespace rmw_plib

#endif  // PUBLISHER_HPP_
