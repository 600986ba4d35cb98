#ifndef CONTENT_FILTER__CDR_CURSOR_HPP_
#define CONTENT_FILTER__CDR_CURSOR_HPP_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

#include "content_filter/message_layout.hpp"

namespace rmw_plib
{

/// Goes through a serialized message (XCDR version 1, either byte order) that another process may change.
/**
 * Each byte is loaded once; what was loaded is checked, and never loaded again. Beyond the end nothing is
 * read: from then on good() is false and values are 0.
 */
class CdrCursor
{
public:
  /// At the first field of the message in `size` bytes with their encapsulation.
  CdrCursor(const void * data, size_t size) noexcept;

  bool good() const noexcept { return good_; }

  size_t remaining() const noexcept { return size_ - at_; }

  template <typename T>
  T read() noexcept
  {
    static_assert(std::is_arithmetic_v<T>, "primitives only");
    T value{};
    uint8_t bytes[sizeof(T)];
    if (!align(sizeof(T)) || !read_bytes(bytes, sizeof(T))) {
      return value;
    }
    if (swaps_) {
      reverse(bytes, sizeof(T));
    }
    std::memcpy(&value, bytes, sizeof(T));
    return value;
  }

  /// A string, without the zero at its end, into memory that is used again and again. One that is longer
  /// than a MiB is not read: whoever publishes chooses its length, and many may come.
  void read_text(std::string & text);

  /// Go past a field, or `count` elements of it as they stand in an array.
  void skip(const MessageLayout & layout, const Field & field) noexcept;
  void skip_elements(const MessageLayout & layout, const Field & field, size_t count) noexcept;

private:
  bool fail() noexcept;
  bool align(size_t size) noexcept;
  bool read_bytes(uint8_t * to, size_t size) noexcept;
  void skip_bytes(size_t size) noexcept;
  void skip_message(const MessageLayout & layout, size_t message) noexcept;
  static void reverse(uint8_t * bytes, size_t size) noexcept;

  const uint8_t * data_;  // behind the encapsulation
  size_t size_;
  size_t at_ = 0;
  bool good_ = true;
  bool swaps_ = false;
};

}  // namespace rmw_plib

#endif  // CONTENT_FILTER__CDR_CURSOR_HPP_
