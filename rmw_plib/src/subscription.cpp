#include "subscription.hpp"

#include <algorithm>

#include "rmw/error_handling.h"
#include "rmw/serialized_message.h"
#include "tracetools/tracetools.h"

#include "endpoint.hpp"
#include "error.hpp"
#include "identifier.hpp"
#include "qos.hpp"

namespace rmw_plib
{

Subscription::Subscription(
  const Node & node, const rosidl_message_type_support_t * type_support, const char * topic,
  const rmw_qos_profile_t & qos, const rmw_subscription_options_t & options)
: participant_(node.participant()),
  topic_(topic),
  type_(type_support),
  qos_(resolve_subscription_qos(*participant_, topic, qos)),
  reader_(
    participant_,
    endpoint_options(PLIB_KIND_SUBSCRIPTION, node.entity(), topic, type_, to_plib_qos(qos_)))
{
  handle_.implementation_identifier = identifier;
  handle_.data = this;
  handle_.topic_name = topic_.c_str();
  handle_.options = options;
  handle_.can_loan_messages = false;
  handle_.is_cft_enabled = false;
  TRACETOOLS_TRACEPOINT(
    rmw_subscription_init, static_cast<const void *>(&handle_), reader_.gid().data());
}

rmw_ret_t Subscription::take(void * ros_message, bool & taken, rmw_message_info_t * info)
{
  const auto use = [&](const plib_sample & sample) {
    type_.codec().deserialize(sample.data, sample.length, ros_message);
    TRACETOOLS_TRACEPOINT(
      rmw_take, static_cast<const void *>(&handle_), static_cast<const void *>(ros_message),
      sample.source_timestamp, true);
  };
  return take_sample(use, taken, info);
}

rmw_ret_t Subscription::take_serialized(
  rmw_serialized_message_t & message, bool & taken, rmw_message_info_t * info)
{
  const auto use = [&](const plib_sample & sample) {
    if (message.buffer_capacity < sample.length) {
      const rmw_ret_t ret = rmw_serialized_message_resize(&message, sample.length);
      if (ret != RMW_RET_OK) {
        rmw_reset_error();
        throw Error(ret, "no memory for the serialized message");
      }
    }
    std::copy_n(static_cast<const uint8_t *>(sample.data), sample.length, message.buffer);
    message.buffer_length = sample.length;
    TRACETOOLS_TRACEPOINT(
      rmw_take, static_cast<const void *>(&handle_), static_cast<const void *>(&message),
      sample.source_timestamp, true);
  };
  return take_sample(use, taken, info);
}

rmw_ret_t Subscription::take_sequence(
  size_t count, rmw_message_sequence_t & messages, rmw_message_info_sequence_t & infos,
  size_t & taken)
{
  taken = 0;
  rmw_ret_t ret = RMW_RET_OK;
  bool more = true;
  while (more && taken < count && ret == RMW_RET_OK) {
    ret = guarded([&] { return take(messages.data[taken], more, &infos.data[taken]); });
    taken += more;
  }
  messages.size = taken;
  infos.size = taken;
  return ret;
}

template <typename Use>
rmw_ret_t Subscription::take_sample(const Use & use, bool & taken, rmw_message_info_t * info)
{
  taken = false;
  for (;;) {
    const Sample sample(reader_);
    if (!sample) {
      return sample.result();
    }
    if (handle_.options.ignore_local_publications && participant_->owns(sample->writer_gid)) {
      continue;
    }
    use(*sample);
    const uint64_t number = received_.fetch_add(1, std::memory_order_relaxed);
    if (info) {
      fill_info(*sample, number, *info);
    }
    taken = true;
    return RMW_RET_OK;
  }
}

void Subscription::fill_info(
  const plib_sample & sample, uint64_t number, rmw_message_info_t & info) noexcept
{
  info.source_timestamp = sample.source_timestamp;
  info.received_timestamp = sample.received_timestamp;
  info.publication_sequence_number = sample.sequence;
  info.reception_sequence_number = number;
  copy_gid(make_gid(sample.writer_gid), info.publisher_gid);
  info.from_intra_process = false;
}

}  // namespace rmw_plib
