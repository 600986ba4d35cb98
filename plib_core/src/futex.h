/* Futex system calls. Wait words in shared memory are shared futexes; a process's own are private. */
#ifndef PLIB_FUTEX_H
#define PLIB_FUTEX_H

#include <linux/futex.h>
#include <stdbool.h>
#include <stdint.h>

enum { PLIB_WAIT_WORDS_MAX = FUTEX_WAITV_MAX };

/* Wake every sleeper on a word that other processes map. Async-signal-safe; errno is kept. */
void futex_wake_shared(const uint32_t *word);

/* Wake every sleeper of this process on its own word. Async-signal-safe; errno is kept. */
void futex_wake_private(const uint32_t *word);

/* Fill one entry of a wait vector. */
void futex_entry(struct futex_waitv *entry, const uint32_t *word, uint32_t value, bool shared);

/* Sleep until one word no longer has its value or is woken, or CLOCK_MONOTONIC reaches `deadline`
 * (ns; INT64_MAX: never), outside the domain: neither `words` nor what they name may be control memory.
 * Returns 0, -ETIMEDOUT, -EINTR or -ENOSYS; a changed word counts as 0. */
int futex_sleep(struct futex_waitv *words, uint32_t count, int64_t deadline);

#endif
