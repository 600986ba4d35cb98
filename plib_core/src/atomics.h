/* Access to shared words. All shared memory is read and written through these, so that the compiler
 * neither repeats nor tears a load of memory that a hostile process may change at any time. */
#ifndef PLIB_ATOMICS_H
#define PLIB_ATOMICS_H

#include <stdatomic.h>
#include <stdint.h>

/* A futex compares 32 bits: the low half of a cursor or match, at its address. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "plib needs a little-endian CPU");
_Static_assert(__atomic_always_lock_free(8, 0), "shared words must not need a lock");

static inline uint32_t load32(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline uint64_t load64(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline uint32_t load32_acquire(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline uint64_t load64_acquire(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline void store32(uint32_t *word, uint32_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

static inline void store64(uint64_t *word, uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

static inline void store32_release(uint32_t *word, uint32_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static inline void store64_release(uint64_t *word, uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static inline void add32(uint32_t *word, uint32_t value)
{
    __atomic_fetch_add(word, value, __ATOMIC_RELAXED);
}

/* Orders every earlier store before every later load: one half of each store-then-look protocol
 * (publish/sleep, hold/retire, cursor/wait for space). */
static inline void full_fence(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void release_fence(void)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline void acquire_fence(void)
{
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
}

#endif
