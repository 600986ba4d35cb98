/* How fast this machine copies: from and to the same memory, which stays in the cache, and rotating
 * over more memory than any cache holds.
 *
 *   memcpy_bandwidth BYTES SECONDS     prints a JSON object
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "report.h"

static const size_t rotation = (size_t)256 << 20;

/* Copies of `size` bytes within `room` bytes of memory, in bytes a second. */
static double bandwidth(char *to, const char *from, size_t size, size_t room, double seconds)
{
    size_t places = room / size;
    size_t copies = 0;
    int64_t start = now();
    int64_t end = start + (int64_t)(seconds * 1e9);
    int64_t time;

    do {
        size_t place = copies % places * size;

        memcpy(to + place, from + place, size);
        /* The compiler is not to leave out what nobody reads. */
        __asm__ volatile("" : : "r"(to) : "memory");
        copies++;
        time = now();
    } while (time < end);
    return (double)copies * (double)size / ((double)(time - start) * 1e-9);
}

static char *touched(void)
{
    char *memory = mmap(NULL, rotation, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        fail("mmap");
    memset(memory, 0x5a, rotation);
    return memory;
}

int main(int argc, char **argv)
{
    size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) : 1 << 20;
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 0.5;
    char *to = touched();
    char *from = touched();
    double in_cache;
    double rotating;

    if (size == 0 || size > rotation)
        fail("size");
    in_cache = bandwidth(to, from, size, size, seconds);
    rotating = bandwidth(to, from, size, rotation, seconds);
    (void)printf("{\"in_cache_gb_per_s\": %.3f, \"rotating_gb_per_s\": %.3f}\n", in_cache * 1e-9,
                 rotating * 1e-9);
    return 0;
}
