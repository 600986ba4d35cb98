#ifndef CONTENT_FILTER__MESSAGE_LAYOUT_HPP_
#define CONTENT_FILTER__MESSAGE_LAYOUT_HPP_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "rosidl_runtime_c/type_description/type_description__struct.h"

namespace rmw_plib
{

enum class FieldKind : uint8_t {
  message,
  boolean,
  character,
  signed_integer,
  unsigned_integer,
  real,
  text,
  wide_character,
  wide_text,
};

enum class Arity : uint8_t { one, array, sequence };

struct Field
{
  std::string name;
  FieldKind kind = FieldKind::message;
  Arity arity = Arity::one;
  size_t size = 0;     // bytes of a primitive in CDR; 0 for messages and text
  size_t count = 0;    // elements of an array
  size_t message = 0;  // which message a field of kind message is
};

/// What the fields of a message, and of those in it, are in CDR.
class MessageLayout
{
public:
  using Fields = std::vector<Field>;

  /// Throws Error when the description refers to types that it does not describe.
  explicit MessageLayout(const rosidl_runtime_c__type_description__TypeDescription & description);

  /// The fields of message `index`; 0 is the message itself.
  const Fields & fields(size_t index) const { return messages_[index]; }

  /// "std_msgs/msg/Header"
  const std::string & name(size_t index) const { return names_[index]; }

private:
  std::vector<Fields> messages_;
  std::vector<std::string> names_;
};

}  // namespace rmw_plib

#endif  // CONTENT_FILTER__MESSAGE_LAYOUT_HPP_
