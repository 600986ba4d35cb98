#include "listener.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <limits>
#include <system_error>

#include "rcpputils/scope_exit.hpp"
#include "rmw/ret_types.h"

#include "error.hpp"

namespace rmw_plib
{

namespace
{

/// How often `item` happened since it was counted last.
uint64_t count_news(plib_wait_item & item) noexcept
{
  if (item.kind == PLIB_WAIT_ARRIVAL) {
    return plib_reader_arrivals(static_cast<plib_reader *>(item.object));
  }
  plib_status status{};
  const int result =
    item.kind == PLIB_WAIT_READER_EVENT
      ? plib_reader_status(static_cast<plib_reader *>(item.object), item.event, &status)
      : plib_writer_status(static_cast<plib_writer *>(item.object), item.event, &status);
  if (result != 0) {
    return 0;
  }
  const uint64_t news = status.changes - item.seen;
  item.seen = status.changes;
  return news;
}

}  // namespace

Listener::~Listener()
{
  if (thread_.joinable() && plib_participant_is_inherited(participant_)) {
    thread_.detach();  // it runs in the parent
    return;
  }
  if (thread_.joinable()) {
    {
      const Lock lock(mutex_);
      stopping_ = true;
      plib_guard_trigger(changed_);
    }
    thread_.join();
  }
  if (changed_) {
    plib_guard_destroy(changed_);
  }
}

void Listener::set(
  const void * owner, const plib_wait_item & item, rmw_event_callback_t callback,
  const void * user_data)
{
  // The thread may have held the lock when this process was forked, and would never give it back.
  if (plib_participant_is_inherited(participant_)) {
    throw Error(
      RMW_RET_ERROR, "a process that was forked from the one that joined has no callbacks");
  }
  Lock lock(mutex_);
  if (callback) {
    // What can fail fails before anything changes or is announced.
    entries_.reserve(entries_.size() + 1);
    if (!thread_.joinable()) {
      start();
    }
  }
  forget(lock, owner);
  if (!callback) {
    return;
  }
  Entry entry{owner, item, callback, user_data};
  const uint64_t before = item.kind == PLIB_WAIT_ARRIVAL
                            ? plib_reader_unread(static_cast<plib_reader *>(item.object))
                            : count_news(entry.item);
  // Not in the list yet, or the thread would call it as well.
  if (before == 0 || call(lock, entry, before)) {
    entries_.push_back(entry);
    interrupt();
  }
}

void Listener::clear(const void * owner) noexcept
{
  if (plib_participant_is_inherited(participant_)) {
    return;
  }
  Lock lock(mutex_);
  forget(lock, owner);
}

void Listener::forget(Lock & lock, const void * owner)
{
  const auto runs_elsewhere = [=](const Call * call) {
    return call->owner == owner && call->thread != std::this_thread::get_id();
  };
  for (;;) {
    if (remove(owner)) {
      interrupt();
    }
    for (Call * call : calls_) {
      call->is_outdated = call->is_outdated || call->owner == owner;
    }
    if (std::none_of(calls_.begin(), calls_.end(), runs_elsewhere)) {
      return;
    }
    returned_.wait(lock);
  }
}

bool Listener::remove(const void * owner) noexcept
{
  const auto end = std::remove_if(
    entries_.begin(), entries_.end(), [=](const Entry & entry) { return entry.owner == owner; });
  const bool any = end != entries_.end();
  entries_.erase(end, entries_.end());
  return any;
}

bool Listener::call(Lock & lock, const Entry & entry, uint64_t count)
{
  Call call{entry.owner, std::this_thread::get_id(), false};
  calls_.push_back(&call);
  {
    const auto returned = rcpputils::make_scope_exit([&] {
      lock.lock();
      calls_.erase(std::find(calls_.begin(), calls_.end(), &call));
      returned_.notify_all();
    });
    lock.unlock();
    entry.callback(entry.user_data, count);
  }
  return !call.is_outdated;
}

void Listener::interrupt() noexcept
{
  ++version_;
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
  const auto unmask =
    rcpputils::make_scope_exit([&] { (void)pthread_sigmask(SIG_SETMASK, &before, nullptr); });
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error & error) {
    throw Error(RMW_RET_ERROR, std::string("no thread for callbacks: ") + error.what());
  }
  (void)pthread_setname_np(thread_.native_handle(), "plib-callbacks");
}

void Listener::run() noexcept
{
  Lock lock(mutex_);
  while (!stopping_) {
    collect();
    set_sleeping(true);
    lock.unlock();
    (void)plib_wait(
      participant_, items_.data(), items_.size(), std::numeric_limits<int64_t>::max());
    set_sleeping(false);
    lock.lock();
    call_back(lock);
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
  plib_wait_item changed{};
  changed.kind = PLIB_WAIT_GUARD;
  changed.object = changed_;
  items_.clear();
  items_.push_back(changed);
  for (const Entry & entry : entries_) {
    items_.push_back(entry.item);
  }
}

void Listener::call_back(Lock & lock)
{
  // The list may change during a callback: what was removed is not called, what was added is looked at next.
  const uint64_t version = version_;
  for (size_t i = 0; i < entries_.size() && version_ == version; ++i) {
    const uint64_t news = count_news(entries_[i].item);
    if (news > 0) {
      const Entry entry = entries_[i];
      (void)call(lock, entry, news);
    }
  }
}

}  // namespace rmw_plib
