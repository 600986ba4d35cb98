#ifndef CHECKS_HPP_
#define CHECKS_HPP_

#include "rcutils/allocator.h"
#include "rmw/check_type_identifiers_match.h"
#include "rmw/error_handling.h"
#include "rmw/ret_types.h"

#include "identifier.hpp"

/// Return RMW_RET_INVALID_ARGUMENT when `argument` is null.
#define RMW_PLIB_CHECK_ARGUMENT(argument) \
  RMW_CHECK_ARGUMENT_FOR_NULL(argument, RMW_RET_INVALID_ARGUMENT)

/// Return an error when `handle` is null or was not made by this library.
#define RMW_PLIB_CHECK_HANDLE(handle)                                  \
  RMW_CHECK_ARGUMENT_FOR_NULL(handle, RMW_RET_INVALID_ARGUMENT);       \
  RMW_CHECK_TYPE_IDENTIFIERS_MATCH(                                    \
    handle, (handle)->implementation_identifier, rmw_plib::identifier, \
    return RMW_RET_INCORRECT_RMW_IMPLEMENTATION)

/// The same for functions that return a pointer.
#define RMW_PLIB_CHECK_HANDLE_OR_NULL(handle)   \
  RMW_CHECK_ARGUMENT_FOR_NULL(handle, nullptr); \
  RMW_CHECK_TYPE_IDENTIFIERS_MATCH(             \
    handle, (handle)->implementation_identifier, rmw_plib::identifier, return nullptr)

#define RMW_PLIB_CHECK_ALLOCATOR(allocator) \
  RCUTILS_CHECK_ALLOCATOR_WITH_MSG(         \
    allocator, #allocator " argument is invalid", return RMW_RET_INVALID_ARGUMENT)

#endif  // CHECKS_HPP_
