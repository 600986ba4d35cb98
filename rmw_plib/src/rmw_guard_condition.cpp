#include <memory>

#include "plib/plib.h"
#include "rmw/rmw.h"

#include "checks.hpp"
#include "context.hpp"
#include "error.hpp"

// A guard condition's `data` is its plib_guard: a trigger is one call, from signal handlers too.

extern "C" {

rmw_guard_condition_t * rmw_create_guard_condition(rmw_context_t * context)
{
  RMW_PLIB_CHECK_HANDLE_OR_NULL(context);
  return rmw_plib::guarded_create([&] {
    (void)rmw_plib::participant_of(*context);
    auto handle = std::make_unique<rmw_guard_condition_t>();
    plib_guard * guard = nullptr;
    rmw_plib::throw_on_error(plib_guard_create(&guard), "failed to create the guard condition");
    handle->implementation_identifier = rmw_plib::identifier;
    handle->data = guard;
    handle->context = context;
    return handle.release();
  });
}

rmw_ret_t rmw_destroy_guard_condition(rmw_guard_condition_t * guard_condition)
{
  RMW_PLIB_CHECK_HANDLE(guard_condition);
  const std::unique_ptr<rmw_guard_condition_t> owner(guard_condition);
  plib_guard_destroy(static_cast<plib_guard *>(guard_condition->data));
  return RMW_RET_OK;
}

rmw_ret_t rmw_trigger_guard_condition(const rmw_guard_condition_t * guard_condition)
{
  RMW_PLIB_CHECK_HANDLE(guard_condition);
  plib_guard_trigger(static_cast<plib_guard *>(guard_condition->data));
  return RMW_RET_OK;
}

}  // extern "C"
