#include "message_memory.hpp"

#include <cstddef>
#include <cstdlib>

namespace rmw_plib
{

namespace
{

/// A page less than the largest block that glibc learns from (DEFAULT_MMAP_THRESHOLD_MAX), with room for
/// malloc's own header.
constexpr size_t largest_lesson = (size_t{32} << 20) - 8192;

}  // namespace

void keep_message_memory() noexcept
{
  // Volatile, or the compiler sees that nothing is done with it and leaves out both calls.
  void * volatile block = std::malloc(largest_lesson);
  std::free(block);
}

}  // namespace rmw_plib
