/* A reader's QoS statuses. */
#include <errno.h>

#include "atomics.h"
#include "calls.h"
#include "domain.h"
#include "error.h"
#include "foreign_ring.h"
#include "inherited.h"
#include "reader.h"
#include "sieve.h"
#include "supply.h"

enum { SAMPLES_LOOKED_AT = 256 };

/* A time that cannot be is the writer's own damage. */
void reader_keep_time(struct plib_reader *reader, int64_t published)
{
    if (reader->deadline.period != INT64_MAX && published > 0 && published <= plib_now())
        deadline_sample(&reader->deadline, &reader->statuses[PLIB_EVENT_DEADLINE_MISSED],
                        published);
}

/* True while a writer publishes where the reader cannot look yet: plibd was restarted, and has not matched
 * the two again. It is given up soon if that does not happen. */
static bool is_between_rings(const struct plib_reader *reader)
{
    for (uint32_t i = 0; i < reader->link_count; i++) {
        const struct reader_link *link = reader->links[i];

        if (link->stale && !link->gone && foreign_ring_is_left(link) &&
            !reader_link_is_followed(reader, link))
            return true;
    }
    return false;
}

/* Samples that came but were not taken yet count for the deadline as well. Returns when it may be missed next. */
static int64_t look_at_deadline(struct plib_reader *reader, int64_t now)
{
    struct plib_status *status = &reader->statuses[PLIB_EVENT_DEADLINE_MISSED];

    if (reader->deadline.period == INT64_MAX)
        return INT64_MAX;
    for (uint32_t i = 0; i < reader->link_count; i++) {
        struct reader_link *link = reader->links[i];
        uint64_t end;
        uint64_t count;

        if (link->sieve != NULL) {
            if (link->after == NULL)
                (void)sieve_sift(reader, link);
            continue;
        }
        count = foreign_ring_count_from(link, link->timed, &end);
        if (count > SAMPLES_LOOKED_AT)
            count = SAMPLES_LOOKED_AT;
        /* At most SAMPLES_LOOKED_AT. */
        for (uint64_t at = end - count; at < end; at++) {
            int64_t published = foreign_ring_published(link, at);

            if (published > 0 && published <= now)
                deadline_sample(&reader->deadline, status, published);
        }
        link->timed = end;
    }
    if (is_between_rings(reader))
        return INT64_MAX; /* plibd's news, or the end of its time, come first */
    deadline_look(&reader->deadline, status, now);
    return deadline_due(&reader->deadline);
}

void reader_count_lost(struct plib_reader *reader, uint64_t count)
{
    __atomic_store_n(&reader->counts.lost, reader->counts.lost + count, __ATOMIC_RELAXED);
    reader->statuses[PLIB_EVENT_LOST].total += count;
    reader->statuses[PLIB_EVENT_LOST].changes += count;
}

/* What was overwritten is lost whether or not anybody tries to take it. */
static void look_at_losses(struct plib_reader *reader)
{
    for (uint32_t i = 0; i < reader->link_count; i++) {
        struct reader_link *link = reader->links[i];

        if (link->after == NULL)
            supply_skip_overwritten(reader, link);
    }
}

/* Writers that assert nothing by hand live as long as their process, which plibd watches. Returns when
 * the next one may lose its liveliness. */
static int64_t look_at_liveliness(struct plib_reader *reader, int64_t now)
{
    struct plib_status *status = &reader->statuses[PLIB_EVENT_LIVELINESS];
    int64_t due = INT64_MAX;
    uint32_t alive = 0;
    uint32_t not_alive = 0;

    for (uint32_t i = 0; i < reader->link_count; i++) {
        const struct reader_link *link = reader->links[i];
        int64_t asserted;
        int64_t end;

        if (link->gone || reader_link_is_followed(reader, link))
            continue;
        if (!link->manual) {
            alive++;
            continue;
        }
        asserted = foreign_ring_asserted(link);
        if (asserted <= 0)
            continue; /* it has not said yet that it lives */
        end = lease_end(asserted < now ? asserted : now, link->lease);
        if (end > now) {
            alive++;
            due = end < due ? end : due;
        } else {
            not_alive++;
        }
    }
    if (status->current != alive || status->not_alive != not_alive)
        status->changes++;
    status->current = alive;
    status->not_alive = not_alive;
    return due;
}

bool reader_awaits_deadline(struct plib_reader *reader)
{
    bool awaits;

    pthread_mutex_lock(&reader->lock);
    awaits = reader->deadline.period != INT64_MAX && reader->deadline.last == 0;
    pthread_mutex_unlock(&reader->lock);
    return awaits;
}

int64_t reader_status(struct plib_reader *reader, uint32_t event, struct plib_status *status)
{
    int64_t now = plib_now();
    int64_t due = INT64_MAX;

    pthread_mutex_lock(&reader->lock);
    if (event == PLIB_EVENT_DEADLINE_MISSED) {
        due = look_at_deadline(reader, now);
    } else if (event == PLIB_EVENT_LIVELINESS) {
        due = look_at_liveliness(reader, now);
    } else if (event == PLIB_EVENT_LOST) {
        look_at_losses(reader);
    }
    *status = reader->statuses[event];
    pthread_mutex_unlock(&reader->lock);
    return due;
}

int plib_reader_status(struct plib_reader *reader, uint32_t event, struct plib_status *status)
{
    DOMAIN_GATE;
    struct plib_call *call;
    int error = refuse_inherited(reader->participant);

    if (error != 0)
        return error;
    if (event >= PLIB_EVENT_COUNT)
        return fail(-EINVAL, "a reader has no status %u", event);
    call = call_begin(reader->participant, PLIB_CALL_READER_STATUS);
    (void)reader_status(reader, event, status);
    call_end(call);
    return 0;
}

void plib_reader_counts(struct plib_reader *reader, struct plib_reader_counts *counts)
{
    DOMAIN_GATE;
    struct plib_call *call;

    *counts = (struct plib_reader_counts){0};
    if (is_inherited(reader->participant))
        return;
    call = call_begin(reader->participant, PLIB_CALL_COUNTS);
    pthread_mutex_lock(&reader->lock);
    look_at_losses(reader);
    *counts = reader->counts;
    for (uint32_t i = 0; i < reader->link_count; i++)
        counts->queued += supply_queued(reader->links[i]);
    pthread_mutex_unlock(&reader->lock);
    call_end(call);
}
