#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "domain.h"
#include "futex.h"

/* Kernel headers older than 5.16 lack the number; it is the same on every architecture. */
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

static void wake(const uint32_t *word, int operation)
{
    int saved = errno;

    (void)syscall(SYS_futex, word, operation, INT_MAX, NULL, NULL, 0);
    errno = saved;
}

void futex_wake_shared(const uint32_t *word)
{
    wake(word, FUTEX_WAKE);
}

void futex_wake_private(const uint32_t *word)
{
    wake(word, FUTEX_WAKE_PRIVATE);
}

void futex_entry(struct futex_waitv *entry, const uint32_t *word, uint32_t value, bool shared)
{
    entry->val = value;
    entry->uaddr = (uint64_t)(uintptr_t)word;
    entry->flags = FUTEX_32 | (shared ? 0U : (unsigned)FUTEX_PRIVATE_FLAG);
    entry->__reserved = 0;
}

int futex_sleep(struct futex_waitv *words, uint32_t count, int64_t deadline)
{
    struct timespec limit = {.tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000};
    bool left = domain_leave();
    long woken = syscall(SYS_futex_waitv, words, count, 0, deadline == INT64_MAX ? NULL : &limit,
                         CLOCK_MONOTONIC);
    int error = woken >= 0 ? 0 : -errno;

    domain_return(left);
    return error == -EAGAIN ? 0 : error;
}
