#include "rmw/qos_profiles.h"
#include "rmw/rmw.h"

#include "checks.hpp"
#include "qos_compatibility.hpp"

extern "C" {

rmw_ret_t rmw_qos_profile_check_compatible(
  const rmw_qos_profile_t publisher_profile, const rmw_qos_profile_t subscription_profile,
  rmw_qos_compatibility_type_t * compatibility, char * reason, size_t reason_size)
{
  RMW_PLIB_CHECK_ARGUMENT(compatibility);
  if (!reason && reason_size != 0) {
    RMW_SET_ERROR_MSG("reason is null, but reason_size is not zero");
    return RMW_RET_INVALID_ARGUMENT;
  }
  *compatibility =
    rmw_plib::judge_qos(publisher_profile, subscription_profile, reason, reason_size);
  return RMW_RET_OK;
}

}  // extern "C"
