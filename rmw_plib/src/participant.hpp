#ifndef PARTICIPANT_HPP_
#define PARTICIPANT_HPP_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "plib/plib.h"

#include "gid.hpp"
#include "listener.hpp"

namespace rmw_plib
{

/// The plib participant of one rmw context.
/**
 * Shared by everything made in the context, so that it goes last whatever the order of destruction.
 */
class Participant
{
public:
  /// Throws Error. An isolated one meets nobody else, and nobody sees it.
  Participant(size_t domain_id, const char * enclave, bool isolated);
  ~Participant();

  Participant(const Participant &) = delete;
  Participant & operator=(const Participant &) = delete;

  plib_participant * get() const noexcept { return participant_.get(); }

  /// Whether this process was forked from the one that joined: plib refuses every call.
  bool is_inherited() const noexcept { return plib_participant_is_inherited(get()); }

  /// Apply the daemon's news, if there are any: matches, ends of peers, a restart.
  /**
   * What is matched keeps flowing while the daemon is away, hence nothing to report.
   */
  void poll() const noexcept
  {
    if (plib_participant_pending(get())) {
      (void)plib_participant_poll(get());
    }
  }

  /// Who calls back when samples arrive.
  Listener & listener() const noexcept { return *listener_; }

  Gid gid(uint32_t entity) const noexcept;

  /// Whether `gid` belongs to an entity of this participant.
  bool owns(const uint8_t * gid) const noexcept;

private:
  struct Destroy
  {
    void operator()(plib_participant * participant) const noexcept
    {
      plib_participant_destroy(participant);
    }
  };

  std::unique_ptr<plib_participant, Destroy> participant_;
  std::unique_ptr<Listener> listener_;  // goes first
  Gid prefix_{};
};

}  // namespace rmw_plib

#endif  // PARTICIPANT_HPP_
