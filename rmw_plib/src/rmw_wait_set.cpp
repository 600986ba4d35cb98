#include <memory>

#include "rmw/rmw.h"

#include "checks.hpp"
#include "context.hpp"
#include "error.hpp"
#include "wait_set.hpp"

using rmw_plib::WaitSet;

extern "C" {

rmw_wait_set_t * rmw_create_wait_set(rmw_context_t * context, size_t max_conditions)
{
  RMW_PLIB_CHECK_HANDLE_OR_NULL(context);
  return rmw_plib::guarded_create([&] {
    return std::make_unique<WaitSet>(rmw_plib::participant_of(*context), max_conditions)
      .release()
      ->handle();
  });
}

rmw_ret_t rmw_destroy_wait_set(rmw_wait_set_t * wait_set)
{
  RMW_PLIB_CHECK_HANDLE(wait_set);
  const std::unique_ptr<WaitSet> owner(&WaitSet::from(*wait_set));
  return RMW_RET_OK;
}

}  // extern "C"
