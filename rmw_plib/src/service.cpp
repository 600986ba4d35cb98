#include "service.hpp"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <iterator>
#include <thread>

#include "rcutils/logging_macros.h"
#include "rmw/error_handling.h"
#include "tracetools/tracetools.h"

#include "endpoint.hpp"
#include "error.hpp"
#include "identifier.hpp"
#include "qos.hpp"

namespace rmw_plib
{

namespace
{

constexpr std::chrono::milliseconds client_poll_period{1};
constexpr int client_polls = 100;

}  // namespace

std::string reply_topic(const Gid & client) { return "reply:" + to_hex(client); }

Service::Service(
  const Node & node, const rosidl_service_type_support_t * type_support, const char * name,
  const rmw_qos_profile_t & qos)
: participant_(node.participant()),
  node_(node.entity()),
  name_(name),
  type_(type_support),
  qos_(resolve_service_qos(qos)),
  requests_(
    participant_,
    endpoint_options(PLIB_KIND_SERVER, node_, name, type_, keep_everything(to_plib_qos(qos_))))
{
  handle_.implementation_identifier = identifier;
  handle_.data = this;
  handle_.service_name = name_.c_str();
}

rmw_ret_t Service::close() noexcept
{
  int status = 0;
  for (const auto & [client, writer] : replies_) {
    const int closed = writer->close();
    status = status < 0 ? status : closed;
  }
  const int requests = requests_.close();
  return report_destroyed(
    status < 0 ? status : requests, "plibd did not take the service out of the graph");
}

rmw_ret_t Service::take_request(rmw_service_info_t & info, void * ros_request, bool & taken)
{
  taken = false;
  const Sample sample(requests_);
  if (sample) {
    type_.request().deserialize(sample->data, sample->length, ros_request);
    info.source_timestamp = sample->source_timestamp;
    info.received_timestamp = sample->received_timestamp;
    std::copy(
      std::begin(sample->writer_gid), std::end(sample->writer_gid), info.request_id.writer_guid);
    info.request_id.sequence_number = static_cast<int64_t>(sample->sequence);
    taken = true;
  }
  TRACETOOLS_TRACEPOINT(
    rmw_take_request, static_cast<const void *>(&handle_), static_cast<const void *>(ros_request),
    info.request_id.writer_guid, taken ? info.request_id.sequence_number : 0, taken);
  return sample.result();
}

rmw_ret_t Service::send_response(const rmw_request_id_t & request, const void * ros_response)
{
  std::shared_ptr<Writer> writer;
  rmw_ret_t ret = find_reply_writer(make_gid(request.writer_guid), writer);
  if (ret != RMW_RET_OK) {
    return ret;
  }
  if (!writer) {
    RCUTILS_LOG_DEBUG_NAMED(
      "rmw_plib", "%s: the client of request %" PRId64 " is gone, its response is dropped",
      name_.c_str(), request.sequence_number);
    return RMW_RET_OK;
  }
  Published published;
  ret = writer->publish(
    type_.response(), ros_response, static_cast<uint64_t>(request.sequence_number), published);
  if (ret == RMW_RET_OK) {
    TRACETOOLS_TRACEPOINT(
      rmw_send_response, static_cast<const void *>(&handle_), ros_response, request.writer_guid,
      request.sequence_number, published.timestamp);
  }
  return ret;
}

rmw_ret_t Service::find_reply_writer(const Gid & client, std::shared_ptr<Writer> & writer)
{
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = replies_.find(client);
  if (known != replies_.end()) {
    writer = known->second;
    return RMW_RET_OK;
  }
  drop_idle_reply_writers();
  std::shared_ptr<Writer> made = make_reply_writer(client);
  // A client reads its replies before it sends a request, so that the two match at once. If not,
  // it is gone, or the daemon was restarted and the client has not come back yet.
  for (int poll = 0; made->matched() == 0; ++poll) {
    if (!requests_.knows(client)) {
      return RMW_RET_OK;
    }
    if (poll == client_polls) {
      RMW_SET_ERROR_MSG("the client does not read its replies yet");
      return RMW_RET_TIMEOUT;
    }
    std::this_thread::sleep_for(client_poll_period);
  }
  writer = replies_.emplace(client, std::move(made)).first->second;
  return RMW_RET_OK;
}

std::shared_ptr<Writer> Service::make_reply_writer(const Gid & client) const
{
  const std::string topic = reply_topic(client);
  return std::make_shared<Writer>(
    participant_,
    endpoint_options(PLIB_KIND_REPLY_WRITER, node_, topic.c_str(), type_, reply_qos()));
}

void Service::drop_idle_reply_writers()
{
  for (auto entry = replies_.begin(); entry != replies_.end();) {
    entry = entry->second->matched() == 0 ? replies_.erase(entry) : std::next(entry);
  }
}

}  // namespace rmw_plib
