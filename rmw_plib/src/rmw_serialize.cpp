#include <optional>

#include "rmw/rmw.h"
#include "rmw/serialized_message.h"

#include "checks.hpp"
#include "error.hpp"
#include "type_support.hpp"

using rmw_plib::guarded;
using rmw_plib::MessageType;

extern "C" {

rmw_ret_t rmw_serialize(
  const void * ros_message, const rosidl_message_type_support_t * type_support,
  rmw_serialized_message_t * serialized_message)
{
  RMW_PLIB_CHECK_ARGUMENT(ros_message);
  RMW_PLIB_CHECK_ARGUMENT(type_support);
  RMW_PLIB_CHECK_ARGUMENT(serialized_message);
  return guarded([&] {
    const MessageType type(type_support);
    const size_t capacity = type.codec().capacity(ros_message);
    if (serialized_message->buffer_capacity < capacity) {
      const rmw_ret_t ret = rmw_serialized_message_resize(serialized_message, capacity);
      if (ret != RMW_RET_OK) {
        return ret;
      }
    }
    serialized_message->buffer_length =
      type.codec().serialize(ros_message, serialized_message->buffer, capacity);
    return RMW_RET_OK;
  });
}

rmw_ret_t rmw_deserialize(
  const rmw_serialized_message_t * serialized_message,
  const rosidl_message_type_support_t * type_support, void * ros_message)
{
  RMW_PLIB_CHECK_ARGUMENT(serialized_message);
  RMW_PLIB_CHECK_ARGUMENT(type_support);
  RMW_PLIB_CHECK_ARGUMENT(ros_message);
  return guarded([&] {
    MessageType(type_support)
      .codec()
      .deserialize(serialized_message->buffer, serialized_message->buffer_length, ros_message);
    return RMW_RET_OK;
  });
}

/// The bounds that a caller may give are not used: the type's own decide.
rmw_ret_t rmw_get_serialized_message_size(
  const rosidl_message_type_support_t * type_support,
  const rosidl_runtime_c__Sequence__bound * message_bounds, size_t * size)
{
  RMW_PLIB_CHECK_ARGUMENT(type_support);
  RMW_PLIB_CHECK_ARGUMENT(message_bounds);
  RMW_PLIB_CHECK_ARGUMENT(size);
  return guarded([&] {
    const MessageType type(type_support);
    const std::optional<size_t> bound = type.codec().bound();
    if (!bound) {
      RMW_SET_ERROR_MSG_WITH_FORMAT_STRING(
        "%s is unbounded: only rmw_serialize() tells the size of a message", type.name().c_str());
      return RMW_RET_UNSUPPORTED;
    }
    *size = *bound;
    return RMW_RET_OK;
  });
}

}  // extern "C"
