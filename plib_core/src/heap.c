/* The application's heap, from which its messages come. */
#include <stdlib.h>

#include "plib/plib.h"

/* A page less than the largest block that glibc learns from (DEFAULT_MMAP_THRESHOLD_MAX), with room for
 * malloc's own header. */
static const size_t largest_lesson = ((size_t)32 << 20) - 8192;

void plib_keep_message_memory(void)
{
    /* Volatile, or the compiler sees that nothing is done with it and leaves out both calls. */
    void *volatile block = malloc(largest_lesson);

    free(block);
}
