#include "wait_set.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "client.hpp"
#include "error.hpp"
#include "event.hpp"
#include "identifier.hpp"
#include "service.hpp"
#include "subscription.hpp"

namespace rmw_plib
{

namespace
{

/// One of the arrays, whatever its members are called.
struct Entries
{
  void ** data = nullptr;
  size_t count = 0;

  void ** begin() const noexcept { return data; }
  void ** end() const noexcept { return data + count; }
};

Entries entries(const rmw_subscriptions_t * array) noexcept
{
  return array ? Entries{array->subscribers, array->subscriber_count} : Entries{};
}

Entries entries(const rmw_guard_conditions_t * array) noexcept
{
  return array ? Entries{array->guard_conditions, array->guard_condition_count} : Entries{};
}

Entries entries(const rmw_services_t * array) noexcept
{
  return array ? Entries{array->services, array->service_count} : Entries{};
}

Entries entries(const rmw_clients_t * array) noexcept
{
  return array ? Entries{array->clients, array->client_count} : Entries{};
}

Entries entries(const rmw_events_t * array) noexcept
{
  return array ? Entries{array->events, array->event_count} : Entries{};
}

template <typename Waitable>
plib_wait_item reader_item(void * entry) noexcept
{
  plib_wait_item item{};
  item.kind = PLIB_WAIT_READER;
  item.object = static_cast<Waitable *>(entry)->reader().get();
  return item;
}

plib_wait_item guard_item(void * entry) noexcept
{
  plib_wait_item item{};
  item.kind = PLIB_WAIT_GUARD;
  item.object = entry;
  return item;
}

plib_wait_item event_item(void * entry) noexcept
{
  return Event::from(*static_cast<rmw_event_t *>(entry)).wait_item();
}

void append(
  const Entries & entries, plib_wait_item (*make)(void *), std::vector<plib_wait_item> & items)
{
  for (void * entry : entries) {
    if (!entry) {
      throw Error(RMW_RET_INVALID_ARGUMENT, "an entry to wait for is null");
    }
    items.push_back(make(entry));
  }
}

}  // namespace

WaitSet::WaitSet(std::shared_ptr<Participant> participant, size_t max_conditions)
: participant_(std::move(participant))
{
  items_.reserve(max_conditions);
  handle_.implementation_identifier = identifier;
  handle_.data = this;
}

rmw_ret_t WaitSet::wait(const Waitables & waitables, int64_t deadline)
{
  collect(waitables);
  int status;
  do {
    status = plib_wait(participant_->get(), items_.data(), items_.size(), deadline);
  } while (status == -EINTR);
  if (status < 0 && status != -ETIMEDOUT) {
    return report(status, "failed to wait");
  }
  clear_what_is_not_ready(waitables);
  return status == 0 ? RMW_RET_OK : RMW_RET_TIMEOUT;
}

void WaitSet::collect(const Waitables & waitables)
{
  items_.clear();
  append(entries(waitables.subscriptions), reader_item<Subscription>, items_);
  append(entries(waitables.guard_conditions), guard_item, items_);
  append(entries(waitables.services), reader_item<Service>, items_);
  append(entries(waitables.clients), reader_item<Client>, items_);
  append(entries(waitables.events), event_item, items_);
}

void WaitSet::clear_what_is_not_ready(const Waitables & waitables) const noexcept
{
  auto item = items_.begin();
  for (const Entries & array :
       {entries(waitables.subscriptions), entries(waitables.guard_conditions),
        entries(waitables.services), entries(waitables.clients), entries(waitables.events)}) {
    for (void *& entry : array) {
      if (!(item++)->ready) {
        entry = nullptr;
      }
    }
  }
}

}  // namespace rmw_plib
