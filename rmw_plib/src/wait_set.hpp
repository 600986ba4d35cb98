#ifndef WAIT_SET_HPP_
#define WAIT_SET_HPP_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "rmw/types.h"

#include "participant.hpp"

namespace rmw_plib
{

/// What rcl hands to rmw_wait(): arrays of the `data` of handles. Null where there is none.
struct Waitables
{
  rmw_subscriptions_t * subscriptions;
  rmw_guard_conditions_t * guard_conditions;
  rmw_services_t * services;
  rmw_clients_t * clients;
  rmw_events_t * events;
};

class WaitSet
{
public:
  WaitSet(std::shared_ptr<Participant> participant, size_t max_conditions);

  WaitSet(const WaitSet &) = delete;
  WaitSet & operator=(const WaitSet &) = delete;

  static WaitSet & from(const rmw_wait_set_t & handle) noexcept
  {
    return *static_cast<WaitSet *>(handle.data);
  }

  rmw_wait_set_t * handle() noexcept { return &handle_; }

  /// Wait until something is ready or `deadline` (CLOCK_MONOTONIC, ns); null what is not ready.
  rmw_ret_t wait(const Waitables & waitables, int64_t deadline);

private:
  void collect(const Waitables & waitables);
  void clear_what_is_not_ready(const Waitables & waitables) const noexcept;

  std::shared_ptr<Participant> participant_;
  std::vector<plib_wait_item> items_;  // in the order of Waitables; its memory is kept
  rmw_wait_set_t handle_{};
};

}  // namespace rmw_plib

#endif  // WAIT_SET_HPP_
