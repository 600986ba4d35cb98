/* Threads that sleep on wait words for a wait that has more of them than one futex_waitv takes.
 *
 * A relay sleeps on up to 127 words and, when one of them rings, wakes this process's waits by their own
 * word. They are made when a wait needs them, rest in between, and end with their participant. */
#ifndef PLIB_RELAY_H
#define PLIB_RELAY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct relay;

/* A participant's relays that rest. */
struct relay_pool {
    pthread_mutex_t lock;
    struct relay *idle;
};

void relay_pool_init(struct relay_pool *pool);

/* End all of its threads. No wait of the participant may be under way. Blocks until they ended. */
void relay_pool_destroy(struct relay_pool *pool);

/* A relay for one sleep of the calling thread, to be given words and back with relay_rest(). NULL when
 * the process gets no further thread. Bounded, but for the first of each, which makes a thread. */
struct relay *relay_get(struct relay_pool *pool, struct relay *next);

/* The one that was passed to relay_get() as `next`. */
struct relay *relay_next(const struct relay *relay);

/* Let it sleep on `word` while that has `value`. False when it has no room. O(1). */
bool relay_add(struct relay *relay, const uint32_t *word, uint32_t value);

/* It sleeps, from now on. O(1). */
void relay_start(struct relay *relay);

/* It rests; what it slept on is nothing to it any more. O(1). */
void relay_rest(struct relay_pool *pool, struct relay *relay);

#endif
