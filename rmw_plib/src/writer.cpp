#include "writer.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <utility>

#include "rmw/error_handling.h"

#include "error.hpp"

namespace rmw_plib
{

namespace
{

/// Other threads may use up the room that was reserved; more often than this they do not.
constexpr int reserve_attempts = 8;

int64_t now_since_epoch()
{
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

/// The calling thread's own memory for a message of `size` bytes.
uint8_t * staging(size_t size)
{
  thread_local std::unique_ptr<uint8_t[]> memory;
  thread_local size_t room = 0;
  if (room < size) {
    memory.reset(new uint8_t[size]);
    room = size;
  }
  return memory.get();
}

/// Serialize to shared memory, past the cache where that is quicker. Returns the bytes written.
size_t serialize(const MessageCodec & codec, const void * ros_message, void * data, size_t capacity)
{
  if (!plib_copy_streams(capacity)) {
    return codec.serialize(ros_message, data, capacity);
  }
  uint8_t * const staged = staging(capacity);
  const size_t size = codec.serialize(ros_message, staged, capacity);
  plib_copy(data, staged, size);
  return size;
}

}  // namespace

/// Memory of the writer, given back unless it was published.
class Writer::Loan
{
public:
  explicit Loan(plib_writer * writer) noexcept : writer_(writer) {}

  ~Loan()
  {
    if (loan.data) {
      plib_writer_discard(writer_, &loan);
    }
  }

  Loan(const Loan &) = delete;
  Loan & operator=(const Loan &) = delete;

  /// The writer has it now.
  void consumed() noexcept { loan.data = nullptr; }

  plib_loan loan{};

private:
  plib_writer * writer_;
};

Writer::Writer(std::shared_ptr<Participant> participant, const plib_endpoint_options & options)
: participant_(std::move(participant))
{
  throw_on_error(
    plib_writer_create(participant_->get(), &options, &writer_), "failed to create the writer");
  gid_ = participant_->gid(plib_writer_entity(writer_));
}

Writer::~Writer() { (void)close(); }

int Writer::close() noexcept
{
  return writer_ ? plib_writer_destroy(std::exchange(writer_, nullptr)) : 0;
}

rmw_ret_t Writer::publish(
  const MessageCodec & codec, const void * ros_message, uint64_t related, Published & published)
{
  const auto fill = [&](void * data, size_t size) {
    return serialize(codec, ros_message, data, size);
  };
  return send(codec.lead(), codec.capacity(ros_message), related, fill, published);
}

rmw_ret_t Writer::lend(const MessageCodec & codec, plib_loan & loan, void *& message)
{
  participant_->poll();
  const rmw_ret_t ret = borrow(codec.lead() + codec.plain_capacity(), false, loan);
  if (ret == RMW_RET_OK) {
    message = MessageCodec::message_in(static_cast<uint8_t *>(loan.data) + codec.lead());
  }
  return ret;
}

rmw_ret_t Writer::publish_lent(const MessageCodec & codec, plib_loan & loan, Published & published)
{
  participant_->poll();
  Loan memory(writer_);
  memory.loan = loan;
  plib_sample_info info{};
  info.offset = codec.lead();
  info.length = codec.serialize_in_place(static_cast<uint8_t *>(loan.data) + codec.lead());
  const rmw_ret_t ret = commit(memory.loan, info, published);
  if (ret == RMW_RET_OK) {
    memory.consumed();
  }
  return ret;
}

void Writer::take_back(plib_loan & loan) noexcept { plib_writer_discard(writer_, &loan); }

rmw_ret_t Writer::publish_serialized(const void * data, size_t size, Published & published)
{
  const auto fill = [&](void * loan, size_t) {
    plib_copy(loan, data, size);
    return size;
  };
  return send(0, size, 0, fill, published);
}

template <typename Fill>
rmw_ret_t Writer::send(
  size_t lead, size_t capacity, uint64_t related, const Fill & fill, Published & published)
{
  participant_->poll();
  Loan memory(writer_);
  rmw_ret_t ret = borrow(lead + capacity, true, memory.loan);
  if (ret != RMW_RET_OK) {
    return ret;
  }
  plib_sample_info info{};
  info.related = related;
  info.offset = lead;
  info.length = fill(static_cast<uint8_t *>(memory.loan.data) + lead, capacity);
  ret = commit(memory.loan, info, published);
  if (ret == RMW_RET_OK) {
    memory.consumed();
  }
  return ret;
}

rmw_ret_t Writer::commit(plib_loan & loan, plib_sample_info & info, Published & published)
{
  info.source_timestamp = now_since_epoch();
  int64_t deadline = 0;
  int status;
  while ((status = plib_writer_commit(writer_, &loan, &info, &published.sequence)) == -EAGAIN) {
    const rmw_ret_t ret = wait_for_space(deadline);
    if (ret != RMW_RET_OK) {
      return ret;
    }
  }
  if (status < 0) {
    return report(status, "failed to publish");
  }
  published.timestamp = info.source_timestamp;
  return RMW_RET_OK;
}

rmw_ret_t Writer::borrow(size_t capacity, bool may_wait, plib_loan & loan)
{
  int64_t deadline = 0;
  int reserved = 0;
  for (;;) {
    int status = plib_writer_loan(writer_, capacity, &loan);
    if (status == 0) {
      return RMW_RET_OK;
    }
    loan.data = nullptr;
    if (status == -EAGAIN && may_wait) {
      const rmw_ret_t ret = wait_for_space(deadline);
      if (ret != RMW_RET_OK) {
        return ret;
      }
    } else if (status == -ENOBUFS && reserved < reserve_attempts) {
      ++reserved;
      status = plib_writer_reserve(writer_, capacity);
      if (status < 0) {
        return report(status, "failed to get memory for the message");
      }
    } else {
      return report(status, "failed to get memory for the message");
    }
  }
}

rmw_ret_t Writer::wait_for_space(int64_t & deadline)
{
  if (deadline == 0) {
    deadline = plib_now() + plib_writer_max_blocking_time(writer_);
  }
  const int status = plib_writer_wait_space(writer_, deadline);
  // A reader that ended no longer holds the writer up.
  participant_->poll();
  if (status == -ETIMEDOUT) {
    RMW_SET_ERROR_MSG(
      "the history is KEEP_ALL and full: the slowest reader did not take its samples within "
      "max_blocking_time");
    return RMW_RET_TIMEOUT;
  }
  return status < 0 ? report(status, "failed to wait for space in the history") : RMW_RET_OK;
}

rmw_ret_t Writer::wait_for_all_acked(int64_t deadline)
{
  participant_->poll();
  const int status = plib_writer_wait_received(writer_, deadline);
  if (status == -ETIMEDOUT) {
    RMW_SET_ERROR_MSG("some matched subscription has not attached to the publisher yet");
    return RMW_RET_TIMEOUT;
  }
  return status < 0 ? report(status, "failed to wait for the readers") : RMW_RET_OK;
}

rmw_ret_t Writer::assert_liveliness()
{
  const int status = plib_writer_assert(writer_);
  return status < 0 ? report(status, "failed to assert liveliness") : RMW_RET_OK;
}

uint32_t Writer::matched() const noexcept
{
  participant_->poll();
  return plib_writer_matched(writer_);
}

}  // namespace rmw_plib
