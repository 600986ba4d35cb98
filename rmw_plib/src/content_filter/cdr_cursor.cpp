#include "content_filter/cdr_cursor.hpp"

#include <algorithm>

namespace rmw_plib
{

namespace
{

constexpr size_t encapsulation_size = 4;

/// XCDR version 1 aligns nothing to more.
constexpr size_t largest_alignment = 8;

/// Characters of wide strings are four bytes, as ROS has them.
constexpr size_t wide_character_size = 4;

constexpr size_t longest_text = size_t{1} << 20;

}  // namespace

CdrCursor::CdrCursor(const void * data, size_t size) noexcept
: data_(static_cast<const uint8_t *>(data)), size_(size)
{
  uint8_t encapsulation[encapsulation_size];
  if (!read_bytes(encapsulation, encapsulation_size)) {
    return;
  }
  data_ += encapsulation_size;
  size_ -= encapsulation_size;
  at_ = 0;
  // Plain CDR of version 1: big endian or little endian.
  if (encapsulation[0] != 0 || encapsulation[1] > 1) {
    (void)fail();
  }
  swaps_ = encapsulation[1] == 0;
}

bool CdrCursor::fail() noexcept
{
  good_ = false;
  at_ = size_;
  return false;
}

bool CdrCursor::align(size_t size) noexcept
{
  const size_t alignment = std::min(size, largest_alignment);
  const size_t padding = (alignment - at_ % alignment) % alignment;
  if (padding > remaining()) {
    return fail();
  }
  at_ += padding;
  return good_;
}

bool CdrCursor::read_bytes(uint8_t * to, size_t size) noexcept
{
  if (!good_ || size > remaining()) {
    return fail();
  }
  std::memcpy(to, data_ + at_, size);
  // The copy is what is looked at: the compiler must not load from shared memory again instead.
  __asm__ volatile("" : : "r"(to) : "memory");
  at_ += size;
  return true;
}

void CdrCursor::skip_bytes(size_t size) noexcept
{
  if (size > remaining()) {
    (void)fail();
  } else {
    at_ += size;
  }
}

void CdrCursor::read_text(std::string & text)
{
  const auto length = read<uint32_t>();
  text.clear();
  if (!good_ || length > remaining() || length > longest_text) {
    (void)fail();
    return;
  }
  text.resize(length);
  (void)read_bytes(reinterpret_cast<uint8_t *>(text.data()), length);
  if (!text.empty() && text.back() == '\0') {
    text.pop_back();
  }
}

void CdrCursor::skip(const MessageLayout & layout, const Field & field) noexcept
{
  switch (field.arity) {
    case Arity::one:
      return skip_elements(layout, field, 1);
    case Arity::array:
      return skip_elements(layout, field, field.count);
    case Arity::sequence:
      return skip_elements(layout, field, read<uint32_t>());
  }
}

void CdrCursor::skip_elements(
  const MessageLayout & layout, const Field & field, size_t count) noexcept
{
  // Each element takes a byte at least: more of them than bytes are none.
  if (count > remaining()) {
    (void)fail();
    return;
  }
  if (field.size != 0) {
    if (count > 0 && align(field.size)) {
      skip_bytes(count * field.size);
    }
    return;
  }
  for (size_t i = 0; i < count && good_; ++i) {
    if (field.kind == FieldKind::message) {
      skip_message(layout, field.message);
    } else {
      const size_t length = read<uint32_t>();
      skip_bytes(field.kind == FieldKind::text ? length : length * wide_character_size);
    }
  }
}

void CdrCursor::skip_message(const MessageLayout & layout, size_t message) noexcept
{
  for (const Field & field : layout.fields(message)) {
    skip(layout, field);
    if (!good_) {
      return;
    }
  }
}

void CdrCursor::reverse(uint8_t * bytes, size_t size) noexcept
{
  std::reverse(bytes, bytes + size);
}

}  // namespace rmw_plib
