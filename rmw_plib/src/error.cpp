#include "error.hpp"

#include <cerrno>
#include <new>

#include "fastcdr/exceptions/Exception.h"
#include "plib/plib.h"
#include "rmw/error_handling.h"

namespace rmw_plib
{

rmw_ret_t to_rmw_ret(int status) noexcept
{
  switch (-status) {
    case 0:
      return RMW_RET_OK;
    case ENOMEM:
      return RMW_RET_BAD_ALLOC;
    case EINVAL:
      return RMW_RET_INVALID_ARGUMENT;
    case ETIMEDOUT:
      return RMW_RET_TIMEOUT;
    default:
      return RMW_RET_ERROR;
  }
}

rmw_ret_t report(int status, const char * what) noexcept
{
  RMW_SET_ERROR_MSG_WITH_FORMAT_STRING("%s: %s", what, plib_error_text());
  return to_rmw_ret(status);
}

rmw_ret_t report_destroyed(int status, const char * what) noexcept
{
  if (status < 0) {
    (void)report(status, what);
    return RMW_RET_ERROR;
  }
  return RMW_RET_OK;
}

void throw_on_error(int status, const char * what)
{
  if (status < 0) {
    throw Error(to_rmw_ret(status), std::string(what) + ": " + plib_error_text());
  }
}

rmw_ret_t report_exception() noexcept
{
  try {
    throw;
  } catch (const Error & error) {
    RMW_SET_ERROR_MSG(error.what());
    return error.code();
  } catch (const std::bad_alloc &) {
    RMW_SET_ERROR_MSG("out of memory");
    return RMW_RET_BAD_ALLOC;
  } catch (const eprosima::fastcdr::exception::Exception & error) {
    RMW_SET_ERROR_MSG_WITH_FORMAT_STRING("CDR: %s", error.what());
    return RMW_RET_ERROR;
  } catch (const std::exception & error) {
    RMW_SET_ERROR_MSG(error.what());
    return RMW_RET_ERROR;
  } catch (...) {
    RMW_SET_ERROR_MSG("unknown exception");
    return RMW_RET_ERROR;
  }
}

}  // namespace rmw_plib
