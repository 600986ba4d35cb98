#ifndef TYPE_SUPPORT_HPP_
#define TYPE_SUPPORT_HPP_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "plib/types.h"
#include "rosidl_runtime_c/message_type_support_struct.h"
#include "rosidl_runtime_c/service_type_support_struct.h"
#include "rosidl_typesupport_fastrtps_cpp/message_type_support.h"

namespace rmw_plib
{

/// Byte 0: version of the hash, 1 to 32: its value.
using TypeHash = std::array<uint8_t, PLIB_TYPE_HASH_SIZE>;

/// How messages of one type become CDR (XCDR version 1, with encapsulation) and back.
class MessageCodec
{
public:
  explicit MessageCodec(const message_type_support_callbacks_t & callbacks);

  /// Bytes that are enough for serialize().
  size_t capacity(const void * ros_message) const;

  /// The most bytes that any message needs; none when the type is unbounded.
  std::optional<size_t> bound() const;

  /// Whether messages are fixed in size and lie in memory as they do in CDR, so that they can be
  /// lent without serialization.
  bool is_plain() const noexcept { return plain_size_ != 0; }

  /// Bytes to leave free at the start of a loan, so that a plain message itself is aligned; 0 for
  /// other types.
  size_t lead() const noexcept;

  /// Where the message lies in serialized memory.
  static void * message_in(void * data) noexcept;

  /// Bytes of memory for a serialized plain message, its padded end included.
  size_t plain_capacity() const noexcept;

  /// Make `data`, which holds a plain message at message_in(data), a serialized one. Returns its bytes.
  size_t serialize_in_place(void * data) const noexcept;

  /// The message in serialized memory when it can be used as it lies there, else null.
  const void * view(const void * data, size_t size) const noexcept;

  /// Returns the bytes written; throws when they do not fit in `capacity`.
  size_t serialize(const void * ros_message, void * data, size_t capacity) const;

  /// Throws when `data` is no such message.
  void deserialize(const void * data, size_t size, void * ros_message) const;

  /// "std_msgs/msg/String"
  std::string name() const;

private:
  const message_type_support_callbacks_t * callbacks_;
  size_t plain_size_;  // bytes of a plain message in CDR, 0 for other types
};

class MessageType
{
public:
  /// Throws Error when `handle` offers neither the C nor the C++ type support of Fast CDR.
  explicit MessageType(const rosidl_message_type_support_t * handle);

  const MessageCodec & codec() const noexcept { return codec_; }
  const std::string & name() const noexcept { return name_; }
  const TypeHash & hash() const noexcept { return hash_; }

private:
  MessageCodec codec_;
  std::string name_;
  TypeHash hash_;
};

class ServiceType
{
public:
  /// Throws Error like MessageType.
  explicit ServiceType(const rosidl_service_type_support_t * handle);

  const MessageCodec & request() const noexcept { return request_; }
  const MessageCodec & response() const noexcept { return response_; }
  const std::string & name() const noexcept { return name_; }
  const TypeHash & hash() const noexcept { return hash_; }

private:
  ServiceType(const rosidl_service_type_support_t * handle, const void * callbacks);

  MessageCodec request_;
  MessageCodec response_;
  std::string name_;
  TypeHash hash_;
};

}  // namespace rmw_plib

#endif  // TYPE_SUPPORT_HPP_
