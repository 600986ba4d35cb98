/* Included ahead of each source of plib_core's: atomics.h, with a hook before each load. */
#ifndef PLIB_FUZZ_HOSTILE_ATOMICS_H
#define PLIB_FUZZ_HOSTILE_ATOMICS_H

#include "hostile.h"

#define load32 plain_load32
#define load64 plain_load64
#define load32_acquire plain_load32_acquire
#define load64_acquire plain_load64_acquire
#include "atomics.h"
#undef load32
#undef load64
#undef load32_acquire
#undef load64_acquire

static inline uint32_t load32(const uint32_t *word)
{
    hostile_before_load(word);
    return plain_load32(word);
}

static inline uint64_t load64(const uint64_t *word)
{
    hostile_before_load(word);
    return plain_load64(word);
}

static inline uint32_t load32_acquire(const uint32_t *word)
{
    hostile_before_load(word);
    return plain_load32_acquire(word);
}

static inline uint64_t load64_acquire(const uint64_t *word)
{
    hostile_before_load(word);
    return plain_load64_acquire(word);
}

#endif
