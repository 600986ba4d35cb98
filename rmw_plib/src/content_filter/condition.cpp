#include "content_filter/condition.hpp"

#include <algorithm>

namespace rmw_plib
{

namespace
{

Truth truth(bool value) noexcept { return value ? Truth::yes : Truth::no; }

bool holds(Order order, Comparison comparison) noexcept
{
  switch (comparison) {
    case Comparison::equal:
      return order == Order::equal;
    case Comparison::not_equal:
      return order != Order::equal;
    case Comparison::less:
      return order == Order::less;
    case Comparison::less_or_equal:
      return order == Order::less || order == Order::equal;
    case Comparison::greater:
      return order == Order::greater;
    case Comparison::greater_or_equal:
      return order == Order::greater || order == Order::equal;
  }
  return false;
}

}  // namespace

Value Operand::example() const noexcept
{
  if (const auto * field = std::get_if<FieldPath>(&content_)) {
    return field->example();
  }
  if (const auto * text = std::get_if<std::string>(&content_)) {
    return std::string_view(*text);
  }
  return std::get<Value>(content_);
}

std::string Operand::description() const
{
  if (const auto * field = std::get_if<FieldPath>(&content_)) {
    return "'" + field->text() + "'";
  }
  const Value value = example();
  if (std::holds_alternative<std::string_view>(value)) {
    return "a text";
  }
  return std::holds_alternative<bool>(value) ? "a truth value" : "a number";
}

void Operand::adapt_to(const Operand & other)
{
  auto * value = std::get_if<Value>(&content_);
  if (!value || !other.is_field() || !std::holds_alternative<Real>(other.example())) {
    return;
  }
  if (const auto * integer = std::get_if<int64_t>(value)) {
    *value = Real{static_cast<long double>(*integer), Real::Precision::literal};
  } else if (const auto * natural = std::get_if<uint64_t>(value)) {
    *value = Real{static_cast<long double>(*natural), Real::Precision::literal};
  }
}

std::optional<std::string> Operand::literal_text() const
{
  const auto * text = std::get_if<std::string>(&content_);
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<Value> Operand::read(const void * data, size_t size)
{
  auto * field = std::get_if<FieldPath>(&content_);
  return field ? field->read(data, size) : std::optional<Value>(example());
}

Truth NotCondition::of(const void * data, size_t size)
{
  switch (inner_->of(data, size)) {
    case Truth::no:
      return Truth::yes;
    case Truth::yes:
      return Truth::no;
    default:
      return Truth::unknown;
  }
}

Truth Junction::of(const void * data, size_t size)
{
  const Truth left = left_->of(data, size);
  if (left == settling_) {
    return left;
  }
  const Truth right = right_->of(data, size);
  return settling_ == Truth::no ? std::min(left, right) : std::max(left, right);
}

Truth ComparisonCondition::of(const void * data, size_t size)
{
  const std::optional<Value> left = left_.read(data, size);
  const std::optional<Value> right = right_.read(data, size);
  if (!left || !right) {
    return Truth::unknown;
  }
  return truth(holds(compare(*left, *right), comparison_));
}

Truth BetweenCondition::of(const void * data, size_t size)
{
  const std::optional<Value> value = field_.read(data, size);
  if (!value) {
    return Truth::unknown;
  }
  return truth(
    holds(compare(*value, low_.example()), Comparison::greater_or_equal) &&
    holds(compare(*value, high_.example()), Comparison::less_or_equal));
}

Truth LikeCondition::of(const void * data, size_t size)
{
  const std::optional<Value> text = text_.read(data, size);
  const std::optional<Value> pattern = pattern_.read(data, size);
  if (!text || !pattern) {
    return Truth::unknown;
  }
  return truth(is_like(std::get<std::string_view>(*text), std::get<std::string_view>(*pattern)));
}

Truth MatchCondition::of(const void * data, size_t size)
{
  const std::optional<Value> text = text_.read(data, size);
  if (!text) {
    return Truth::unknown;
  }
  return truth(expression_.matches(std::get<std::string_view>(*text)));
}

}  // namespace rmw_plib
