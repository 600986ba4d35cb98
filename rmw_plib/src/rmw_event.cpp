#include "rmw/event.h"
#include "rmw/rmw.h"

#include "checks.hpp"

// QoS events. rcl and rclpy ask for the default ones of each endpoint and go on without those that
// are unsupported.

namespace
{

rmw_ret_t event_unsupported(rmw_event_type_t type)
{
  RMW_SET_ERROR_MSG_WITH_FORMAT_STRING(
    "rmw_plib does not report QoS events yet (event type %d)", static_cast<int>(type));
  return RMW_RET_UNSUPPORTED;
}

}  // namespace

extern "C" {

bool rmw_event_type_is_supported(rmw_event_type_t) { return false; }

rmw_ret_t rmw_publisher_event_init(
  rmw_event_t * rmw_event, const rmw_publisher_t * publisher, rmw_event_type_t event_type)
{
  RMW_PLIB_CHECK_ARGUMENT(rmw_event);
  RMW_PLIB_CHECK_HANDLE(publisher);
  return event_unsupported(event_type);
}

rmw_ret_t rmw_subscription_event_init(
  rmw_event_t * rmw_event, const rmw_subscription_t * subscription, rmw_event_type_t event_type)
{
  RMW_PLIB_CHECK_ARGUMENT(rmw_event);
  RMW_PLIB_CHECK_HANDLE(subscription);
  return event_unsupported(event_type);
}

rmw_ret_t rmw_take_event(const rmw_event_t * event_handle, void * event_info, bool * taken)
{
  RMW_PLIB_CHECK_HANDLE(event_handle);
  RMW_PLIB_CHECK_ARGUMENT(event_info);
  RMW_PLIB_CHECK_ARGUMENT(taken);
  *taken = false;
  return event_unsupported(event_handle->event_type);
}

rmw_ret_t rmw_event_set_callback(rmw_event_t * event, rmw_event_callback_t, const void *)
{
  RMW_PLIB_CHECK_HANDLE(event);
  return event_unsupported(event->event_type);
}

}  // extern "C"
