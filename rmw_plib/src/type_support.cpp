#include "type_support.hpp"

#include <algorithm>
#include <cstring>

#include "fastcdr/Cdr.h"
#include "fastcdr/FastBuffer.h"
#include "rcpputils/find_and_replace.hpp"
#include "rcutils/error_handling.h"
#include "rosidl_typesupport_fastrtps_c/identifier.h"
#include "rosidl_typesupport_fastrtps_cpp/identifier.hpp"
#include "rosidl_typesupport_fastrtps_cpp/service_type_support.h"

#include "error.hpp"

namespace rmw_plib
{

namespace
{

using eprosima::fastcdr::Cdr;
using eprosima::fastcdr::FastBuffer;

constexpr size_t encapsulation_size = 4;

/// Plain CDR, little endian, no options: how a plain message lies in this machine's memory.
constexpr std::array<uint8_t, encapsulation_size> native_encapsulation{0, 1, 0, 0};
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "plain messages are little endian");

/// Bytes of padding at the end of serialized memory, which the last two bits of the encapsulation tell.
size_t padding_of(const void * data)
{
  return static_cast<const uint8_t *>(data)[encapsulation_size - 1] & 3;
}

/// Plain CDR of version 1, of either byte order, which is all that ROS has.
bool is_plain_cdr(const void * data)
{
  const uint8_t * encapsulation = static_cast<const uint8_t *>(data);
  return encapsulation[0] == 0 && encapsulation[1] <= 1;
}

/// No field is aligned to more, so that a message's padded end stays within its last such unit.
constexpr size_t largest_alignment = 8;

/// Ask `handle` for its C and then its C++ type support of Fast CDR.
template <typename Handle>
const Handle * find_type_support(
  const Handle * handle, const Handle * (*get)(const Handle *, const char *))
{
  std::string text;
  for (const char * wanted :
       {rosidl_typesupport_fastrtps_c__identifier,
        rosidl_typesupport_fastrtps_cpp::typesupport_identifier}) {
    if (const Handle * found = get(handle, wanted)) {
      return found;
    }
    if (rcutils_error_is_set()) {
      text += std::string("\n  ") + wanted + ": " + rcutils_get_error_string().str;
      rcutils_reset_error();
    }
  }
  throw Error(
    RMW_RET_ERROR,
    std::string("type support '") + handle->typesupport_identifier +
      "' leads to none that rmw_plib can use (rosidl_typesupport_fastrtps_c or _cpp)" + text);
}

const message_type_support_callbacks_t & message_callbacks(
  const rosidl_message_type_support_t * handle)
{
  return *static_cast<const message_type_support_callbacks_t *>(
    find_type_support(handle, get_message_typesupport_handle)->data);
}

/// Namespaces are written "std_msgs::msg" in C++ and "std_msgs__msg" in C.
std::string type_name(const char * type_namespace, const char * name)
{
  std::string text = rcpputils::find_and_replace(std::string(type_namespace), "::", "/");
  text = rcpputils::find_and_replace(text, "__", "/");
  text = text.empty() ? name : text + "/" + name;
  if (text.size() >= PLIB_NAME_SIZE) {
    throw Error(
      RMW_RET_INVALID_ARGUMENT, "type name '" + text + "' is longer than " +
                                  std::to_string(PLIB_NAME_SIZE - 1) + " characters");
  }
  return text;
}

template <typename Handle>
TypeHash type_hash(const Handle * handle)
{
  TypeHash hash{};
  const rosidl_type_hash_t * found =
    handle->get_type_hash_func ? handle->get_type_hash_func(handle) : nullptr;
  if (found) {
    static_assert(sizeof(found->value) < PLIB_TYPE_HASH_SIZE, "the hash and its version fit");
    hash[0] = found->version;
    std::copy(std::begin(found->value), std::end(found->value), hash.begin() + 1);
  }
  return hash;
}

}  // namespace

MessageCodec::MessageCodec(const message_type_support_callbacks_t & callbacks)
: callbacks_(&callbacks)
{
  char bounds = ROSIDL_TYPESUPPORT_FASTRTPS_UNBOUNDED_TYPE;
  const size_t size = callbacks.max_serialized_size(bounds);
  const bool plain =
    (bounds & ROSIDL_TYPESUPPORT_FASTRTPS_PLAIN_TYPE) == ROSIDL_TYPESUPPORT_FASTRTPS_PLAIN_TYPE;
  plain_size_ = plain ? size : 0;
}

size_t MessageCodec::lead() const noexcept
{
  return is_plain() ? PLIB_LOAN_ALIGNMENT - encapsulation_size : 0;
}

void * MessageCodec::message_in(void * data) noexcept
{
  return static_cast<uint8_t *>(data) + encapsulation_size;
}

size_t MessageCodec::plain_capacity() const noexcept
{
  return encapsulation_size +
         (plain_size_ + largest_alignment - 1) / largest_alignment * largest_alignment;
}

size_t MessageCodec::serialize_in_place(void * data) const noexcept
{
  std::memcpy(data, native_encapsulation.data(), encapsulation_size);
  return encapsulation_size + plain_size_;
}

const void * MessageCodec::view(const void * data, size_t size) const noexcept
{
  const uint8_t * message = static_cast<const uint8_t *>(data) + encapsulation_size;
  if (
    !is_plain() || size < encapsulation_size + plain_size_ ||
    std::memcmp(data, native_encapsulation.data(), encapsulation_size) != 0 ||
    reinterpret_cast<uintptr_t>(message) % largest_alignment != 0) {
    return nullptr;
  }
  return message;
}

size_t MessageCodec::capacity(const void * ros_message) const
{
  if (is_plain()) {
    return encapsulation_size + plain_size_;
  }
  return encapsulation_size + callbacks_->get_serialized_size(ros_message);
}

std::optional<size_t> MessageCodec::bound() const
{
  char bounds = ROSIDL_TYPESUPPORT_FASTRTPS_UNBOUNDED_TYPE;
  const size_t size = callbacks_->max_serialized_size(bounds);
  if (!(bounds & ROSIDL_TYPESUPPORT_FASTRTPS_BOUNDED_TYPE)) {
    return std::nullopt;
  }
  return encapsulation_size + size;
}

size_t MessageCodec::serialize(const void * ros_message, void * data, size_t capacity) const
{
  if (is_plain() && capacity >= encapsulation_size + plain_size_) {
    std::memcpy(message_in(data), ros_message, plain_size_);
    return serialize_in_place(data);
  }
  FastBuffer buffer(static_cast<char *>(data), capacity);
  Cdr cdr(buffer, Cdr::DEFAULT_ENDIAN, eprosima::fastcdr::CdrVersion::XCDRv1);
  cdr.set_encoding_flag(eprosima::fastcdr::EncodingAlgorithmFlag::PLAIN_CDR);
  cdr.serialize_encapsulation();
  if (!callbacks_->cdr_serialize(ros_message, cdr)) {
    throw Error(RMW_RET_ERROR, "failed to serialize a message of type " + name());
  }
  return cdr.get_serialized_data_length();
}

void MessageCodec::deserialize(const void * data, size_t size, void * ros_message) const
{
  if (size < encapsulation_size) {
    throw Error(RMW_RET_ERROR, "malformed message: no CDR encapsulation, type " + name());
  }
  if (const void * message = view(data, size)) {
    std::memcpy(ros_message, message, plain_size_);
    return;
  }
  // Fast CDR would read other encodings as well, and makes room for their sequences without a look at what is there.
  if (!is_plain_cdr(data)) {
    throw Error(RMW_RET_ERROR, "malformed message: not plain CDR, type " + name());
  }
  // Fast CDR takes the padding off the end and, where nothing is left, reads on behind the message.
  if (padding_of(data) > size - encapsulation_size) {
    throw Error(RMW_RET_ERROR, "malformed message: nothing but padding, type " + name());
  }
  // The buffer wants memory to write to, but is only read from.
  FastBuffer buffer(const_cast<char *>(static_cast<const char *>(data)), size);
  Cdr cdr(buffer, Cdr::DEFAULT_ENDIAN, eprosima::fastcdr::CdrVersion::XCDRv1);
  cdr.read_encapsulation();
  if (!callbacks_->cdr_deserialize(cdr, ros_message)) {
    throw Error(RMW_RET_ERROR, "malformed message: not of type " + name());
  }
}

std::string MessageCodec::name() const
{
  return type_name(callbacks_->message_namespace_, callbacks_->message_name_);
}

MessageType::MessageType(const rosidl_message_type_support_t * handle)
: codec_(message_callbacks(handle)), name_(codec_.name()), hash_(type_hash(handle))
{
}

ServiceType::ServiceType(const rosidl_service_type_support_t * handle)
: ServiceType(handle, find_type_support(handle, get_service_typesupport_handle)->data)
{
}

ServiceType::ServiceType(const rosidl_service_type_support_t * handle, const void * callbacks)
: request_(message_callbacks(
    static_cast<const service_type_support_callbacks_t *>(callbacks)->request_members_)),
  response_(message_callbacks(
    static_cast<const service_type_support_callbacks_t *>(callbacks)->response_members_)),
  name_(type_name(
    static_cast<const service_type_support_callbacks_t *>(callbacks)->service_namespace_,
    static_cast<const service_type_support_callbacks_t *>(callbacks)->service_name_)),
  hash_(type_hash(handle))
{
}

}  // namespace rmw_plib
