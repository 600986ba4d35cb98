#include "event.hpp"

#include "rmw/error_handling.h"
#include "rmw/events_statuses/events_statuses.h"
#include "rmw/qos_policy_kind.h"

#include "error.hpp"

namespace rmw_plib
{

namespace
{

template <typename Status>
void fill_totals(const plib_status & now, const plib_status & before, void * info) noexcept
{
  auto & status = *static_cast<Status *>(info);
  status.total_count = static_cast<decltype(status.total_count)>(now.total);
  status.total_count_change =
    static_cast<decltype(status.total_count_change)>(now.total - before.total);
}

int32_t difference(uint32_t now, uint32_t before) noexcept
{
  return static_cast<int32_t>(static_cast<int64_t>(now) - static_cast<int64_t>(before));
}

void fill_matched(const plib_status & now, const plib_status & before, void * info) noexcept
{
  fill_totals<rmw_matched_status_t>(now, before, info);
  auto & status = *static_cast<rmw_matched_status_t *>(info);
  status.current_count = now.current;
  status.current_count_change = difference(now.current, before.current);
}

void fill_liveliness(const plib_status & now, const plib_status & before, void * info) noexcept
{
  auto & status = *static_cast<rmw_liveliness_changed_status_t *>(info);
  status.alive_count = static_cast<int32_t>(now.current);
  status.not_alive_count = static_cast<int32_t>(now.not_alive);
  status.alive_count_change = difference(now.current, before.current);
  status.not_alive_count_change = difference(now.not_alive, before.not_alive);
}

rmw_qos_policy_kind_t policy_kind(uint32_t policy) noexcept
{
  switch (policy) {
    case PLIB_POLICY_RELIABILITY:
      return RMW_QOS_POLICY_RELIABILITY;
    case PLIB_POLICY_DURABILITY:
      return RMW_QOS_POLICY_DURABILITY;
    case PLIB_POLICY_DEADLINE:
      return RMW_QOS_POLICY_DEADLINE;
    case PLIB_POLICY_LIVELINESS:
      return RMW_QOS_POLICY_LIVELINESS;
    default:
      return RMW_QOS_POLICY_INVALID;
  }
}

void fill_incompatible(const plib_status & now, const plib_status & before, void * info) noexcept
{
  fill_totals<rmw_qos_incompatible_event_status_t>(now, before, info);
  static_cast<rmw_qos_incompatible_event_status_t *>(info)->last_policy_kind =
    policy_kind(now.policy);
}

[[noreturn]] void throw_unsupported(rmw_event_type_t type, const char * of)
{
  throw Error(
    RMW_RET_UNSUPPORTED,
    std::string(of) + " have no event of type " + std::to_string(static_cast<int>(type)));
}

}  // namespace

plib_event publisher_event(rmw_event_type_t type)
{
  switch (type) {
    case RMW_EVENT_LIVELINESS_LOST:
      return PLIB_EVENT_LIVELINESS;
    case RMW_EVENT_OFFERED_DEADLINE_MISSED:
      return PLIB_EVENT_DEADLINE_MISSED;
    case RMW_EVENT_OFFERED_QOS_INCOMPATIBLE:
      return PLIB_EVENT_INCOMPATIBLE_QOS;
    case RMW_EVENT_PUBLISHER_INCOMPATIBLE_TYPE:
      return PLIB_EVENT_INCOMPATIBLE_TYPE;
    case RMW_EVENT_PUBLICATION_MATCHED:
      return PLIB_EVENT_MATCHED;
    default:
      throw_unsupported(type, "publishers");
  }
}

plib_event subscription_event(rmw_event_type_t type)
{
  switch (type) {
    case RMW_EVENT_LIVELINESS_CHANGED:
      return PLIB_EVENT_LIVELINESS;
    case RMW_EVENT_REQUESTED_DEADLINE_MISSED:
      return PLIB_EVENT_DEADLINE_MISSED;
    case RMW_EVENT_REQUESTED_QOS_INCOMPATIBLE:
      return PLIB_EVENT_INCOMPATIBLE_QOS;
    case RMW_EVENT_MESSAGE_LOST:
      return PLIB_EVENT_LOST;
    case RMW_EVENT_SUBSCRIPTION_INCOMPATIBLE_TYPE:
      return PLIB_EVENT_INCOMPATIBLE_TYPE;
    case RMW_EVENT_SUBSCRIPTION_MATCHED:
      return PLIB_EVENT_MATCHED;
    default:
      throw_unsupported(type, "subscriptions");
  }
}

Event::Event(Participant & participant, plib_writer * writer, plib_event event) noexcept
: participant_(participant)
{
  item_.kind = PLIB_WAIT_WRITER_EVENT;
  item_.object = writer;
  item_.event = event;
}

Event::Event(Participant & participant, plib_reader * reader, plib_event event) noexcept
: participant_(participant)
{
  item_.kind = PLIB_WAIT_READER_EVENT;
  item_.object = reader;
  item_.event = event;
}

Event::~Event() { participant_.listener().clear(this); }

plib_wait_item Event::wait_item() noexcept
{
  const std::lock_guard<std::mutex> lock(mutex_);
  plib_wait_item item = item_;
  item.seen = taken_.changes;
  return item;
}

plib_status Event::look() const
{
  participant_.poll();
  plib_status status{};
  throw_on_error(
    item_.kind == PLIB_WAIT_READER_EVENT
      ? plib_reader_status(static_cast<plib_reader *>(item_.object), item_.event, &status)
      : plib_writer_status(static_cast<plib_writer *>(item_.object), item_.event, &status),
    "failed to look at an event");
  return status;
}

rmw_ret_t Event::take(rmw_event_type_t type, void * info)
{
  const std::lock_guard<std::mutex> lock(mutex_);
  const plib_status now = look();
  switch (type) {
    case RMW_EVENT_SUBSCRIPTION_MATCHED:
    case RMW_EVENT_PUBLICATION_MATCHED:
      fill_matched(now, taken_, info);
      break;
    case RMW_EVENT_LIVELINESS_CHANGED:
      fill_liveliness(now, taken_, info);
      break;
    case RMW_EVENT_REQUESTED_QOS_INCOMPATIBLE:
    case RMW_EVENT_OFFERED_QOS_INCOMPATIBLE:
      fill_incompatible(now, taken_, info);
      break;
    case RMW_EVENT_MESSAGE_LOST:
      fill_totals<rmw_message_lost_status_t>(now, taken_, info);
      break;
    case RMW_EVENT_LIVELINESS_LOST:
      fill_totals<rmw_liveliness_lost_status_t>(now, taken_, info);
      break;
    case RMW_EVENT_OFFERED_DEADLINE_MISSED:
      fill_totals<rmw_offered_deadline_missed_status_t>(now, taken_, info);
      break;
    case RMW_EVENT_REQUESTED_DEADLINE_MISSED:
      fill_totals<rmw_requested_deadline_missed_status_t>(now, taken_, info);
      break;
    case RMW_EVENT_SUBSCRIPTION_INCOMPATIBLE_TYPE:
    case RMW_EVENT_PUBLISHER_INCOMPATIBLE_TYPE:
      fill_totals<rmw_incompatible_type_status_t>(now, taken_, info);
      break;
    default:
      throw_unsupported(type, "publishers and subscriptions");
  }
  taken_ = now;
  return RMW_RET_OK;
}

void Event::set_callback(rmw_event_callback_t callback, const void * user_data)
{
  participant_.listener().set(this, wait_item(), callback, user_data);
}

}  // namespace rmw_plib
