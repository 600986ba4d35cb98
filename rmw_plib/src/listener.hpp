#ifndef LISTENER_HPP_
#define LISTENER_HPP_

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "plib/plib.h"
#include "rmw/event_callback_type.h"

namespace rmw_plib
{

/// Calls back when readers get samples and statuses change: the one thread that rmw_plib ever starts.
/**
 * The thread starts with the first callback, sleeps while nothing arrives, and ends with the
 * participant. One owner's callbacks run one at a time, with no lock held: they may wait for what other
 * threads hold that set callbacks of other owners, and may set and clear callbacks themselves.
 */
class Listener
{
public:
  explicit Listener(plib_participant * participant) noexcept : participant_(participant) {}
  ~Listener();

  Listener(const Listener &) = delete;
  Listener & operator=(const Listener &) = delete;

  /// Call `callback` with how often `item` happened: samples arrived, a status changed.
  /**
   * Begins with what was there before: unread samples, changes that were not seen. Replaces the
   * callback that `owner` had; null clears it. When this returns, the callback before does not run
   * and will not be called any more: this waits for one that another thread runs (two callbacks that
   * change each other's would do so for ever). Throws when the thread cannot be started.
   */
  void set(
    const void * owner, const plib_wait_item & item, rmw_event_callback_t callback,
    const void * user_data);

  /// Forget what `owner` set: it is to be destroyed.
  void clear(const void * owner) noexcept;

private:
  struct Entry
  {
    const void * owner;
    plib_wait_item item;
    rmw_event_callback_t callback;
    const void * user_data;
  };

  /// A callback that runs.
  struct Call
  {
    const void * owner;
    std::thread::id thread;
    bool is_outdated;  // its owner was changed meanwhile
  };

  using Lock = std::unique_lock<std::mutex>;

  void start();
  void run() noexcept;
  void set_sleeping(bool sleeping) noexcept;
  void collect();
  void call_back(Lock & lock);

  /// Let go of the lock and call. Returns whether `entry` still is its owner's then.
  bool call(Lock & lock, const Entry & entry, uint64_t count);

  /// Remove what `owner` set, and wait until no other thread runs its callback.
  void forget(Lock & lock, const void * owner);
  bool remove(const void * owner) noexcept;

  /// Wait until the thread no longer sleeps on what was removed. With the lock, which the thread needs
  /// to make a new list before it sleeps again.
  void interrupt() noexcept;

  plib_participant * participant_;
  plib_guard * changed_ = nullptr;
  std::mutex mutex_;  // not held while a callback runs
  std::vector<Entry> entries_;
  std::vector<Call *> calls_;  // each on the stack of the thread that runs it
  std::condition_variable returned_;
  std::vector<plib_wait_item> items_;  // the thread's own
  uint64_t version_ = 0;               // of entries_
  bool stopping_ = false;
  std::mutex sleep_mutex_;
  std::condition_variable awake_;
  bool sleeping_ = false;  // guarded by sleep_mutex_; items_ are in use
  std::thread thread_;
};

}  // namespace rmw_plib

#endif  // LISTENER_HPP_
