#include "rmw/dynamic_message_type_support.h"
#include "rmw/rmw.h"

#include "checks.hpp"

// What rmw_plib cannot do yet. Arguments are checked first, so that callers see their own mistakes.

namespace
{

rmw_ret_t unsupported(const char * why)
{
  RMW_SET_ERROR_MSG(why);
  return RMW_RET_UNSUPPORTED;
}

constexpr char no_preallocation[] =
  "rmw_plib allocates nothing per message: there is no allocation to prepare";
constexpr char no_dynamic_messages[] =
  "rmw_plib has no dynamic messages: their only implementation, "
  "rosidl_dynamic_typesupport_fastrtps, would bring all of Fast DDS into this process";

}  // namespace

extern "C" {

rmw_ret_t rmw_init_publisher_allocation(
  const rosidl_message_type_support_t * type_support,
  const rosidl_runtime_c__Sequence__bound * message_bounds, rmw_publisher_allocation_t * allocation)
{
  RMW_PLIB_CHECK_ARGUMENT(type_support);
  RMW_PLIB_CHECK_ARGUMENT(message_bounds);
  RMW_PLIB_CHECK_ARGUMENT(allocation);
  return unsupported(no_preallocation);
}

rmw_ret_t rmw_fini_publisher_allocation(rmw_publisher_allocation_t * allocation)
{
  RMW_PLIB_CHECK_ARGUMENT(allocation);
  return unsupported(no_preallocation);
}

rmw_ret_t rmw_init_subscription_allocation(
  const rosidl_message_type_support_t * type_support,
  const rosidl_runtime_c__Sequence__bound * message_bounds,
  rmw_subscription_allocation_t * allocation)
{
  RMW_PLIB_CHECK_ARGUMENT(type_support);
  RMW_PLIB_CHECK_ARGUMENT(message_bounds);
  RMW_PLIB_CHECK_ARGUMENT(allocation);
  return unsupported(no_preallocation);
}

rmw_ret_t rmw_fini_subscription_allocation(rmw_subscription_allocation_t * allocation)
{
  RMW_PLIB_CHECK_ARGUMENT(allocation);
  return unsupported(no_preallocation);
}

rmw_ret_t rmw_take_dynamic_message(
  const rmw_subscription_t * subscription,
  rosidl_dynamic_typesupport_dynamic_data_t * dynamic_message, bool * taken,
  rmw_subscription_allocation_t *)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  RMW_PLIB_CHECK_ARGUMENT(dynamic_message);
  RMW_PLIB_CHECK_ARGUMENT(taken);
  return unsupported(no_dynamic_messages);
}

rmw_ret_t rmw_take_dynamic_message_with_info(
  const rmw_subscription_t * subscription,
  rosidl_dynamic_typesupport_dynamic_data_t * dynamic_message, bool * taken,
  rmw_message_info_t * message_info, rmw_subscription_allocation_t *)
{
  RMW_PLIB_CHECK_HANDLE(subscription);
  RMW_PLIB_CHECK_ARGUMENT(dynamic_message);
  RMW_PLIB_CHECK_ARGUMENT(taken);
  RMW_PLIB_CHECK_ARGUMENT(message_info);
  return unsupported(no_dynamic_messages);
}

rmw_ret_t rmw_serialization_support_init(
  const char * serialization_lib_name, rcutils_allocator_t * allocator,
  rosidl_dynamic_typesupport_serialization_support_t * serialization_support)
{
  RMW_PLIB_CHECK_ARGUMENT(serialization_lib_name);
  RMW_PLIB_CHECK_ARGUMENT(allocator);
  RMW_PLIB_CHECK_ARGUMENT(serialization_support);
  return unsupported(no_dynamic_messages);
}

}  // extern "C"
