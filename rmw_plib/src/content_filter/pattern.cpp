#include "content_filter/pattern.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

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

/// Texts beyond that fit no regular expression: glibc keeps a state for each character that leads to a new one.
constexpr size_t longest_matched = size_t{64} << 10;

/// Elements of a regular expression with its repetitions written out, as glibc does. What it needs of time grows with
/// their third power, and is a third of a second here at worst.
constexpr size_t most_elements = 1000;

/// Counts them: each repetition of a repetition multiplies, so that "a++++..." takes all memory.
class ExpandedSize
{
public:
  void element()
  {
    last_ = 1;
    add(1);
  }

  void open()
  {
    outer_.push_back(sum_);
    sum_ = 0;
    last_ = 0;
  }

  void close()
  {
    if (!outer_.empty()) {
      last_ = sum_ + 1;
      sum_ = outer_.back();
      outer_.pop_back();
      add(last_);
    }
  }

  /// What stands last is there so many times.
  void repeat(size_t times)
  {
    if (times > 1) {
      add(last_ * (times - 1));
      last_ *= times;
    }
  }

private:
  void add(size_t count)
  {
    sum_ += count;
    if (sum_ > most_elements) {
      throw Error(
        RMW_RET_INVALID_ARGUMENT,
        "the regular expression repeats so much that it takes too much memory and time");
    }
  }

  std::vector<size_t> outer_;
  size_t sum_ = 0;   // of the group
  size_t last_ = 0;  // of what a repetition would repeat
};

class Translation
{
public:
  explicit Translation(const std::string & pattern) : pattern_(pattern) {}

  /// The same with what POSIX does not have replaced.
  std::string to_posix()
  {
    while (at_ < pattern_.size()) {
      if (pattern_[at_] == '[') {
        size_.element();
        bracket();
      } else if (pattern_[at_] == '\\' && at_ + 1 < pattern_.size()) {
        size_.element();
        escape();
      } else if (pattern_[at_] == '{') {
        interval();
      } else if (pattern_[at_] == '}') {
        posix_ += pattern_[at_++];
      } else {
        other();
      }
    }
    return posix_;
  }

private:
  void other()
  {
    const char character = pattern_[at_];
    if (character == '(') {
      size_.open();
    } else if (character == ')') {
      size_.close();
    } else if (character == '+') {
      size_.repeat(2);
    } else if (character != '*' && character != '?') {
      size_.element();
    }
    posix_ += pattern_[at_++];
  }

  /// As in "a{2}", "a{2,}", "a{2,3}" and "a{,3}".
  void interval()
  {
    posix_ += pattern_[at_++];
    size_t times = number();
    if (at_ < pattern_.size() && pattern_[at_] == ',') {
      posix_ += pattern_[at_++];
      times = std::max(times + 1, number());
    }
    size_.repeat(times);
  }

  size_t number()
  {
    size_t value = 0;
    while (at_ < pattern_.size() && pattern_[at_] >= '0' && pattern_[at_] <= '9') {
      value = std::min(10 * value + static_cast<size_t>(pattern_[at_] - '0'), most_elements + 1);
      posix_ += pattern_[at_++];
    }
    return value;
  }

  void escape()
  {
    const char escaped = pattern_[at_ + 1];
    if (escaped >= '0' && escaped <= '9') {
      throw Error(
        RMW_RET_INVALID_ARGUMENT,
        "the regular expression '" + pattern_ + "' refers back to a group, which takes too long");
    }
    if (escaped == 'd' || escaped == 'D') {
      posix_ += escaped == 'd' ? "[0-9]" : "[^0-9]";
    } else {
      posix_ += {'\\', escaped};
    }
    at_ += 2;
  }

  /// A bracket ends at the first ']' that is neither its first character nor of a class like [:alpha:].
  void bracket()
  {
    posix_ += pattern_[at_++];
    copy_if('^');
    copy_if(']');
    while (at_ < pattern_.size() && pattern_[at_] != ']') {
      const char next = at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : '\0';
      if (pattern_[at_] == '[' && (next == ':' || next == '.' || next == '=')) {
        named(next);
      } else if (pattern_[at_] == '\\' && next == 'd') {
        posix_ += "0-9";
        at_ += 2;
      } else {
        posix_ += pattern_[at_++];
      }
    }
    copy_if(']');
  }

  void named(char kind)
  {
    const size_t end = pattern_.find(std::string{kind, ']'}, at_ + 2);
    const size_t behind = end == std::string::npos ? pattern_.size() : end + 2;
    posix_ += pattern_.substr(at_, behind - at_);
    at_ = behind;
  }

  void copy_if(char character)
  {
    if (at_ < pattern_.size() && pattern_[at_] == character) {
      posix_ += pattern_[at_++];
    }
  }

  const std::string & pattern_;
  size_t at_ = 0;
  std::string posix_;
  ExpandedSize size_;
};

void compile(regex_t & compiled, const std::string & posix, const std::string & pattern)
{
  const int error = regcomp(&compiled, posix.c_str(), REG_EXTENDED | REG_NOSUB);
  if (error != 0) {
    std::array<char, 128> text{};
    (void)regerror(error, &compiled, text.data(), text.size());
    throw Error(
      RMW_RET_INVALID_ARGUMENT,
      "'" + pattern + "' is no regular expression: " + std::string(text.data()));
  }
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

RegularExpression::RegularExpression(const std::string & pattern)
{
  const std::string posix = Translation(pattern).to_posix();
  // By itself first: within the brackets that follow, "a)|(b" would be one too.
  compile(compiled_, posix, pattern);
  regfree(&compiled_);
  compile(compiled_, "^(" + posix + ")$", pattern);
}

RegularExpression::~RegularExpression() { regfree(&compiled_); }

bool RegularExpression::matches(std::string_view text) const noexcept
{
  if (text.size() > longest_matched) {
    return false;
  }
  regmatch_t range{};
  range.rm_eo = static_cast<regoff_t>(text.size());
  return regexec(&compiled_, text.data(), 1, &range, REG_STARTEND) == 0;
}

}  // namespace rmw_plib
