// The types that the fuzzers of messages and filters try.
#ifndef MESSAGES_HPP_
#define MESSAGES_HPP_

#include "rosidl_typesupport_cpp/message_type_support.hpp"
#include "test_msgs/msg/arrays.hpp"
#include "test_msgs/msg/basic_types.hpp"
#include "test_msgs/msg/bounded_sequences.hpp"
#include "test_msgs/msg/builtins.hpp"
#include "test_msgs/msg/multi_nested.hpp"
#include "test_msgs/msg/strings.hpp"
#include "test_msgs/msg/unbounded_sequences.hpp"
#include "test_msgs/msg/w_strings.hpp"

constexpr uint8_t message_types = 8;

/// The last one has wide strings, for which Fast CDR's type support makes room before it looks whether they are
/// there: up to 16 GiB for a message of a few bytes.
constexpr uint8_t message_types_without_wide_strings = 7;

/// Call `body` with a message of the type of that number.
template <typename Body>
void with_message(uint8_t number, Body && body)
{
  namespace msg = test_msgs::msg;
  switch (number % message_types) {
    case 0:
      return body(msg::BasicTypes{});
    case 1:
      return body(msg::Strings{});
    case 2:
      return body(msg::Arrays{});
    case 3:
      return body(msg::UnboundedSequences{});
    case 4:
      return body(msg::BoundedSequences{});
    case 5:
      return body(msg::MultiNested{});
    case 6:
      return body(msg::Builtins{});
    default:
      return body(msg::WStrings{});
  }
}

template <typename Message>
const rosidl_message_type_support_t * type_of(const Message &)
{
  return rosidl_typesupport_cpp::get_message_type_support_handle<Message>();
}

#endif  // MESSAGES_HPP_
