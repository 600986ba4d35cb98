#ifndef EVENT_HPP_
#define EVENT_HPP_

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>

#include "plib/plib.h"
#include "rmw/event.h"

#include "participant.hpp"

namespace rmw_plib
{

/// One QoS status of a publisher or subscription, and how much of it the user has taken.
class Event
{
public:
  Event(Participant & participant, plib_writer * writer, plib_event event) noexcept;
  Event(Participant & participant, plib_reader * reader, plib_event event) noexcept;
  ~Event();

  Event(const Event &) = delete;
  Event & operator=(const Event &) = delete;

  static Event & from(const rmw_event_t & handle) noexcept
  {
    return *static_cast<Event *>(handle.data);
  }

  /// Becomes ready when the status changes after it was taken.
  plib_wait_item wait_item() noexcept;

  /// Write the status, as `type` has it, to `info`; changes count from the take before.
  rmw_ret_t take(rmw_event_type_t type, void * info);

  /// Call back with the number of changes since the last take, and of those to come; null: no longer.
  void set_callback(rmw_event_callback_t callback, const void * user_data);

private:
  plib_status look() const;

  Participant & participant_;
  plib_wait_item item_{};
  std::mutex mutex_;
  plib_status taken_{};  // guarded by mutex_
};

/// The events of one publisher or subscription.
class Events
{
public:
  template <typename Endpoint>
  Events(Participant & participant, Endpoint * endpoint)
  {
    for (uint32_t event = 0; event < events_.size(); ++event) {
      events_[event] =
        std::make_unique<Event>(participant, endpoint, static_cast<plib_event>(event));
    }
  }

  Event & of(plib_event event) noexcept { return *events_[event]; }

  /// Before the endpoint is destroyed.
  void close() noexcept { events_ = {}; }

private:
  std::array<std::unique_ptr<Event>, PLIB_EVENT_COUNT> events_;
};

/// Where an event of rmw's is kept; throws Error when publishers, or subscriptions, have none such.
plib_event publisher_event(rmw_event_type_t type);
plib_event subscription_event(rmw_event_type_t type);

}  // namespace rmw_plib

#endif  // EVENT_HPP_
