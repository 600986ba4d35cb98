#include "subscription.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "rmw/error_handling.h"
#include "rmw/serialized_message.h"
#include "tracetools/tracetools.h"

#include "endpoint.hpp"
#include "error.hpp"
#include "identifier.hpp"
#include "qos.hpp"

namespace rmw_plib
{

namespace
{

using OneOfMany = std::shared_lock<std::shared_mutex>;
using Alone = std::unique_lock<std::shared_mutex>;

}  // namespace

Subscription::Subscription(
  const Node & node, const rosidl_message_type_support_t * type_support, const char * topic,
  const rmw_qos_profile_t & qos, const rmw_subscription_options_t & options)
: participant_(node.participant()),
  topic_(topic),
  ignores_local_(options.ignore_local_publications),
  type_support_(type_support),
  type_(type_support),
  qos_(resolve_subscription_qos(*participant_, topic, qos)),
  selection_(make_selection(options.content_filter_options)),
  reader_(participant_, reader_options(node)),
  events_(*participant_, reader_.get())
{
  handle_.implementation_identifier = identifier;
  handle_.data = this;
  handle_.topic_name = topic_.c_str();
  handle_.options = options;
  // The caller's, which may be gone by the time that somebody looks.
  handle_.options.content_filter_options = nullptr;
  handle_.can_loan_messages = type_.codec().is_plain();
  handle_.is_cft_enabled = selection_->filter() != nullptr;
  TRACETOOLS_TRACEPOINT(
    rmw_subscription_init, static_cast<const void *>(&handle_), reader_.gid().data());
}

Subscription::~Subscription() { (void)close(); }

rmw_ret_t Subscription::close() noexcept
{
  loans_.clear([this](Lent & lent) { give_back(lent); });
  events_.close();
  return report_destroyed(reader_.close(), "plibd did not take the subscription out of the graph");
}

plib_endpoint_options Subscription::reader_options(const Node & node) const
{
  plib_endpoint_options options = endpoint_options(
    PLIB_KIND_SUBSCRIPTION, node.entity(), topic_.c_str(), type_, to_plib_qos(qos_));
  // From the start, so that nothing that publishers retained gets past it.
  options.filter = selection_->function();
  options.filter_context = selection_.get();
  return options;
}

std::unique_ptr<Selection> Subscription::make_selection(
  const rmw_subscription_content_filter_options_t * options) const
{
  if (!options || !options->filter_expression || options->filter_expression[0] == '\0') {
    return std::make_unique<Selection>(*participant_, ignores_local_, nullptr);
  }
  const rcutils_string_array_t & given = options->expression_parameters;
  std::vector<std::string> parameters;
  for (size_t i = 0; i < given.size; ++i) {
    if (!given.data[i]) {
      throw Error(RMW_RET_INVALID_ARGUMENT, "a parameter of the filter expression is null");
    }
    parameters.emplace_back(given.data[i]);
  }
  return std::make_unique<Selection>(
    *participant_, ignores_local_,
    std::make_unique<ContentFilter>(
      *type_support_, options->filter_expression, std::move(parameters)));
}

rmw_ret_t Subscription::set_filter(const rmw_subscription_content_filter_options_t & options)
{
  std::unique_ptr<Selection> selection = make_selection(&options);
  throw_on_error(
    plib_reader_set_filter(reader_.get(), selection->function(), selection.get()),
    "failed to filter messages");
  handle_.is_cft_enabled = selection->filter() != nullptr;
  selection_ = std::move(selection);
  return RMW_RET_OK;
}

rmw_ret_t Subscription::get_filter(
  rcutils_allocator_t & allocator, rmw_subscription_content_filter_options_t & options) const
{
  const ContentFilter * const filter = selection_->filter();
  if (!filter) {
    RMW_SET_ERROR_MSG("the subscription has no content filter");
    return RMW_RET_ERROR;
  }
  std::vector<const char *> parameters;
  for (const std::string & parameter : filter->parameters()) {
    parameters.push_back(parameter.c_str());
  }
  return rmw_subscription_content_filter_options_init(
    filter->expression().c_str(), parameters.size(), parameters.data(), &allocator, &options);
}

template <typename Lock>
Lock Subscription::lock_takes()
{
  Lock lock(takes_, std::defer_lock);
  if (!participant_->is_inherited()) {
    lock.lock();
  }
  return lock;
}

rmw_ret_t Subscription::take(void * ros_message, bool & taken, rmw_message_info_t * info)
{
  const auto lock = lock_takes<OneOfMany>();
  return take_next(ros_message, taken, info);
}

rmw_ret_t Subscription::take_next(void * ros_message, bool & taken, rmw_message_info_t * info)
{
  const auto use = [&](const plib_sample & sample) {
    type_.codec().deserialize(sample.data, sample.length, ros_message);
  };
  return take_sample(use, ros_message, taken, info);
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
  };
  const auto lock = lock_takes<OneOfMany>();
  return take_sample(use, &message, taken, info);
}

rmw_ret_t Subscription::take_sequence(
  size_t count, rmw_message_sequence_t & messages, rmw_message_info_sequence_t & infos,
  size_t & taken)
{
  taken = 0;
  const auto lock = lock_takes<Alone>();
  const size_t received = count_received(count);
  rmw_ret_t ret = RMW_RET_OK;
  bool more = true;
  while (more && taken < received && ret == RMW_RET_OK) {
    ret = guarded([&] { return take_next(messages.data[taken], more, &infos.data[taken]); });
    taken += more;
  }
  if (taken > 0) {
    messages.size = taken;
    infos.size = taken;
  }
  return ret;
}

size_t Subscription::count_received(size_t count) const noexcept
{
  if (participant_->is_inherited()) {
    return count;  // to be refused
  }
  reader_.poll();
  struct plib_reader_counts counts = {};
  plib_reader_counts(reader_.get(), &counts);
  return std::min<uint64_t>(count, counts.queued);
}

rmw_ret_t Subscription::take_loan(void *& ros_message, bool & taken, rmw_message_info_t * info)
{
  taken = false;
  if (ros_message) {
    RMW_SET_ERROR_MSG("the place for the loan already holds a message");
    return RMW_RET_INVALID_ARGUMENT;
  }
  if (!type_.codec().is_plain()) {
    return report_not_lendable(type_);
  }
  Loans<Lent>::Place place(loans_);
  const auto use = [&](Sample & sample) {
    Lent lent{type_.codec().view(sample->data, sample->length), {}, nullptr};
    if (lent.message) {
      lent.sample = sample.keep();
    } else {
      std::unique_ptr<uint8_t[]> copy(new uint8_t[type_.codec().plain_capacity()]());
      type_.codec().deserialize(sample->data, sample->length, copy.get());
      lent.copy = copy.release();
      lent.message = lent.copy;
    }
    place.fill(lent);
    ros_message = const_cast<void *>(lent.message);
    return lent.message;
  };
  const auto lock = lock_takes<OneOfMany>();
  bool refused = false;
  const rmw_ret_t ret = take_or_refuse(use, nullptr, taken, refused, info);
  if (refused) {
    RMW_SET_ERROR_MSG_WITH_FORMAT_STRING(
      "%d messages of one publisher are on loan, which is the most: return one first",
      PLIB_HOLDS_MAX);
    return RMW_RET_ERROR;
  }
  return ret;
}

rmw_ret_t Subscription::return_loan(void * ros_message)
{
  if (!type_.codec().is_plain()) {
    return report_not_lendable(type_);
  }
  std::optional<Lent> lent = loans_.remove(ros_message);
  if (!lent) {
    RMW_SET_ERROR_MSG(
      "the message is not on loan from this subscription, or was given back before");
    return RMW_RET_ERROR;
  }
  give_back(*lent);
  return RMW_RET_OK;
}

void Subscription::give_back(Lent & lent) noexcept
{
  if (lent.copy) {
    delete[] static_cast<uint8_t *>(lent.copy);
  } else {
    plib_reader_release(reader_.get(), &lent.sample);
  }
}

template <typename Use>
rmw_ret_t Subscription::take_sample(
  const Use & use, const void * destination, bool & taken, rmw_message_info_t * info)
{
  const auto fill = [&](Sample & sample) {
    use(*sample);
    return destination;
  };
  // What other threads hold, they give back when they have read it: the sample stays for later.
  bool refused = false;
  return take_or_refuse(fill, destination, taken, refused, info);
}

template <typename Use>
rmw_ret_t Subscription::take_or_refuse(
  const Use & use, const void * destination, bool & taken, bool & refused,
  rmw_message_info_t * info)
{
  taken = false;
  Sample sample(reader_);
  if (!sample) {
    refused = sample.is_refused();
    trace_take(destination, 0, false);
    return sample.result();
  }
  const void * const message = use(sample);
  trace_take(message, sample->source_timestamp, true);
  const uint64_t number = received_.fetch_add(1, std::memory_order_relaxed);
  if (info) {
    fill_info(*sample, number, *info);
  }
  taken = true;
  return RMW_RET_OK;
}

void Subscription::trace_take(
  const void * message, int64_t source_timestamp, bool taken) const noexcept
{
  TRACETOOLS_TRACEPOINT(
    rmw_take, static_cast<const void *>(&handle_), message, source_timestamp, taken);
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
