#include "content_filter/value.hpp"

#include <algorithm>

namespace rmw_plib
{

namespace
{

template <typename T>
Order order(const T & left, const T & right) noexcept
{
  if (left < right) {
    return Order::less;
  }
  if (left > right) {
    return Order::greater;
  }
  return left == right ? Order::equal : Order::unordered;
}

bool is_integer(const Value & value) noexcept
{
  return std::holds_alternative<int64_t>(value) || std::holds_alternative<uint64_t>(value);
}

bool is_real(const Value & value) noexcept { return std::holds_alternative<Real>(value); }

bool is_truth(const Value & value) noexcept { return std::holds_alternative<bool>(value); }

/// Truth values count as 0 and 1.
Value as_number(const Value & value) noexcept
{
  return is_truth(value) ? Value{int64_t{std::get<bool>(value)}} : value;
}

long double as_real(const Value & value) noexcept
{
  if (const auto * real = std::get_if<Real>(&value)) {
    return real->value;
  }
  if (const auto * integer = std::get_if<int64_t>(&value)) {
    return static_cast<long double>(*integer);
  }
  const auto * natural = std::get_if<uint64_t>(&value);
  return natural ? static_cast<long double>(*natural) : 0;
}

/// As a field of that precision would hold it.
long double rounded(long double value, Real::Precision precision) noexcept
{
  switch (precision) {
    case Real::Precision::single_precision:
      return static_cast<float>(value);
    case Real::Precision::double_precision:
      return static_cast<double>(value);
    default:
      return value;
  }
}

/// A literal's value beside a field of real numbers, anything else as it is.
long double beside(const Value & value, const Value & other) noexcept
{
  const auto * literal = std::get_if<Real>(&value);
  const auto * field = std::get_if<Real>(&other);
  if (!literal || literal->precision != Real::Precision::literal || !field) {
    return as_real(value);
  }
  return rounded(literal->value, field->precision);
}

Order compare_integers(const Value & left, const Value & right) noexcept
{
  const auto * left_signed = std::get_if<int64_t>(&left);
  const auto * right_signed = std::get_if<int64_t>(&right);
  if (left_signed && right_signed) {
    return order(*left_signed, *right_signed);
  }
  if (left_signed && *left_signed < 0) {
    return Order::less;
  }
  if (right_signed && *right_signed < 0) {
    return Order::greater;
  }
  return order(
    left_signed ? static_cast<uint64_t>(*left_signed) : std::get<uint64_t>(left),
    right_signed ? static_cast<uint64_t>(*right_signed) : std::get<uint64_t>(right));
}

}  // namespace

bool are_comparable(const Value & left, const Value & right) noexcept
{
  const bool left_text = std::holds_alternative<std::string_view>(left);
  const bool right_text = std::holds_alternative<std::string_view>(right);
  if (left_text || right_text) {
    return left_text && right_text;
  }
  return !(is_truth(left) && is_real(right)) && !(is_real(left) && is_truth(right));
}

Order compare(const Value & left, const Value & right) noexcept
{
  if (std::holds_alternative<std::string_view>(left)) {
    return order(std::get<std::string_view>(left), std::get<std::string_view>(right));
  }
  const Value one = as_number(left);
  const Value other = as_number(right);
  if (is_integer(one) && is_integer(other)) {
    return compare_integers(one, other);
  }
  return order(beside(one, other), beside(other, one));
}

}  // namespace rmw_plib
