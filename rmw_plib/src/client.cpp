#include "client.hpp"

#include <algorithm>

#include "tracetools/tracetools.h"

#include "endpoint.hpp"
#include "error.hpp"
#include "identifier.hpp"
#include "qos.hpp"
#include "service.hpp"

namespace rmw_plib
{

Client::Client(
  const Node & node, const rosidl_service_type_support_t * type_support, const char * name,
  const rmw_qos_profile_t & qos)
: name_(name), type_(type_support), qos_(resolve_service_qos(qos))
{
  requests_ = std::make_unique<Writer>(
    node.participant(),
    endpoint_options(
      PLIB_KIND_CLIENT, node.entity(), name, type_, keep_everything(to_plib_qos(qos_))));
  const std::string topic = reply_topic(requests_->gid());
  replies_ = std::make_unique<Reader>(
    node.participant(),
    endpoint_options(PLIB_KIND_REPLY_READER, node.entity(), topic.c_str(), type_, reply_qos()));
  handle_.implementation_identifier = identifier;
  handle_.data = this;
  handle_.service_name = name_.c_str();
  TRACETOOLS_TRACEPOINT(
    rmw_client_init, static_cast<const void *>(&handle_), requests_->gid().data());
}

rmw_ret_t Client::close() noexcept
{
  // The requests first, so that a server that still answers sees a client that is gone.
  const int requests = requests_->close();
  const int replies = replies_->close();
  return report_destroyed(
    requests < 0 ? requests : replies, "plibd did not take the client out of the graph");
}

rmw_ret_t Client::send_request(const void * ros_request, int64_t & sequence_id)
{
  Published published;
  const rmw_ret_t ret = requests_->publish(type_.request(), ros_request, 0, published);
  if (ret == RMW_RET_OK) {
    sequence_id = static_cast<int64_t>(published.sequence);
    TRACETOOLS_TRACEPOINT(
      rmw_send_request, static_cast<const void *>(&handle_), ros_request, sequence_id);
  }
  return ret;
}

rmw_ret_t Client::take_response(rmw_service_info_t & info, void * ros_response, bool & taken)
{
  taken = false;
  const Sample sample(*replies_);
  if (sample) {
    type_.response().deserialize(sample->data, sample->length, ros_response);
    info.source_timestamp = sample->source_timestamp;
    info.received_timestamp = sample->received_timestamp;
    const Gid own = gid();
    std::copy(own.begin(), own.end(), info.request_id.writer_guid);
    info.request_id.sequence_number = static_cast<int64_t>(sample->related);
    taken = true;
  }
  TRACETOOLS_TRACEPOINT(
    rmw_take_response, static_cast<const void *>(&handle_), static_cast<const void *>(ros_response),
    taken ? info.request_id.sequence_number : 0, taken ? info.source_timestamp : 0, taken);
  return sample.result();
}

}  // namespace rmw_plib
