#ifndef CONTEXT_HPP_
#define CONTEXT_HPP_

#include <atomic>
#include <memory>

#include "rmw/init.h"

#include "participant.hpp"

/// What rmw_context_t::impl points to; the rmw headers declare the name.
struct rmw_context_impl_s
{
  std::shared_ptr<rmw_plib::Participant> participant;
  std::atomic<bool> is_shutdown{false};
};

namespace rmw_plib
{

/// The participant of `context`, which was not shut down; throws Error otherwise.
std::shared_ptr<Participant> participant_of(const rmw_context_t & context);

}  // namespace rmw_plib

#endif  // CONTEXT_HPP_
