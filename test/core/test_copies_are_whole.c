/* plib_copy() and the streaming copy under it copy every byte and no other, at every alignment and
 * around their limits, whichever of them this CPU prefers. */
#include <string.h>

#include "check.h"
#include "copy.h"
#include "plib/plib.h"

enum { ROOM = (512 << 10) + 256, GUARD = 0x5a };

static uint8_t from[ROOM];
static uint8_t to[ROOM];

typedef void copy_function(void *to, const void *from, uint64_t size);

static void copies(copy_function *copy, uint64_t source, uint64_t target, uint64_t size)
{
    memset(to, GUARD, sizeof(to));
    copy(to + target, from + source, size);
    CHECK(memcmp(to + target, from + source, size) == 0);
    for (uint64_t i = 0; i < target; i++)
        CHECK_EQUAL(to[i], GUARD);
    for (uint64_t i = target + size; i < target + size + 128; i++)
        CHECK_EQUAL(to[i], GUARD);
}

int main(void)
{
    const uint64_t sizes[] = {0,     1,      63,     64,         16383,    16384,
                              16385, 100000, 393216, 393216 + 1, 512 << 10};

    for (uint32_t i = 0; i < sizeof(from); i++)
        from[i] = (uint8_t)(i * 2654435761U >> 24);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        for (uint64_t shift = 0; shift < 64; shift += 7) {
            copies(plib_copy, shift, 63 - shift, sizes[i]);
            copies(copy_past_cache, shift, 0, sizes[i]);
            copies(copy_past_cache, 0, shift, sizes[i]);
            copies(copy_past_cache, shift, 63 - shift, sizes[i]);
        }
    }
    return 0;
}
