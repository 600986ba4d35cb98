#ifndef GID_HPP_
#define GID_HPP_

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "plib/types.h"
#include "rmw/types.h"

#include "identifier.hpp"

namespace rmw_plib
{

using Gid = std::array<uint8_t, PLIB_GID_SIZE>;

static_assert(PLIB_GID_SIZE == RMW_GID_STORAGE_SIZE, "a plib GID fills an rmw GID");

inline Gid make_gid(const uint8_t * bytes) noexcept
{
  Gid gid;
  std::copy_n(bytes, gid.size(), gid.begin());
  return gid;
}

inline void copy_gid(const Gid & gid, rmw_gid_t & out) noexcept
{
  out.implementation_identifier = identifier;
  std::copy(gid.begin(), gid.end(), out.data);
}

/// 32 lower-case hexadecimal digits.
inline std::string to_hex(const Gid & gid)
{
  static const char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * gid.size());
  for (const uint8_t byte : gid) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace rmw_plib

#endif  // GID_HPP_
