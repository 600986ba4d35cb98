/* Copying messages into shared memory. */
#include <stdint.h>
#include <string.h>

#include "copy.h"
#include "plib/plib.h"

#ifdef __SSE2__
#include <emmintrin.h>

enum {
    CACHE_LINE = 64,
    /* Below, it gains nothing. Above, memcpy() goes past the cache by itself, and is quicker at it. Both
     * measured on AMD's CPUs. Intel's fetch what another core's cache holds faster than from memory
     * (docs/performance.md). */
    STREAMED_MIN = 16 << 10,
    STREAMED_MAX = 384 << 10
};

bool plib_copy_streams(uint64_t size)
{
    return size >= STREAMED_MIN && size <= STREAMED_MAX && __builtin_cpu_is("amd");
}

static const uint8_t *stream(uint8_t *to, const uint8_t *from, uint64_t lines)
{
    for (uint64_t i = 0; i < lines; i++) {
        const __m128i *source = (const __m128i *)(const void *)(from + i * CACHE_LINE);
        __m128i *target = (__m128i *)(void *)(to + i * CACHE_LINE);
        __m128i first = _mm_loadu_si128(source);
        __m128i second = _mm_loadu_si128(source + 1);
        __m128i third = _mm_loadu_si128(source + 2);
        __m128i fourth = _mm_loadu_si128(source + 3);

        _mm_stream_si128(target, first);
        _mm_stream_si128(target + 1, second);
        _mm_stream_si128(target + 2, third);
        _mm_stream_si128(target + 3, fourth);
    }
    return from + lines * CACHE_LINE;
}

void copy_past_cache(void *to, const void *from, uint64_t size)
{
    uint8_t *target = to;
    const uint8_t *source = from;
    uint64_t before = (CACHE_LINE - (uintptr_t)target % CACHE_LINE) % CACHE_LINE;
    uint64_t lines;

    if (before > size)
        before = size;
    memcpy(target, source, before);
    target += before;
    lines = (size - before) / CACHE_LINE;
    source = stream(target, source + before, lines);
    memcpy(target + lines * CACHE_LINE, source, (size - before) % CACHE_LINE);
    /* No release store orders what went past the cache. */
    _mm_sfence();
}

#else

void copy_past_cache(void *to, const void *from, uint64_t size)
{
    memcpy(to, from, size);
}

bool plib_copy_streams(uint64_t size)
{
    (void)size;
    return false;
}

#endif

void plib_copy(void *to, const void *from, uint64_t size)
{
    if (plib_copy_streams(size))
        copy_past_cache(to, from, size);
    else
        memcpy(to, from, size);
}
