#ifndef SELECTION_HPP_
#define SELECTION_HPP_

#include <cstdint>
#include <memory>
#include <utility>

#include "content_filter/content_filter.hpp"
#include "participant.hpp"

namespace rmw_plib
{

/// Which messages a subscription wants: not its own context's, if so asked; those that its filter fits.
/**
 * plib asks before it wakes anybody for a message or lets it be taken (plib_reader_set_filter()), with the
 * reader's lock, so that a selection never changes: it is replaced.
 */
class Selection
{
public:
  Selection(
    const Participant & participant, bool ignores_local,
    std::unique_ptr<ContentFilter> filter) noexcept
  : participant_(participant), ignores_local_(ignores_local), filter_(std::move(filter))
  {
  }

  /// What the reader is to be created with, or told later.
  plib_filter * function() const noexcept
  {
    return ignores_local_ || filter_ ? &Selection::wants : nullptr;
  }

  /// Null when nothing is filtered by content.
  const ContentFilter * filter() const noexcept { return filter_.get(); }

private:
  /// With a selection for its context.
  static bool wants(
    const void * context, const uint8_t * writer_gid, const void * data, uint64_t length) noexcept
  {
    const auto & self = *static_cast<const Selection *>(context);
    if (self.ignores_local_ && self.participant_.owns(writer_gid)) {
      return false;
    }
    return !self.filter_ || self.filter_->wants(data, length);
  }

  const Participant & participant_;
  bool ignores_local_;
  std::unique_ptr<ContentFilter> filter_;
};

}  // namespace rmw_plib

#endif  // SELECTION_HPP_
