#ifndef WRITER_HPP_
#define WRITER_HPP_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "plib/plib.h"
#include "rmw/ret_types.h"

#include "participant.hpp"
#include "type_support.hpp"

namespace rmw_plib
{

/// What became of a sample.
struct Published
{
  uint64_t sequence = 0;
  int64_t timestamp = 0;  ///< ns since the epoch
};

/// A plib writer: of a publisher, of a client's requests, of a server's replies to one client.
class Writer
{
public:
  /// Throws Error.
  Writer(std::shared_ptr<Participant> participant, const plib_endpoint_options & options);
  ~Writer();

  Writer(const Writer &) = delete;
  Writer & operator=(const Writer &) = delete;

  /// Leave the graph, before destruction; a negative errno when plibd may still show the writer.
  int close() noexcept;

  /// Serialize `ros_message` straight into shared memory and publish it.
  /**
   * When the history is KEEP_ALL and full, waits up to max_blocking_time for the slowest reader,
   * then gives up with RMW_RET_TIMEOUT. `related`: the request that a reply answers, else 0.
   * Throws what serialization throws; then nothing has been published.
   */
  rmw_ret_t publish(
    const MessageCodec & codec, const void * ros_message, uint64_t related, Published & published);

  /// Lend memory for a plain message of the codec's type; `message` gets its address.
  /**
   * Waits for no reader: RMW_RET_ERROR when the history is KEEP_ALL and full.
   */
  rmw_ret_t lend(const MessageCodec & codec, plib_loan & loan, void *& message);

  /// Publish a plain message where it lies; the loan is given back when that fails.
  rmw_ret_t publish_lent(const MessageCodec & codec, plib_loan & loan, Published & published);

  void take_back(plib_loan & loan) noexcept;

  /// The same for a message that was serialized before.
  rmw_ret_t publish_serialized(const void * data, size_t size, Published & published);

  /// RMW_RET_TIMEOUT when some reader has not received everything by `deadline` (CLOCK_MONOTONIC, ns).
  rmw_ret_t wait_for_all_acked(int64_t deadline);

  /// The user says that it is alive.
  rmw_ret_t assert_liveliness();

  /// Readers matched now.
  uint32_t matched() const noexcept;

  Gid gid() const noexcept { return gid_; }

  plib_writer * get() const noexcept { return writer_; }

private:
  class Loan;

  template <typename Fill>
  rmw_ret_t send(
    size_t lead, size_t capacity, uint64_t related, const Fill & fill, Published & published);

  rmw_ret_t commit(plib_loan & loan, plib_sample_info & info, Published & published);

  rmw_ret_t borrow(size_t capacity, bool may_wait, plib_loan & loan);
  rmw_ret_t wait_for_space(int64_t & deadline);

  std::shared_ptr<Participant> participant_;
  plib_writer * writer_ = nullptr;
  Gid gid_{};
};

}  // namespace rmw_plib

#endif  // WRITER_HPP_
