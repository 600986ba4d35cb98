#include <string>

#include "rcutils/snprintf.h"
#include "rmw/qos_profiles.h"
#include "rmw/rmw.h"

#include "checks.hpp"
#include "error.hpp"
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
  return rmw_plib::guarded([&] {
    const rmw_plib::QosVerdict verdict =
      rmw_plib::judge_qos(publisher_profile, subscription_profile);
    *compatibility = verdict.compatibility;
    if (reason && reason_size != 0) {
      const std::string text = verdict.reason.substr(0, reason_size - 1);
      text.copy(reason, text.size());
      reason[text.size()] = '\0';
    }
    return RMW_RET_OK;
  });
}

}  // extern "C"
