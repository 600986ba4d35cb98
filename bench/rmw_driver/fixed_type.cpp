#include "fixed_type.hpp"

#include <map>
#include <stdexcept>
#include <string>

#include "fastcdr/Cdr.h"
#include "rosidl_typesupport_fastrtps_cpp/identifier.hpp"
#include "rosidl_typesupport_fastrtps_cpp/message_type_support.h"

namespace bench
{

namespace
{

template <size_t Size>
class FixedType
{
public:
  static const rosidl_message_type_support_t * handle()
  {
    static const std::string name = "Fixed" + std::to_string(Size);
    static const message_type_support_callbacks_t callbacks{
      "plib_bench::msg",
      name.c_str(),
      serialize,
      deserialize,
      [](const void *) { return static_cast<uint32_t>(Size); },
      max_size,
      nullptr};
    static const rosidl_message_type_support_t support{
      rosidl_typesupport_fastrtps_cpp::typesupport_identifier,
      &callbacks,
      get_message_typesupport_handle_function,
      hash,
      nullptr,
      nullptr};
    return &support;
  }

private:
  static bool serialize(const void * message, eprosima::fastcdr::Cdr & cdr)
  {
    cdr.serialize_array(static_cast<const uint8_t *>(message), Size);
    return true;
  }

  static bool deserialize(eprosima::fastcdr::Cdr & cdr, void * message)
  {
    cdr.deserialize_array(static_cast<uint8_t *>(message), Size);
    return true;
  }

  static size_t max_size(char & bounds)
  {
    bounds = ROSIDL_TYPESUPPORT_FASTRTPS_PLAIN_TYPE;
    return Size;
  }

  static const rosidl_type_hash_t * hash(const rosidl_message_type_support_t *)
  {
    static const rosidl_type_hash_t value = [] {
      rosidl_type_hash_t hash = rosidl_get_zero_initialized_type_hash();
      hash.version = 1;
      for (size_t i = 0; i < sizeof(size_t); ++i) {
        hash.value[i] = static_cast<uint8_t>(Size >> (8 * i));
      }
      return hash;
    }();
    return &value;
  }
};

template <size_t... Sizes>
std::map<size_t, const rosidl_message_type_support_t *> handles()
{
  return {{Sizes, FixedType<Sizes>::handle()}...};
}

}  // namespace

const rosidl_message_type_support_t * fixed_type(size_t size)
{
  constexpr size_t kib = 1024;
  constexpr size_t mib = kib * kib;
  static const auto types =
    handles<64, kib, 4 * kib, 16 * kib, 64 * kib, 256 * kib, mib, 4 * mib, 16 * mib, 64 * mib>();
  const auto found = types.find(size);
  if (found == types.end()) {
    throw std::invalid_argument("no fixed type of " + std::to_string(size) + " bytes");
  }
  return found->second;
}

}  // namespace bench
