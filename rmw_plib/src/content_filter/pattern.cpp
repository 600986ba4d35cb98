#include "content_filter/pattern.hpp"

#include <cstddef>
#include <cstdint>

#include "error.hpp"

namespace rmw_plib
{

namespace
{

bool is_any_text(char character) noexcept { return character == '%' || character == '*'; }

bool fits(char character, char pattern) noexcept
{
  return pattern == '_' || pattern == '?' || pattern == character;
}

/// What one compiled expression and its states may take. Where they do not suffice it is matched more slowly,
/// still in one pass.
constexpr int64_t memory_limit = int64_t{1} << 20;

re2::RE2::Options options()
{
  re2::RE2::Options options;
  // A character of C++ is a byte of the text, whatever its encoding, as in std::regex.
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_max_mem(memory_limit);
  options.set_never_capture(true);
  options.set_log_errors(false);
  return options;
}

}  // namespace

bool is_like(std::string_view text, std::string_view pattern) noexcept
{
  size_t at = 0;
  size_t next = 0;
  size_t retry_at = 0;
  size_t retry_next = std::string_view::npos;  // behind the last wildcard for any text
  while (at < text.size()) {
    if (next < pattern.size() && is_any_text(pattern[next])) {
      retry_next = ++next;
      retry_at = at;
    } else if (next < pattern.size() && fits(text[at], pattern[next])) {
      ++at;
      ++next;
    } else if (retry_next != std::string_view::npos) {
      // The wildcard stands for one character more.
      at = ++retry_at;
      next = retry_next;
    } else {
      return false;
    }
  }
  while (next < pattern.size() && is_any_text(pattern[next])) {
    ++next;
  }
  return next == pattern.size();
}

RegularExpression::RegularExpression(const std::string & pattern) : compiled_(pattern, options())
{
  if (!compiled_.ok()) {
    throw Error(
      RMW_RET_INVALID_ARGUMENT, "'" + pattern + "' is no regular expression: " + compiled_.error());
  }
}

bool RegularExpression::matches(std::string_view text) const noexcept
{
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), compiled_);
}

}  // namespace rmw_plib
