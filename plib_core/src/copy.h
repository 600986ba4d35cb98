/* Copying past the cache, whether or not it pays on this CPU. */
#ifndef PLIB_COPY_H
#define PLIB_COPY_H

#include <stdint.h>

/* Copy `size` bytes, which must not overlap, with streaming stores where the CPU has them; what was
 * written is visible before any later store. O(size). Signals: safe. */
void copy_past_cache(void *to, const void *from, uint64_t size);

#endif
