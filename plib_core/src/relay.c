#include "relay.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "atomics.h"
#include "domain.h"
#include "futex.h"
#include "participant.h"

static const size_t stack_size = (size_t)64 << 10;

/* Not control memory: its thread sleeps on it. */
struct relay {
    struct relay *next; /* of the same sleep, or of those that rest */
    pthread_t thread;
    uint32_t command; /* changes with each order; the first word that it sleeps on */
    pthread_mutex_t lock;
    bool active; /* with the lock, as is what follows while it is active */
    bool ends;
    uint32_t count;
    struct futex_waitv words[PLIB_WAIT_WORDS_MAX];
};

/* Sleep until the order `command` is replaced. */
static void await_order(const struct relay *relay, uint32_t command)
{
    struct futex_waitv word;

    futex_entry(&word, &relay->command, command, false);
    while (load32_acquire(&relay->command) == command)
        (void)futex_sleep(&word, 1, INT64_MAX);
}

static void *run(void *argument)
{
    struct relay *relay = argument;
    struct futex_waitv words[PLIB_WAIT_WORDS_MAX];

    for (;;) {
        uint32_t command;
        uint32_t count;
        bool ends;

        pthread_mutex_lock(&relay->lock);
        command = load32(&relay->command);
        ends = relay->ends;
        count = relay->active ? relay->count : 0;
        memcpy(words, relay->words, count * sizeof(*words));
        pthread_mutex_unlock(&relay->lock);
        if (ends)
            return NULL;
        if (count > 0) {
            futex_entry(&words[0], &relay->command, command, false);
            /* Whatever ends it but a new order: who waits looks again, and notes the words anew. */
            (void)futex_sleep(words, count, INT64_MAX);
            if (load32_acquire(&relay->command) == command)
                participant_wake_self();
        }
        await_order(relay, command);
    }
}

static void order(struct relay *relay, bool active, bool ends)
{
    pthread_mutex_lock(&relay->lock);
    relay->active = active;
    relay->ends = ends;
    store32_release(&relay->command, load32(&relay->command) + 1);
    pthread_mutex_unlock(&relay->lock);
    futex_wake_private(&relay->command);
}

/* The application's signals are for its own threads. */
static int start_thread(struct relay *relay)
{
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t before;
    bool left;
    int error = pthread_attr_init(&attributes);

    if (error != 0)
        return error;
    (void)pthread_attr_setstacksize(&attributes, stack_size);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    /* A thread starts with its maker's rights. */
    left = domain_leave();
    error = pthread_create(&relay->thread, &attributes, run, relay);
    domain_return(left);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    if (error == 0)
        (void)pthread_setname_np(relay->thread, "plib-relay");
    return error;
}

static struct relay *make_relay(void)
{
    struct relay *relay = calloc(1, sizeof(*relay));

    if (relay == NULL)
        return NULL;
    (void)pthread_mutex_init(&relay->lock, NULL);
    if (start_thread(relay) != 0) {
        (void)pthread_mutex_destroy(&relay->lock);
        free(relay);
        return NULL;
    }
    return relay;
}

void relay_pool_init(struct relay_pool *pool)
{
    (void)pthread_mutex_init(&pool->lock, NULL);
    pool->idle = NULL;
}

void relay_pool_destroy(struct relay_pool *pool)
{
    while (pool->idle != NULL) {
        struct relay *relay = pool->idle;

        pool->idle = relay->next;
        order(relay, false, true);
        (void)pthread_join(relay->thread, NULL);
        (void)pthread_mutex_destroy(&relay->lock);
        free(relay);
    }
    (void)pthread_mutex_destroy(&pool->lock);
}

struct relay *relay_get(struct relay_pool *pool, struct relay *next)
{
    struct relay *relay;

    pthread_mutex_lock(&pool->lock);
    relay = pool->idle;
    if (relay != NULL)
        pool->idle = relay->next;
    pthread_mutex_unlock(&pool->lock);
    if (relay == NULL)
        relay = make_relay();
    if (relay == NULL)
        return NULL;
    relay->next = next;
    relay->count = 1;
    return relay;
}

struct relay *relay_next(const struct relay *relay)
{
    return relay->next;
}

bool relay_add(struct relay *relay, const uint32_t *word, uint32_t value)
{
    if (relay->count == PLIB_WAIT_WORDS_MAX)
        return false;
    futex_entry(&relay->words[relay->count++], word, value, true);
    return true;
}

void relay_start(struct relay *relay)
{
    order(relay, true, false);
}

void relay_rest(struct relay_pool *pool, struct relay *relay)
{
    if (relay->active)
        order(relay, false, false);
    pthread_mutex_lock(&pool->lock);
    relay->next = pool->idle;
    pool->idle = relay;
    pthread_mutex_unlock(&pool->lock);
}
