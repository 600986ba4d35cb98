#ifndef READER_HPP_
#define READER_HPP_

#include <memory>

#include "plib/plib.h"
#include "rmw/event_callback_type.h"
#include "rmw/ret_types.h"

#include "participant.hpp"

namespace rmw_plib
{

/// A plib reader: of a subscription, of a server's requests, of a client's replies.
class Reader
{
public:
  /// Throws Error.
  Reader(std::shared_ptr<Participant> participant, const plib_endpoint_options & options);
  ~Reader();

  Reader(const Reader &) = delete;
  Reader & operator=(const Reader &) = delete;

  /// Leave the graph, before destruction; a negative errno when plibd may still show the reader.
  int close() noexcept;

  plib_reader * get() const noexcept { return reader_; }

  /// Notice new writers, also when nobody waits.
  void poll() const noexcept { participant_->poll(); }

  /// Writers matched now.
  uint32_t matched() const noexcept;

  /// Whether a writer is matched, or was and may come back since a restart of the daemon.
  bool knows(const Gid & writer) const noexcept;

  Gid gid() const noexcept { return gid_; }

  /// Call back with the number of samples that are there and that arrive; null: no longer.
  rmw_ret_t set_callback(rmw_event_callback_t callback, const void * user_data) const;

private:
  std::shared_ptr<Participant> participant_;
  plib_reader * reader_ = nullptr;
  Gid gid_{};
};

/// The next sample of a reader, if there is one, kept from being overwritten until destruction.
class Sample
{
public:
  explicit Sample(const Reader & reader) noexcept;
  ~Sample();

  Sample(const Sample &) = delete;
  Sample & operator=(const Sample &) = delete;

  /// RMW_RET_OK with or without a sample; else the error string is set.
  rmw_ret_t result() const noexcept { return result_; }

  explicit operator bool() const noexcept { return taken_; }

  /// Whether nothing was taken only because as many samples as may be held are held.
  bool is_refused() const noexcept { return refused_; }

  /// Keep the sample beyond this object's life; release it with Reader::release().
  plib_sample keep() noexcept
  {
    taken_ = false;
    return sample_;
  }

  const plib_sample * operator->() const noexcept { return &sample_; }
  const plib_sample & operator*() const noexcept { return sample_; }

private:
  plib_reader * reader_;
  plib_sample sample_{};
  rmw_ret_t result_ = RMW_RET_OK;
  bool taken_ = false;
  bool refused_ = false;
};

}  // namespace rmw_plib

#endif  // READER_HPP_
