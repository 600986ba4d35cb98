/* Guard conditions, and the word on which this process's own waits sleep for them. */
#include "guard.h"

#include <errno.h>
#include <stdlib.h>

#include "atomics.h"
#include "error.h"
#include "futex.h"

/* Mapped by this process alone; the library's own copy, so that a signal handler needs no lookup. */
static uint32_t bell;
static uint32_t sleepers;

int plib_guard_create(struct plib_guard **out)
{
    struct plib_guard *guard = calloc(1, sizeof(*guard));

    if (guard == NULL)
        return fail(-ENOMEM, "no memory for a guard condition");
    *out = guard;
    return 0;
}

void plib_guard_destroy(struct plib_guard *guard)
{
    free(guard);
}

void plib_guard_trigger(struct plib_guard *guard)
{
    store32_release(&guard->triggered, 1);
    participant_wake_self();
}

bool guard_take(struct plib_guard *guard)
{
    return load32(&guard->triggered) != 0 &&
           __atomic_exchange_n(&guard->triggered, 0, __ATOMIC_ACQUIRE) != 0;
}

void participant_wake_self(void)
{
    /* Pairs with the fence in wait.c between arming and looking. */
    full_fence();
    if (load32(&sleepers) == 0)
        return;
    add32(&bell, 1);
    futex_wake_private(&bell);
}

const uint32_t *guard_bell_arm(uint32_t *value)
{
    add32(&sleepers, 1);
    *value = load32_acquire(&bell);
    return &bell;
}

void guard_bell_disarm(void)
{
    add32(&sleepers, UINT32_MAX);
}
