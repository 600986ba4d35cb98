#ifndef CONTENT_FILTER__PATTERN_HPP_
#define CONTENT_FILTER__PATTERN_HPP_

#include <regex.h>

#include <string>
#include <string_view>

namespace rmw_plib
{

/// Whether the whole text fits a pattern of LIKE: `%` and `*` stand for any text, `_` and `?` for one
/// character. O(text times pattern).
bool is_like(std::string_view text, std::string_view pattern) noexcept;

/// A regular expression of MATCH: POSIX extended, with \d for digits, without back references.
/**
 * Whoever publishes chooses the text. It is gone through once, without recursion, whatever it is, which
 * std::regex does not promise; texts of more than 64 KiB do not match.
 */
class RegularExpression
{
public:
  /// Throws Error when it is none.
  explicit RegularExpression(const std::string & pattern);
  ~RegularExpression();

  RegularExpression(const RegularExpression &) = delete;
  RegularExpression & operator=(const RegularExpression &) = delete;

  /// Whether it fits the whole text.
  bool matches(std::string_view text) const noexcept;

private:
  regex_t compiled_{};
};

}  // namespace rmw_plib

#endif  // CONTENT_FILTER__PATTERN_HPP_
