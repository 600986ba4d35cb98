#include "reader.hpp"

#include <cerrno>
#include <utility>

#include "error.hpp"

namespace rmw_plib
{

Reader::Reader(std::shared_ptr<Participant> participant, const plib_endpoint_options & options)
: participant_(std::move(participant))
{
  throw_on_error(
    plib_reader_create(participant_->get(), &options, &reader_), "failed to create the reader");
  gid_ = participant_->gid(plib_reader_entity(reader_));
}

Reader::~Reader() { (void)close(); }

int Reader::close() noexcept
{
  if (!reader_) {
    return 0;
  }
  participant_->listener().clear(reader_);
  return plib_reader_destroy(std::exchange(reader_, nullptr));
}

rmw_ret_t Reader::set_callback(rmw_event_callback_t callback, const void * user_data) const
{
  plib_wait_item item{};
  item.kind = PLIB_WAIT_ARRIVAL;
  item.object = reader_;
  participant_->listener().set(reader_, item, callback, user_data);
  return RMW_RET_OK;
}

uint32_t Reader::matched() const noexcept
{
  participant_->poll();
  return plib_reader_matched(reader_);
}

bool Reader::knows(const Gid & writer) const noexcept
{
  participant_->poll();
  return plib_reader_knows(reader_, writer.data());
}

Sample::Sample(const Reader & reader) noexcept : reader_(reader.get())
{
  reader.poll();
  int status = plib_reader_take(reader_, &sample_);
  if (status == -ESTALE) {
    // The publisher's memory grew since.
    reader.poll();
    status = plib_reader_take(reader_, &sample_);
  }
  if (status == -ENOBUFS) {
    // Another user's, and larger than those before: room for its copy.
    status = plib_reader_reserve(reader_);
    if (status == 0) {
      status = plib_reader_take(reader_, &sample_);
    }
  }
  taken_ = status == 0;
  refused_ = status == -EBUSY;
  // EBUSY: other threads hold what may be held of this writer; the sample stays for a later take. So it does
  // when it has become another one meanwhile, for which memory is to be got again.
  if (
    status < 0 && status != -EAGAIN && status != -ESTALE && status != -ENOBUFS &&
    status != -EBUSY) {
    result_ = report(status, "failed to take");
  }
}

Sample::~Sample()
{
  if (taken_) {
    plib_reader_release(reader_, &sample_);
  }
}

}  // namespace rmw_plib
