#ifndef CONTENT_FILTER__PATTERN_HPP_
#define CONTENT_FILTER__PATTERN_HPP_

#include <re2/re2.h>

#include <string>
#include <string_view>

namespace rmw_plib
{

/// Whether the whole text fits a pattern of LIKE: `%` and `*` stand for any text, `_` and `?` for one
/// character. O(text times pattern).
bool is_like(std::string_view text, std::string_view pattern) noexcept;

/// A regular expression of MATCH, in RE2's syntax: what std::regex takes but for back references and assertions
/// about what comes.
/**
 * Whoever publishes chooses the text: RE2 goes through it once, whatever expression and text are, with a bounded
 * stack and bounded memory, which neither std::regex nor glibc promises.
 */
class RegularExpression
{
public:
  /// Throws Error when it is none.
  explicit RegularExpression(const std::string & pattern);

  /// Whether it fits the whole text.
  bool matches(std::string_view text) const noexcept;

private:
  re2::RE2 compiled_;
};

}  // namespace rmw_plib

#endif  // CONTENT_FILTER__PATTERN_HPP_
