/* Shared words for the analyser, in place of src/atomics.h: each load is checked to lie in memory that may be
 * read, and gives any value whatever, another one each time. That is what a hostile process can do. */
#ifndef PLIB_ATOMICS_H
#define PLIB_ATOMICS_H

#include <stdint.h>

extern volatile uint32_t any32;
extern volatile uint64_t any64;

static inline uint32_t load32(const uint32_t *word)
{
    (void)*(const volatile uint32_t *)word;
    return any32;
}

static inline uint64_t load64(const uint64_t *word)
{
    (void)*(const volatile uint64_t *)word;
    return any64;
}

static inline uint32_t load32_acquire(const uint32_t *word)
{
    return load32(word);
}

static inline uint64_t load64_acquire(const uint64_t *word)
{
    return load64(word);
}

static inline void store32(uint32_t *word, uint32_t value)
{
    *word = value;
}

static inline void store64(uint64_t *word, uint64_t value)
{
    *word = value;
}

static inline void store32_release(uint32_t *word, uint32_t value)
{
    *word = value;
}

static inline void store64_release(uint64_t *word, uint64_t value)
{
    *word = value;
}

static inline void add32(uint32_t *word, uint32_t value)
{
    *word += value;
}

static inline void full_fence(void)
{
}

static inline void release_fence(void)
{
}

static inline void acquire_fence(void)
{
}

#endif
