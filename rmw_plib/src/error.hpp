#ifndef ERROR_HPP_
#define ERROR_HPP_

#include <stdexcept>
#include <string>
#include <utility>

#include "rmw/ret_types.h"

namespace rmw_plib
{

/// A failure on its way to an entry point, which turns it into a return code and the error string.
class Error : public std::runtime_error
{
public:
  Error(rmw_ret_t code, const std::string & text) : std::runtime_error(text), code_(code) {}

  rmw_ret_t code() const noexcept { return code_; }

private:
  rmw_ret_t code_;
};

/// The return code for a negative errno of plib.
rmw_ret_t to_rmw_ret(int status) noexcept;

/// Set the error string to "<what>: <plib_error_text()>" and return the code for `status`.
rmw_ret_t report(int status, const char * what) noexcept;

/// RMW_RET_ERROR and the error string as report() has it when `status` is an error; else RMW_RET_OK.
/**
 * For what is gone whatever comes of it: why plibd did not hear of that does not matter to the caller.
 */
rmw_ret_t report_destroyed(int status, const char * what) noexcept;

/// Throw what report() would have reported, when `status` is an error.
void throw_on_error(int status, const char * what);

/// Set the error string from the exception being handled and return its code.
rmw_ret_t report_exception() noexcept;

/// Call `body`, which returns rmw_ret_t; no exception leaves.
template <typename Body>
rmw_ret_t guarded(Body && body) noexcept
{
  try {
    return std::forward<Body>(body)();
  } catch (...) {
    return report_exception();
  }
}

/// Call `body`, which returns a pointer; nullptr when it throws.
template <typename Body>
auto guarded_create(Body && body) noexcept -> decltype(body())
{
  try {
    return std::forward<Body>(body)();
  } catch (...) {
    (void)report_exception();
    return nullptr;
  }
}

}  // namespace rmw_plib

#endif  // ERROR_HPP_
