#include "publisher.hpp"

#include <optional>

#include "rmw/error_handling.h"
#include "tracetools/tracetools.h"

#include "deadline.hpp"
#include "endpoint.hpp"
#include "error.hpp"
#include "identifier.hpp"
#include "qos.hpp"

namespace rmw_plib
{

namespace
{

rmw_ret_t report_not_lent()
{
  RMW_SET_ERROR_MSG("the message was not borrowed from this publisher, or was given back before");
  return RMW_RET_ERROR;
}

}  // namespace

Publisher::Publisher(
  const Node & node, const rosidl_message_type_support_t * type_support, const char * topic,
  const rmw_qos_profile_t & qos, const rmw_publisher_options_t & options)
: topic_(topic),
  type_support_(type_support),
  type_(type_support),
  qos_(resolve_publisher_qos(*node.participant(), topic, qos)),
  writer_(
    node.participant(),
    endpoint_options(PLIB_KIND_PUBLISHER, node.entity(), topic, type_, to_plib_qos(qos_))),
  events_(*node.participant(), writer_.get())
{
  handle_.implementation_identifier = identifier;
  handle_.data = this;
  handle_.topic_name = topic_.c_str();
  handle_.options = options;
  handle_.can_loan_messages = type_.codec().is_plain();
  TRACETOOLS_TRACEPOINT(
    rmw_publisher_init, static_cast<const void *>(&handle_), writer_.gid().data());
}

rmw_ret_t Publisher::close() noexcept
{
  events_.close();
  return report_destroyed(writer_.close(), "plibd did not take the publisher out of the graph");
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

rmw_ret_t Publisher::borrow(const rosidl_message_type_support_t & type_support, void *& ros_message)
{
  if (ros_message) {
    RMW_SET_ERROR_MSG("the place for the loan already holds a message");
    return RMW_RET_INVALID_ARGUMENT;
  }
  if (!type_.codec().is_plain()) {
    return report_not_lendable(type_);
  }
  if (&type_support != type_support_ && MessageType(&type_support).name() != type_.name()) {
    RMW_SET_ERROR_MSG_WITH_FORMAT_STRING(
      "a message of another type cannot be loaned from a publisher of %s", type_.name().c_str());
    return RMW_RET_INVALID_ARGUMENT;
  }
  Loans<Lent>::Place place(loans_);
  Lent lent{};
  void * message = nullptr;
  const rmw_ret_t ret = writer_.lend(type_.codec(), lent.loan, message);
  if (ret == RMW_RET_OK) {
    lent.message = message;
    place.fill(lent);
    ros_message = message;
  }
  return ret;
}

rmw_ret_t Publisher::publish_loan(void * ros_message)
{
  if (!type_.codec().is_plain()) {
    return report_not_lendable(type_);
  }
  std::optional<Lent> lent = loans_.remove(ros_message);
  if (!lent) {
    return report_not_lent();
  }
  Published published;
  const rmw_ret_t ret = writer_.publish_lent(type_.codec(), lent->loan, published);
  if (ret == RMW_RET_OK) {
    TRACETOOLS_TRACEPOINT(
      rmw_publish, static_cast<const void *>(&handle_), static_cast<const void *>(ros_message),
      published.timestamp);
  }
  return ret;
}

rmw_ret_t Publisher::return_loan(void * ros_message)
{
  if (!type_.codec().is_plain()) {
    return report_not_lendable(type_);
  }
  std::optional<Lent> lent = loans_.remove(ros_message);
  if (!lent) {
    return report_not_lent();
  }
  writer_.take_back(lent->loan);
  return RMW_RET_OK;
}

rmw_ret_t Publisher::wait_for_all_acked(const rmw_time_t & timeout)
{
  if (qos_.reliability != RMW_QOS_POLICY_RELIABILITY_RELIABLE) {
    return RMW_RET_OK;
  }
  return writer_.wait_for_all_acked(deadline_after(timeout));
}

}  // namespace rmw_plib
