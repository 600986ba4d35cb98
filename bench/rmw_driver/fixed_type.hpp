#ifndef FIXED_TYPE_HPP_
#define FIXED_TYPE_HPP_

#include <cstddef>

#include "rosidl_runtime_c/message_type_support_struct.h"

namespace bench
{

/// The type support of a message that is an array of so many bytes and nothing else.
/**
 * Throws std::invalid_argument for sizes that are not in the list of fixed_type.cpp. Written by
 * hand: rosidl would put an array of 64 MiB into generated code of three languages.
 */
const rosidl_message_type_support_t * fixed_type(size_t size);

}  // namespace bench

#endif  // FIXED_TYPE_HPP_
