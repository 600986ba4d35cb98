#ifndef DEADLINE_HPP_
#define DEADLINE_HPP_

#include <cstdint>
#include <limits>

#include "plib/plib.h"
#include "rmw/time.h"

namespace rmw_plib
{

constexpr int64_t no_deadline = std::numeric_limits<int64_t>::max();

/// When `timeout` from now is over: CLOCK_MONOTONIC, ns.
inline int64_t deadline_after(const rmw_time_t & timeout) noexcept
{
  const rmw_duration_t duration = rmw_time_total_nsec(timeout);
  if (duration == 0) {
    return 0;
  }
  const int64_t now = plib_now();
  return duration > no_deadline - now ? no_deadline : now + duration;
}

}  // namespace rmw_plib

#endif  // DEADLINE_HPP_
