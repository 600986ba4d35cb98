#include "rmw/rmw.h"

#include "checks.hpp"
#include "deadline.hpp"
#include "error.hpp"
#include "wait_set.hpp"

extern "C" {

rmw_ret_t rmw_wait(
  rmw_subscriptions_t * subscriptions, rmw_guard_conditions_t * guard_conditions,
  rmw_services_t * services, rmw_clients_t * clients, rmw_events_t * events,
  rmw_wait_set_t * wait_set, const rmw_time_t * wait_timeout)
{
  RMW_PLIB_CHECK_HANDLE(wait_set);
  const int64_t deadline =
    wait_timeout ? rmw_plib::deadline_after(*wait_timeout) : rmw_plib::no_deadline;
  return rmw_plib::guarded([&] {
    return rmw_plib::WaitSet::from(*wait_set).wait(
      {subscriptions, guard_conditions, services, clients, events}, deadline);
  });
}

}  // extern "C"
