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

/// plib writes no log of its own; what rmw_plib logs follows the level of the logger "rmw_plib".
rmw_ret_t rmw_set_log_severity(rmw_log_severity_t) { return RMW_RET_OK; }

}  // extern "C"
