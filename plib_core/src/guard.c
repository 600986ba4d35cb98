/* Guard conditions, and the word on which this process's own waits sleep for them. */
#include "guard.h"

#include <errno.h>

#include "atomics.h"
#include "domain.h"
#include "error.h"
#include "futex.h"
#include "inherited.h"
#include "vault.h"

/* Mapped by this process alone; the library's own copy, so that a signal handler needs no lookup. */
static uint32_t bell;
static uint32_t sleepers;

static int create(struct plib_guard **out)
{
    DOMAIN_GATE;
    struct plib_guard *guard = vault_calloc(1, sizeof(*guard));

    if (guard == NULL)
        return fail(-ENOMEM, "no memory for a guard condition");
    *out = guard;
    return 0;
}

int plib_guard_create(struct plib_guard **out)
{
    int error = domain_set_up();

    return error != 0 ? error : create(out);
}

int plib_graph_guard_create(struct plib_participant *participant, struct plib_guard **out)
{
    DOMAIN_GATE;
    int error = refuse_inherited(participant);

    if (error == 0)
        error = plib_guard_create(out);
    if (error != 0)
        return error;
    (*out)->participant = participant;
    pthread_mutex_lock(&participant->guards_lock);
    (*out)->next = participant->graph_guards;
    participant->graph_guards = *out;
    pthread_mutex_unlock(&participant->guards_lock);
    return 0;
}

static void unlink_graph_guard(struct plib_participant *participant, const struct plib_guard *guard)
{
    struct plib_guard **place = &participant->graph_guards;

    pthread_mutex_lock(&participant->guards_lock);
    while (*place != guard)
        place = &(*place)->next;
    *place = guard->next;
    pthread_mutex_unlock(&participant->guards_lock);
}

void plib_guard_destroy(struct plib_guard *guard)
{
    DOMAIN_GATE;

    if (guard->participant != NULL) {
        if (is_inherited(guard->participant))
            return; /* its list stays as the fork found it */
        unlink_graph_guard(guard->participant, guard);
    }
    vault_free(guard);
}

void plib_guard_trigger(struct plib_guard *guard)
{
    DOMAIN_GATE;

    store32_release(&guard->triggered, 1);
    participant_wake_self();
}

void guard_trigger_graph(struct plib_participant *participant)
{
    pthread_mutex_lock(&participant->guards_lock);
    for (struct plib_guard *guard = participant->graph_guards; guard != NULL; guard = guard->next)
        store32_release(&guard->triggered, 1);
    pthread_mutex_unlock(&participant->guards_lock);
    participant_wake_self();
}

bool guard_take(struct plib_guard *guard)
{
    return load32(&guard->triggered) != 0 &&
           __atomic_exchange_n(&guard->triggered, 0, __ATOMIC_ACQUIRE) != 0;
}

void participant_wake_self(void)
{
    /* Pairs with the fences in guard_bell_arm() and in sleep_once(): what was changed before is seen by
     * whoever is not seen here. */
    full_fence();
    if (load32(&sleepers) == 0)
        return;
    add32(&bell, 1);
    futex_wake_private(&bell);
}

const uint32_t *guard_bell_arm(uint32_t *value)
{
    add32(&sleepers, 1);
    /* Pairs with the fence in participant_wake_self(). What the sleeper notes from here on, which
     * plibd's words it sleeps on above all, is no older than the last change that did not see it. A
     * weakly ordered CPU may otherwise load the words of a plibd that was just replaced before its
     * place among the sleepers is seen. */
    full_fence();
    *value = load32_acquire(&bell);
    return &bell;
}

void guard_bell_disarm(void)
{
    add32(&sleepers, UINT32_MAX);
}
