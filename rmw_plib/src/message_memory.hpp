#ifndef MESSAGE_MEMORY_HPP_
#define MESSAGE_MEMORY_HPP_

namespace rmw_plib
{

/// Have malloc keep the memory of large messages instead of giving it back after each.
/**
 * The user's messages are malloc's, and one of a megabyte costs more in page faults than in copying
 * when malloc returns its memory to the kernel each time it is freed. glibc learns from the largest
 * block freed so far what to keep; this teaches it once, with a block that is never touched. What the
 * user has set (GLIBC_TUNABLES, MALLOC_TRIM_THRESHOLD_, mallopt) stands. Setup, O(1).
 */
void keep_message_memory() noexcept;

}  // namespace rmw_plib

#endif  // MESSAGE_MEMORY_HPP_
