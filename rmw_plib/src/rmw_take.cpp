#include "rmw/rmw.h"

#include "checks.hpp"
#include "error.hpp"
#include "subscription.hpp"

using rmw_plib::guarded;
using rmw_plib::Subscription;

extern "C" {

rmw_ret_t rmw_take(
  const rmw_subscription_t * subscription, void * ros_message, bool * taken,
  rmw_subscription_allocation_t *)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  RMW_PLIB_CHECK_ARGUMENT(ros_message);
  RMW_PLIB_CHECK_ARGUMENT(taken);
  return guarded(
    [&] { return Subscription::from(*subscription).take(ros_message, *taken, nullptr); });
}

rmw_ret_t rmw_take_with_info(
  const rmw_subscription_t * subscription, void * ros_message, bool * taken,
  rmw_message_info_t * message_info, rmw_subscription_allocation_t *)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  RMW_PLIB_CHECK_ARGUMENT(ros_message);
  RMW_PLIB_CHECK_ARGUMENT(taken);
  RMW_PLIB_CHECK_ARGUMENT(message_info);
  return guarded(
    [&] { return Subscription::from(*subscription).take(ros_message, *taken, message_info); });
}

rmw_ret_t rmw_take_sequence(
  const rmw_subscription_t * subscription, size_t count, rmw_message_sequence_t * message_sequence,
  rmw_message_info_sequence_t * message_info_sequence, size_t * taken,
  rmw_subscription_allocation_t *)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  RMW_PLIB_CHECK_ARGUMENT(message_sequence);
  RMW_PLIB_CHECK_ARGUMENT(message_info_sequence);
  RMW_PLIB_CHECK_ARGUMENT(taken);
  if (count == 0 || message_sequence->capacity < count || message_info_sequence->capacity < count) {
    RMW_SET_ERROR_MSG("count must be from 1 to the capacity of both sequences");
    return RMW_RET_INVALID_ARGUMENT;
  }
  return guarded([&] {
    return Subscription::from(*subscription)
      .take_sequence(count, *message_sequence, *message_info_sequence, *taken);
  });
}

rmw_ret_t rmw_take_serialized_message(
  const rmw_subscription_t * subscription, rmw_serialized_message_t * serialized_message,
  bool * taken, rmw_subscription_allocation_t *)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  RMW_PLIB_CHECK_ARGUMENT(serialized_message);
  RMW_PLIB_CHECK_ARGUMENT(taken);
  return guarded([&] {
    return Subscription::from(*subscription).take_serialized(*serialized_message, *taken, nullptr);
  });
}

rmw_ret_t rmw_take_serialized_message_with_info(
  const rmw_subscription_t * subscription, rmw_serialized_message_t * serialized_message,
  bool * taken, rmw_message_info_t * message_info, rmw_subscription_allocation_t *)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  RMW_PLIB_CHECK_ARGUMENT(serialized_message);
  RMW_PLIB_CHECK_ARGUMENT(taken);
  RMW_PLIB_CHECK_ARGUMENT(message_info);
  return guarded([&] {
    return Subscription::from(*subscription)
      .take_serialized(*serialized_message, *taken, message_info);
  });
}

}  // extern "C"
