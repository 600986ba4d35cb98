#include "publisher.hpp"

#include "rmw/error_handling.h"
#include "tracetools/tracetools.h"

#include "deadline.hpp"
#include "endpoint.hpp"
#include "identifier.hpp"
#include "qos.hpp"

namespace rmw_plib
{

Publisher::Publisher(
  const Node & node, const rosidl_message_type_support_t * type_support, const char * topic,
  const rmw_qos_profile_t & qos, const rmw_publisher_options_t & options)
: topic_(topic),
  type_(type_support),
  qos_(resolve_publisher_qos(*node.participant(), topic, qos)),
  writer_(
    node.participant(),
    endpoint_options(PLIB_KIND_PUBLISHER, node.entity(), topic, type_, to_plib_qos(qos_)))
{
  handle_.implementation_identifier = identifier;
  handle_.data = this;
  handle_.topic_name = topic_.c_str();
  handle_.options = options;
  handle_.can_loan_messages = false;
  TRACETOOLS_TRACEPOINT(
    rmw_publisher_init, static_cast<const void *>(&handle_), writer_.gid().data());
}

rmw_ret_t Publisher::publish(const void * ros_message)
{
  Published published;
  const rmw_ret_t ret = writer_.publish(type_.codec(), ros_message, 0, published);
  if (ret == RMW_RET_OK) {
    TRACETOOLS_TRACEPOINT(
      rmw_publish, static_cast<const void *>(&handle_), ros_message, published.timestamp);
  }
  return ret;
}

rmw_ret_t Publisher::publish_serialized(const rmw_serialized_message_t & message)
{
  if (!message.buffer || message.buffer_length == 0) {
    RMW_SET_ERROR_MSG("the serialized message is empty");
    return RMW_RET_INVALID_ARGUMENT;
  }
  Published published;
  const rmw_ret_t ret =
    writer_.publish_serialized(message.buffer, message.buffer_length, published);
  if (ret == RMW_RET_OK) {
    TRACETOOLS_TRACEPOINT(
      rmw_publish, static_cast<const void *>(&handle_), static_cast<const void *>(&message),
      published.timestamp);
  }
  return ret;
}

rmw_ret_t Publisher::wait_for_all_acked(const rmw_time_t & timeout)
{
  if (qos_.reliability != RMW_QOS_POLICY_RELIABILITY_RELIABLE) {
    return RMW_RET_OK;
  }
  return writer_.wait_for_all_acked(deadline_after(timeout));
}

}  // namespace rmw_plib
