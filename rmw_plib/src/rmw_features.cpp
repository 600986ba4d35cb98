#include "rcutils/logging.h"
#include "rmw/error_handling.h"
#include "rmw/features.h"
#include "rmw/rmw.h"

extern "C" {

bool rmw_feature_supported(rmw_feature_t feature)
{
  switch (feature) {
    case RMW_FEATURE_MESSAGE_INFO_PUBLICATION_SEQUENCE_NUMBER:
    case RMW_FEATURE_MESSAGE_INFO_RECEPTION_SEQUENCE_NUMBER:
      return true;
    case RMW_MIDDLEWARE_SUPPORTS_TYPE_DISCOVERY:
    case RMW_MIDDLEWARE_CAN_TAKE_DYNAMIC_MESSAGE:
      return false;
  }
  return false;
}

/// plib writes no log of its own; what rmw_plib logs follows the level of its logger.
rmw_ret_t rmw_set_log_severity(rmw_log_severity_t severity)
{
  switch (severity) {
    case RMW_LOG_SEVERITY_DEBUG:
    case RMW_LOG_SEVERITY_INFO:
    case RMW_LOG_SEVERITY_WARN:
    case RMW_LOG_SEVERITY_ERROR:
    case RMW_LOG_SEVERITY_FATAL:
      break;
    default:
      RMW_SET_ERROR_MSG_WITH_FORMAT_STRING("unknown log severity %d", static_cast<int>(severity));
      return RMW_RET_INVALID_ARGUMENT;
  }
  if (rcutils_logging_set_logger_level("rmw_plib", static_cast<int>(severity)) != RCUTILS_RET_OK) {
    return RMW_RET_ERROR;
  }
  return RMW_RET_OK;
}

}  // extern "C"
