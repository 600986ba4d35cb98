#include "context.hpp"

#include "error.hpp"

namespace rmw_plib
{

std::shared_ptr<Participant> participant_of(const rmw_context_t & context)
{
  if (!context.impl) {
    throw Error(RMW_RET_INVALID_ARGUMENT, "the context is not initialized");
  }
  if (context.impl->is_shutdown) {
    throw Error(RMW_RET_INVALID_ARGUMENT, "the context has been shut down");
  }
  return context.impl->participant;
}

}  // namespace rmw_plib
