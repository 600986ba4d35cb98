#include <cinttypes>
#include <cstdint>
#include <memory>

#include "rcutils/logging_macros.h"
#include "rcutils/strdup.h"
#include "rmw/discovery_options.h"
#include "rmw/domain_id.h"
#include "rmw/init.h"
#include "rmw/init_options.h"
#include "rmw/security_options.h"

#include "checks.hpp"
#include "context.hpp"
#include "error.hpp"

extern "C" {

rmw_ret_t rmw_init(const rmw_init_options_t * options, rmw_context_t * context)
{
  RMW_PLIB_CHECK_ARGUMENT(options);
  RMW_PLIB_CHECK_ARGUMENT(context);
  RMW_CHECK_FOR_NULL_WITH_MSG(
    options->implementation_identifier, "expected initialized init options",
    return RMW_RET_INVALID_ARGUMENT);
  RMW_PLIB_CHECK_HANDLE(options);
  RMW_CHECK_FOR_NULL_WITH_MSG(
    options->enclave, "expected non-null enclave", return RMW_RET_INVALID_ARGUMENT);
  if (context->implementation_identifier) {
    RMW_SET_ERROR_MSG("expected a zero-initialized context");
    return RMW_RET_INVALID_ARGUMENT;
  }
  if (options->domain_id != RMW_DEFAULT_DOMAIN_ID && options->domain_id > UINT32_MAX) {
    RMW_SET_ERROR_MSG_WITH_FORMAT_STRING(
      "domain id %zu is larger than %" PRIu32, options->domain_id, UINT32_MAX);
    return RMW_RET_INVALID_ARGUMENT;
  }
  // Better no robot than one that is believed to be protected.
  if (options->security_options.enforce_security == RMW_SECURITY_ENFORCEMENT_ENFORCE) {
    RMW_SET_ERROR_MSG(
      "rmw_plib does not enforce ROS security (SROS 2) yet: with ROS_SECURITY_STRATEGY=Enforce use "
      "another RMW implementation, or set it to Permissive to run without access control");
    return RMW_RET_UNSUPPORTED;
  }
  if (options->security_options.security_root_path) {
    RCUTILS_LOG_WARN_NAMED(
      "rmw_plib",
      "this context runs without ROS security (SROS 2), which rmw_plib does not have yet: "
      "ROS_SECURITY_STRATEGY=Permissive lets it, and nothing in %s is used",
      options->security_options.security_root_path);
  }

  return rmw_plib::guarded([&] {
    const size_t domain_id = options->domain_id == RMW_DEFAULT_DOMAIN_ID ? 0u : options->domain_id;
    plib_keep_message_memory();
    auto impl = std::make_unique<rmw_context_impl_s>();
    // All ranges but this one are the same: plib does not leave the host.
    const bool isolated =
      options->discovery_options.automatic_discovery_range == RMW_AUTOMATIC_DISCOVERY_RANGE_OFF;
    impl->participant =
      std::make_shared<rmw_plib::Participant>(domain_id, options->enclave, isolated);
    rmw_context_t result = rmw_get_zero_initialized_context();
    result.options = rmw_get_zero_initialized_init_options();
    const rmw_ret_t ret = rmw_init_options_copy(options, &result.options);
    if (ret != RMW_RET_OK) {
      return ret;
    }
    result.instance_id = options->instance_id;
    result.implementation_identifier = rmw_plib::identifier;
    result.actual_domain_id = domain_id;
    result.impl = impl.release();
    *context = result;
    return RMW_RET_OK;
  });
}

rmw_ret_t rmw_shutdown(rmw_context_t * context)
{
  RMW_PLIB_CHECK_ARGUMENT(context);
  RMW_CHECK_FOR_NULL_WITH_MSG(
    context->impl, "expected initialized context", return RMW_RET_INVALID_ARGUMENT);
  RMW_PLIB_CHECK_HANDLE(context);
  context->impl->is_shutdown = true;
  return RMW_RET_OK;
}

rmw_ret_t rmw_context_fini(rmw_context_t * context)
{
  RMW_PLIB_CHECK_ARGUMENT(context);
  RMW_CHECK_FOR_NULL_WITH_MSG(
    context->impl, "expected initialized context", return RMW_RET_INVALID_ARGUMENT);
  RMW_PLIB_CHECK_HANDLE(context);
  if (!context->impl->is_shutdown) {
    RMW_SET_ERROR_MSG("the context has not been shut down");
    return RMW_RET_INVALID_ARGUMENT;
  }
  const std::unique_ptr<rmw_context_impl_s> impl(context->impl);
  const rmw_ret_t ret = rmw_init_options_fini(&context->options);
  *context = rmw_get_zero_initialized_context();
  return ret;
}

}  // extern "C"
