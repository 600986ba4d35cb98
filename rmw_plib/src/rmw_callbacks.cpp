#include "rmw/rmw.h"

#include "checks.hpp"
#include "client.hpp"
#include "error.hpp"
#include "service.hpp"
#include "subscription.hpp"

using rmw_plib::guarded;

extern "C" {

rmw_ret_t rmw_subscription_set_on_new_message_callback(
  rmw_subscription_t * subscription, rmw_event_callback_t callback, const void * user_data)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  return guarded([&] {
    return rmw_plib::Subscription::from(*subscription).reader().set_callback(callback, user_data);
  });
}

rmw_ret_t rmw_service_set_on_new_request_callback(
  rmw_service_t * service, rmw_event_callback_t callback, const void * user_data)
{
  RMW_PLIB_CHECK_HANDLE(service);
  return guarded(
    [&] { return rmw_plib::Service::from(*service).reader().set_callback(callback, user_data); });
}

rmw_ret_t rmw_client_set_on_new_response_callback(
  rmw_client_t * client, rmw_event_callback_t callback, const void * user_data)
{
  RMW_PLIB_CHECK_HANDLE(client);
  return guarded(
    [&] { return rmw_plib::Client::from(*client).reader().set_callback(callback, user_data); });
}

}  // extern "C"
