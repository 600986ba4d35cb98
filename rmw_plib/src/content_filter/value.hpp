#ifndef CONTENT_FILTER__VALUE_HPP_
#define CONTENT_FILTER__VALUE_HPP_

#include <cstdint>
#include <string_view>
#include <variant>

namespace rmw_plib
{

/// A real number, and how exactly it is to be compared.
struct Real
{
  enum class Precision : uint8_t { literal, single_precision, double_precision, extended };

  long double value = 0;
  Precision precision = Precision::literal;
};

/// What a field or a literal is worth. Text lies elsewhere.
using Value = std::variant<bool, int64_t, uint64_t, Real, std::string_view>;

enum class Order : uint8_t { less, equal, greater, unordered };

/// Whether values of such kinds can be compared: numbers with numbers, text with text, truth values with
/// each other and with integers.
bool are_comparable(const Value & left, const Value & right) noexcept;

/// How values that are comparable are ordered. Integers compare exactly whatever their signs; a literal
/// with a field of float32 as if it had been written to such a field; NaN is unordered.
Order compare(const Value & left, const Value & right) noexcept;

}  // namespace rmw_plib

#endif  // CONTENT_FILTER__VALUE_HPP_
