#include "rmw/rmw.h"

#include "checks.hpp"
#include "error.hpp"
#include "subscription.hpp"

using rmw_plib::guarded;
using rmw_plib::Subscription;

extern "C" {

rmw_ret_t rmw_subscription_set_content_filter(
  rmw_subscription_t * subscription, const rmw_subscription_content_filter_options_t * options)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  RMW_PLIB_CHECK_ARGUMENT(options);
  RMW_PLIB_CHECK_ARGUMENT(options->filter_expression);
  return guarded([&] { return Subscription::from(*subscription).set_filter(*options); });
}

rmw_ret_t rmw_subscription_get_content_filter(
  const rmw_subscription_t * subscription, rcutils_allocator_t * allocator,
  rmw_subscription_content_filter_options_t * options)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  RMW_PLIB_CHECK_ARGUMENT(allocator);
  RMW_PLIB_CHECK_ALLOCATOR(allocator);
  RMW_PLIB_CHECK_ARGUMENT(options);
  return guarded(
    [&] { return Subscription::from(*subscription).get_filter(*allocator, *options); });
}

}  // extern "C"
