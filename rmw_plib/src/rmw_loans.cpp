#include "rmw/rmw.h"

#include "checks.hpp"
#include "error.hpp"
#include "publisher.hpp"
#include "subscription.hpp"

using rmw_plib::guarded;
using rmw_plib::Publisher;
using rmw_plib::Subscription;

extern "C" {

rmw_ret_t rmw_borrow_loaned_message(
  const rmw_publisher_t * publisher, const rosidl_message_type_support_t * type_support,
  void ** ros_message)
{
  RMW_PLIB_CHECK_HANDLE(publisher);
  RMW_PLIB_CHECK_ARGUMENT(type_support);
  RMW_PLIB_CHECK_ARGUMENT(ros_message);
  return guarded([&] { return Publisher::from(*publisher).borrow(*type_support, *ros_message); });
}

rmw_ret_t rmw_return_loaned_message_from_publisher(
  const rmw_publisher_t * publisher, void * loaned_message)
{
  RMW_PLIB_CHECK_HANDLE(publisher);
  RMW_PLIB_CHECK_ARGUMENT(loaned_message);
  return guarded([&] { return Publisher::from(*publisher).return_loan(loaned_message); });
}

rmw_ret_t rmw_publish_loaned_message(
  const rmw_publisher_t * publisher, void * ros_message, rmw_publisher_allocation_t *)
{
  RMW_PLIB_CHECK_HANDLE(publisher);
  RMW_PLIB_CHECK_ARGUMENT(ros_message);
  return guarded([&] { return Publisher::from(*publisher).publish_loan(ros_message); });
}

rmw_ret_t rmw_take_loaned_message(
  const rmw_subscription_t * subscription, void ** loaned_message, bool * taken,
  rmw_subscription_allocation_t *)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  RMW_PLIB_CHECK_ARGUMENT(loaned_message);
  RMW_PLIB_CHECK_ARGUMENT(taken);
  return guarded(
    [&] { return Subscription::from(*subscription).take_loan(*loaned_message, *taken, nullptr); });
}

rmw_ret_t rmw_take_loaned_message_with_info(
  const rmw_subscription_t * subscription, void ** loaned_message, bool * taken,
  rmw_message_info_t * message_info, rmw_subscription_allocation_t *)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  RMW_PLIB_CHECK_ARGUMENT(loaned_message);
  RMW_PLIB_CHECK_ARGUMENT(taken);
  RMW_PLIB_CHECK_ARGUMENT(message_info);
  return guarded([&] {
    return Subscription::from(*subscription).take_loan(*loaned_message, *taken, message_info);
  });
}

rmw_ret_t rmw_return_loaned_message_from_subscription(
  const rmw_subscription_t * subscription, void * loaned_message)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  RMW_PLIB_CHECK_ARGUMENT(loaned_message);
  return guarded([&] { return Subscription::from(*subscription).return_loan(loaned_message); });
}

}  // extern "C"
