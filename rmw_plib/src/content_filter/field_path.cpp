#include "content_filter/field_path.hpp"

#include <algorithm>

#include "error.hpp"

namespace rmw_plib
{

namespace
{

[[noreturn]] void refuse(const std::string & text) { throw Error(RMW_RET_INVALID_ARGUMENT, text); }

std::string list_names(const MessageLayout::Fields & fields)
{
  std::string text;
  for (const Field & field : fields) {
    text += (text.empty() ? "" : ", ") + field.name;
  }
  return text;
}

template <typename T>
std::optional<Value> integer(CdrCursor & cursor)
{
  const T value = cursor.read<T>();
  if constexpr (std::is_signed_v<T>) {
    return Value{int64_t{value}};
  } else {
    return Value{uint64_t{value}};
  }
}

std::optional<Value> read_integer(CdrCursor & cursor, bool is_signed, size_t size)
{
  switch (size) {
    case 1:
      return is_signed ? integer<int8_t>(cursor) : integer<uint8_t>(cursor);
    case 2:
      return is_signed ? integer<int16_t>(cursor) : integer<uint16_t>(cursor);
    case 4:
      return is_signed ? integer<int32_t>(cursor) : integer<uint32_t>(cursor);
    default:
      return is_signed ? integer<int64_t>(cursor) : integer<uint64_t>(cursor);
  }
}

Real read_real(CdrCursor & cursor, size_t size)
{
  switch (size) {
    case sizeof(float):
      return {cursor.read<float>(), Real::Precision::single_precision};
    case sizeof(double):
      return {cursor.read<double>(), Real::Precision::double_precision};
    default:
      return {cursor.read<long double>(), Real::Precision::extended};
  }
}

}  // namespace

void FieldPath::append(const std::string & name, std::optional<size_t> index)
{
  size_t message = 0;
  if (!steps_.empty()) {
    const Field & last = field_of(steps_.back());
    if (last.kind != FieldKind::message) {
      refuse("'" + text_ + "' is no message and has no field '" + name + "'");
    }
    if (last.arity != Arity::one && !steps_.back().index) {
      refuse("'" + text_ + "' has many elements: name one of them, as in '" + text_ + "[0]'");
    }
    message = last.message;
  }
  const MessageLayout::Fields & fields = layout_->fields(message);
  const auto found = std::find_if(
    fields.begin(), fields.end(), [&](const Field & field) { return field.name == name; });
  if (found == fields.end()) {
    refuse(layout_->name(message) + " has no field '" + name + "'; it has " + list_names(fields));
  }
  text_ += (text_.empty() ? "" : ".") + name;
  if (index) {
    if (found->arity == Arity::one) {
      refuse("'" + text_ + "' is neither an array nor a sequence, and has no elements");
    }
    if (found->arity == Arity::array && *index >= found->count) {
      refuse(
        "'" + text_ + "' has " + std::to_string(found->count) + " elements, and none at " +
        std::to_string(*index));
    }
    text_ += "[" + std::to_string(*index) + "]";
  }
  steps_.push_back({message, static_cast<size_t>(found - fields.begin()), index});
}

void FieldPath::check_comparable() const
{
  const Field & field = field_of(steps_.back());
  if (field.arity != Arity::one && !steps_.back().index) {
    refuse("'" + text_ + "' has many elements: name one of them, as in '" + text_ + "[0]'");
  }
  if (field.kind == FieldKind::message) {
    refuse(
      "'" + text_ + "' is a message: name one of its fields " +
      list_names(layout_->fields(field.message)));
  }
  if (field.kind == FieldKind::wide_text || field.kind == FieldKind::wide_character) {
    refuse("'" + text_ + "' is a wide string or character, which cannot be compared");
  }
}

Value FieldPath::example() const noexcept
{
  switch (field_of(steps_.back()).kind) {
    case FieldKind::boolean:
      return false;
    case FieldKind::signed_integer:
      return int64_t{0};
    case FieldKind::unsigned_integer:
      return uint64_t{0};
    case FieldKind::real:
      return Real{};
    default:
      return std::string_view{};
  }
}

bool FieldPath::go(CdrCursor & cursor, const Step & step) const
{
  const MessageLayout::Fields & fields = layout_->fields(step.message);
  for (size_t i = 0; i < step.field && cursor.good(); ++i) {
    cursor.skip(*layout_, fields[i]);
  }
  const Field & field = fields[step.field];
  const size_t count = field.arity == Arity::sequence ? cursor.read<uint32_t>() : field.count;
  if (step.index) {
    if (*step.index >= count) {
      return false;
    }
    cursor.skip_elements(*layout_, field, *step.index);
  }
  return cursor.good();
}

std::optional<Value> FieldPath::read(const void * data, size_t size)
{
  CdrCursor cursor(data, size);
  for (const Step & step : steps_) {
    if (!go(cursor, step)) {
      return std::nullopt;
    }
  }
  const std::optional<Value> value = read_value(cursor, field_of(steps_.back()));
  return cursor.good() ? value : std::nullopt;
}

std::optional<Value> FieldPath::read_value(CdrCursor & cursor, const Field & field)
{
  switch (field.kind) {
    case FieldKind::boolean:
      return Value{cursor.read<uint8_t>() != 0};
    case FieldKind::character:
      scratch_.assign(1, cursor.read<char>());
      return Value{std::string_view(scratch_)};
    case FieldKind::signed_integer:
    case FieldKind::unsigned_integer:
      return read_integer(cursor, field.kind == FieldKind::signed_integer, field.size);
    case FieldKind::real:
      return Value{read_real(cursor, field.size)};
    case FieldKind::text:
      cursor.read_text(scratch_);
      return Value{std::string_view(scratch_)};
    default:
      return std::nullopt;
  }
}

}  // namespace rmw_plib
