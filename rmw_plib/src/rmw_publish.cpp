#include "rmw/rmw.h"

#include "checks.hpp"
#include "error.hpp"
#include "publisher.hpp"

using rmw_plib::Publisher;

extern "C" {

rmw_ret_t rmw_publish(
  const rmw_publisher_t * publisher, const void * ros_message, rmw_publisher_allocation_t *)
{
  RMW_PLIB_CHECK_HANDLE(publisher);
  RMW_PLIB_CHECK_ARGUMENT(ros_message);
  return rmw_plib::guarded([&] { return Publisher::from(*publisher).publish(ros_message); });
}

rmw_ret_t rmw_publish_serialized_message(
  const rmw_publisher_t * publisher, const rmw_serialized_message_t * serialized_message,
  rmw_publisher_allocation_t *)
{
  RMW_PLIB_CHECK_HANDLE(publisher);
  RMW_PLIB_CHECK_ARGUMENT(serialized_message);
  return rmw_plib::guarded(
    [&] { return Publisher::from(*publisher).publish_serialized(*serialized_message); });
}

}  // extern "C"
