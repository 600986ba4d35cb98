#include "calls.h"

#include <time.h>
#include <unistd.h>

#include "atomics.h"

/* The calling thread's record in the participant that it used last. A record outlives its thread; the
 * kernel's reuse of thread ids makes it serve again. */
static _Thread_local struct plib_call *own_calls;
static _Thread_local struct plib_call *own_record;

static struct plib_call *find_record(struct plib_call *calls)
{
    uint32_t thread = (uint32_t)gettid();

    for (int i = 0; i < PLIB_CALLS_MAX; i++) {
        uint32_t holder = load32(&calls[i].thread);

        if (holder == thread)
            return &calls[i];
        if (holder == 0 && __atomic_compare_exchange_n(&calls[i].thread, &holder, thread, false,
                                                       __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            return &calls[i];
    }
    return NULL;
}

struct plib_call *call_begin(const struct plib_participant *participant,
                             enum plib_call_function function)
{
    struct plib_call *calls = __atomic_load_n(&participant->calls, __ATOMIC_ACQUIRE);
    struct timespec now;

    if (calls != own_calls) {
        own_record = find_record(calls);
        own_calls = calls;
    }
    if (own_record == NULL)
        return NULL;
    /* Coarse: a budget is many of its ticks, and it costs a fifth of the exact clock. */
    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    __atomic_store_n(&own_record->entered, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec,
                     __ATOMIC_RELAXED);
    store32_release(&own_record->function, function);
    return own_record;
}

void calls_forget(void)
{
    own_calls = NULL;
    own_record = NULL;
}

void call_end(struct plib_call *record)
{
    if (record != NULL)
        store32_release(&record->function, PLIB_CALL_NONE);
}
