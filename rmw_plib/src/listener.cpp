#include "listener.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <limits>
#include <system_error>

#include "rmw/ret_types.h"

#include "error.hpp"

namespace rmw_plib
{

Listener::~Listener()
{
  if (thread_.joinable() && plib_participant_is_inherited(participant_)) {
    thread_.detach();  // it runs in the parent
    return;
  }
  if (thread_.joinable()) {
    {
      const std::lock_guard<std::recursive_mutex> lock(mutex_);
      stopping_ = true;
      plib_guard_trigger(changed_);
    }
    thread_.join();
  }
  if (changed_) {
    plib_guard_destroy(changed_);
  }
}

void Listener::set(plib_reader * reader, rmw_event_callback_t callback, const void * user_data)
{
  const std::lock_guard<std::recursive_mutex> lock(mutex_);
  if (callback && !thread_.joinable()) {
    start();
  }
  remove(reader);
  interrupt();
  if (callback) {
    const uint64_t unread = plib_reader_unread(reader);
    entries_.push_back({reader, callback, user_data});
    if (unread > 0) {
      callback(user_data, unread);
    }
  }
}

void Listener::clear(plib_reader * reader) noexcept
{
  const std::lock_guard<std::recursive_mutex> lock(mutex_);
  const size_t before = entries_.size();
  remove(reader);
  if (entries_.size() != before) {
    interrupt();
  }
}

void Listener::remove(plib_reader * reader) noexcept
{
  entries_.erase(
    std::remove_if(
      entries_.begin(), entries_.end(),
      [=](const Entry & entry) { return entry.reader == reader; }),
    entries_.end());
}

void Listener::interrupt() noexcept
{
  ++version_;
  if (plib_participant_is_inherited(participant_)) {
    return;
  }
  if (!thread_.joinable() || std::this_thread::get_id() == thread_.get_id()) {
    return;
  }
  plib_guard_trigger(changed_);
  std::unique_lock<std::mutex> lock(sleep_mutex_);
  awake_.wait(lock, [this] { return !sleeping_; });
}

void Listener::start()
{
  if (!changed_) {
    throw_on_error(plib_guard_create(&changed_), "failed to make a guard for callbacks");
  }
  // The application's signals are for its own threads.
  sigset_t all;
  sigset_t before;
  (void)sigfillset(&all);
  (void)pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error & error) {
    (void)pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw Error(RMW_RET_ERROR, std::string("no thread for callbacks: ") + error.what());
  }
  (void)pthread_sigmask(SIG_SETMASK, &before, nullptr);
  (void)pthread_setname_np(thread_.native_handle(), "plib-callbacks");
}

void Listener::run() noexcept
{
  std::unique_lock<std::recursive_mutex> lock(mutex_);
  while (!stopping_) {
    collect();
    set_sleeping(true);
    lock.unlock();
    (void)plib_wait(
      participant_, items_.data(), items_.size(), std::numeric_limits<int64_t>::max());
    set_sleeping(false);
    lock.lock();
    call_back();
  }
}

void Listener::set_sleeping(bool sleeping) noexcept
{
  const std::lock_guard<std::mutex> lock(sleep_mutex_);
  sleeping_ = sleeping;
  awake_.notify_all();
}

void Listener::collect()
{
  if (seen_version_ == version_ && !items_.empty()) {
    return;
  }
  items_.clear();
  items_.push_back({PLIB_WAIT_GUARD, 0, changed_});
  for (const Entry & entry : entries_) {
    items_.push_back({PLIB_WAIT_ARRIVAL, 0, entry.reader});
  }
  seen_version_ = version_;
}

void Listener::call_back()
{
  // A callback may change the list: what it removed is not called, what it added is looked at next.
  const uint64_t version = version_;
  for (size_t i = 0; i < entries_.size() && version_ == version; ++i) {
    const Entry entry = entries_[i];
    const uint64_t arrivals = plib_reader_arrivals(entry.reader);
    if (arrivals > 0) {
      entry.callback(entry.user_data, arrivals);
    }
  }
}

}  // namespace rmw_plib
