#include "participant.hpp"

#include <algorithm>

#include "error.hpp"

namespace rmw_plib
{

Participant::Participant(size_t domain_id, const char * enclave, bool isolated)
{
  plib_participant_options options{};
  options.domain_id = static_cast<uint32_t>(domain_id);
  options.enclave = enclave;
  options.isolated = isolated;
  plib_participant * participant = nullptr;
  throw_on_error(plib_participant_create(&options, &participant), "failed to join the domain");
  participant_.reset(participant);
  listener_ = std::make_unique<Listener>(participant);
  prefix_ = gid(0);
}

Participant::~Participant() = default;

Gid Participant::gid(uint32_t entity) const noexcept
{
  Gid gid;
  plib_participant_gid(get(), entity, gid.data());
  return gid;
}

bool Participant::owns(const uint8_t * gid) const noexcept
{
  return std::equal(gid, gid + PLIB_GID_PREFIX_SIZE, prefix_.begin());
}

}  // namespace rmw_plib
