#include "rmw/event.h"

#include "rmw/rmw.h"

#include "checks.hpp"
#include "error.hpp"
#include "event.hpp"
#include "publisher.hpp"
#include "subscription.hpp"

using rmw_plib::Event;
using rmw_plib::guarded;

namespace
{

rmw_ret_t init(rmw_event_t & event, rmw_event_type_t type, Event & found)
{
  if (event.implementation_identifier) {
    RMW_SET_ERROR_MSG("expected a zero-initialized event");
    return RMW_RET_INVALID_ARGUMENT;
  }
  event.implementation_identifier = rmw_plib::identifier;
  event.data = &found;
  event.event_type = type;
  return RMW_RET_OK;
}

}  // namespace

extern "C" {

bool rmw_event_type_is_supported(rmw_event_type_t rmw_event_type)
{
  return rmw_event_type > RMW_EVENT_INVALID && rmw_event_type < RMW_EVENT_TYPE_MAX;
}

rmw_ret_t rmw_publisher_event_init(
  rmw_event_t * rmw_event, const rmw_publisher_t * publisher, rmw_event_type_t event_type)
{
  RMW_PLIB_CHECK_ARGUMENT(rmw_event);
  RMW_PLIB_CHECK_HANDLE(publisher);
  return guarded([&] {
    Event & event =
      rmw_plib::Publisher::from(*publisher).events().of(rmw_plib::publisher_event(event_type));
    return init(*rmw_event, event_type, event);
  });
}

rmw_ret_t rmw_subscription_event_init(
  rmw_event_t * rmw_event, const rmw_subscription_t * subscription, rmw_event_type_t event_type)
{
  RMW_PLIB_CHECK_ARGUMENT(rmw_event);
  RMW_PLIB_CHECK_HANDLE(subscription);
  return guarded([&] {
    Event & event = rmw_plib::Subscription::from(*subscription)
                      .events()
                      .of(rmw_plib::subscription_event(event_type));
    return init(*rmw_event, event_type, event);
  });
}

rmw_ret_t rmw_take_event(const rmw_event_t * event_handle, void * event_info, bool * taken)
{
  RMW_PLIB_CHECK_HANDLE(event_handle);
  RMW_PLIB_CHECK_ARGUMENT(event_info);
  RMW_PLIB_CHECK_ARGUMENT(taken);
  *taken = false;
  return guarded([&] {
    const rmw_ret_t ret = Event::from(*event_handle).take(event_handle->event_type, event_info);
    *taken = ret == RMW_RET_OK;
    return ret;
  });
}

rmw_ret_t rmw_event_set_callback(
  rmw_event_t * event, rmw_event_callback_t callback, const void * user_data)
{
  RMW_PLIB_CHECK_HANDLE(event);
  return guarded([&] {
    Event::from(*event).set_callback(callback, user_data);
    return RMW_RET_OK;
  });
}

}  // extern "C"
