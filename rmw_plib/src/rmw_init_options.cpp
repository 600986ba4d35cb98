#include "rcutils/strdup.h"
#include "rmw/discovery_options.h"
#include "rmw/domain_id.h"
#include "rmw/init_options.h"
#include "rmw/security_options.h"

#include "checks.hpp"

extern "C" {

rmw_ret_t rmw_init_options_init(rmw_init_options_t * init_options, rcutils_allocator_t allocator)
{
  RMW_PLIB_CHECK_ARGUMENT(init_options);
  RMW_PLIB_CHECK_ALLOCATOR(&allocator);
  if (init_options->implementation_identifier) {
    RMW_SET_ERROR_MSG("expected zero-initialized init options");
    return RMW_RET_INVALID_ARGUMENT;
  }
  rmw_init_options_t result = rmw_get_zero_initialized_init_options();
  result.implementation_identifier = rmw_plib::identifier;
  result.allocator = allocator;
  result.domain_id = RMW_DEFAULT_DOMAIN_ID;
  result.security_options = rmw_get_default_security_options();
  result.discovery_options = rmw_get_zero_initialized_discovery_options();
  const rmw_ret_t ret = rmw_discovery_options_init(&result.discovery_options, 0, &allocator);
  if (ret == RMW_RET_OK) {
    *init_options = result;
  }
  return ret;
}

rmw_ret_t rmw_init_options_copy(const rmw_init_options_t * src, rmw_init_options_t * dst)
{
  RMW_PLIB_CHECK_ARGUMENT(src);
  RMW_PLIB_CHECK_ARGUMENT(dst);
  RMW_CHECK_FOR_NULL_WITH_MSG(
    src->implementation_identifier, "expected initialized src", return RMW_RET_INVALID_ARGUMENT);
  RMW_PLIB_CHECK_HANDLE(src);
  if (dst->implementation_identifier) {
    RMW_SET_ERROR_MSG("expected zero-initialized dst");
    return RMW_RET_INVALID_ARGUMENT;
  }
  rcutils_allocator_t allocator = src->allocator;
  RMW_PLIB_CHECK_ALLOCATOR(&allocator);

  rmw_init_options_t result = *src;
  result.enclave = nullptr;
  result.security_options = rmw_get_zero_initialized_security_options();
  result.discovery_options = rmw_get_zero_initialized_discovery_options();
  rmw_ret_t ret = RMW_RET_OK;
  if (src->enclave) {
    result.enclave = rcutils_strdup(src->enclave, allocator);
    if (!result.enclave) {
      RMW_SET_ERROR_MSG("no memory for the enclave's name");
      ret = RMW_RET_BAD_ALLOC;
    }
  }
  if (ret == RMW_RET_OK) {
    ret = rmw_security_options_copy(&src->security_options, &allocator, &result.security_options);
  }
  if (ret == RMW_RET_OK) {
    ret =
      rmw_discovery_options_copy(&src->discovery_options, &allocator, &result.discovery_options);
  }
  if (ret != RMW_RET_OK) {
    allocator.deallocate(result.enclave, allocator.state);
    (void)rmw_security_options_fini(&result.security_options, &allocator);
    return ret;
  }
  *dst = result;
  return RMW_RET_OK;
}

rmw_ret_t rmw_init_options_fini(rmw_init_options_t * init_options)
{
  RMW_PLIB_CHECK_ARGUMENT(init_options);
  RMW_CHECK_FOR_NULL_WITH_MSG(
    init_options->implementation_identifier, "expected initialized init_options",
    return RMW_RET_INVALID_ARGUMENT);
  RMW_PLIB_CHECK_HANDLE(init_options);
  const rcutils_allocator_t allocator = init_options->allocator;
  RMW_PLIB_CHECK_ALLOCATOR(&allocator);
  allocator.deallocate(init_options->enclave, allocator.state);
  const rmw_ret_t security = rmw_security_options_fini(&init_options->security_options, &allocator);
  const rmw_ret_t discovery = rmw_discovery_options_fini(&init_options->discovery_options);
  *init_options = rmw_get_zero_initialized_init_options();
  return security != RMW_RET_OK ? security : discovery;
}

}  // extern "C"
