#ifndef CONTENT_FILTER__FIELD_PATH_HPP_
#define CONTENT_FILTER__FIELD_PATH_HPP_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "content_filter/cdr_cursor.hpp"
#include "content_filter/message_layout.hpp"
#include "content_filter/value.hpp"

namespace rmw_plib
{

/// The way to one primitive or text of a message: "header.stamp.sec", "poses[2].position.x".
class FieldPath
{
public:
  explicit FieldPath(std::shared_ptr<const MessageLayout> layout) : layout_(std::move(layout)) {}

  /// Go one further: to a field, of its element `index` when there is one. Throws Error.
  void append(const std::string & name, std::optional<size_t> index);

  /// Throws Error unless the way ends at something that can be compared.
  void check_comparable() const;

  const std::string & text() const noexcept { return text_; }

  /// A value of the kind that read() gives.
  Value example() const noexcept;

  /// What the message holds there; nothing when a sequence is too short for it, or `data` no such message.
  /**
   * Text stays valid until the next call.
   */
  std::optional<Value> read(const void * data, size_t size);

private:
  struct Step
  {
    size_t message;
    size_t field;
    std::optional<size_t> index;
  };

  const Field & field_of(const Step & step) const
  {
    return layout_->fields(step.message)[step.field];
  }
  bool go(CdrCursor & cursor, const Step & step) const;
  std::optional<Value> read_value(CdrCursor & cursor, const Field & field);

  std::shared_ptr<const MessageLayout> layout_;
  std::vector<Step> steps_;
  std::string text_;
  std::string scratch_;
};

}  // namespace rmw_plib

#endif  // CONTENT_FILTER__FIELD_PATH_HPP_
