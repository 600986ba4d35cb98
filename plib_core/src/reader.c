/* A DataReader: its life, and take and release. */
#include "reader.h"

#include <errno.h>
#include <string.h>

#include "atomics.h"
#include "calls.h"
#include "clock.h"
#include "control.h"
#include "domain.h"
#include "endpoint.h"
#include "error.h"
#include "foreign_ring.h"
#include "inherited.h"
#include "private_copy.h"
#include "sieve.h"
#include "supply.h"
#include "vault.h"

enum { EXPIRED_MAX = 64 /* samples skipped in one call */ };

/* ns between two looks of plibd's at what a reader has lost, at least */
static const uint64_t tell_period = UINT64_C(100000000);

void reader_request(const struct plib_reader *reader, struct plib_msg_create_endpoint *request)
{
    endpoint_request(&reader->options, reader->entity, request);
}

static bool is_reader(uint32_t kind)
{
    return kind == PLIB_KIND_SUBSCRIPTION || kind == PLIB_KIND_SERVER ||
           kind == PLIB_KIND_REPLY_READER;
}

static void unlink_reader(struct plib_participant *participant, const struct plib_reader *reader)
{
    struct plib_reader **place = &participant->readers;

    while (*place != reader)
        place = &(*place)->next;
    *place = reader->next;
}

static void free_reader(struct plib_reader *reader)
{
    for (uint32_t i = 0; i < reader->link_count; i++)
        reader_link_free(reader->links[i]);
    vault_free(reader->links);
    endpoint_free_options(&reader->options);
    (void)pthread_mutex_destroy(&reader->lock);
    vault_free(reader);
}

int plib_reader_create(struct plib_participant *participant,
                       const struct plib_endpoint_options *options, struct plib_reader **out)
{
    DOMAIN_GATE;
    struct plib_msg_create_endpoint request;
    struct plib_reader *reader;
    int error;

    if (!is_reader(options->kind))
        return fail(-EINVAL, "kind %u is not a reader", options->kind);
    error = refuse_inherited(participant);
    if (error != 0)
        return error;
    reader = vault_calloc(1, sizeof(*reader));
    if (reader == NULL)
        return fail(-ENOMEM, "no memory for a reader");
    error = endpoint_copy_options(options, &reader->options, reader->type_hash);
    if (error != 0) {
        vault_free(reader);
        return error;
    }
    (void)pthread_mutex_init(&reader->lock, NULL);
    reader->participant = participant;
    reader->deadline.period = options->qos.deadline;
    reader->filter = options->filter;
    reader->filter_context = options->filter_context;
    pthread_mutex_lock(&participant->lock);
    reader->entity = ++participant->next_entity;
    /* It stands in the list first: its matches arrive before the reply. */
    reader->next = participant->readers;
    participant->readers = reader;
    reader_request(reader, &request);
    error = control_request(participant, &request.header);
    if (error != 0)
        unlink_reader(participant, reader);
    pthread_mutex_unlock(&participant->lock);
    if (error != 0) {
        free_reader(reader);
        return error;
    }
    *out = reader;
    return 0;
}

int plib_reader_destroy(struct plib_reader *reader)
{
    DOMAIN_GATE;
    struct plib_participant *participant = reader->participant;
    int error;

    if (is_inherited(participant))
        return 0;
    pthread_mutex_lock(&participant->lock);
    unlink_reader(participant, reader);
    error = endpoint_destroy(participant, reader->entity);
    pthread_mutex_unlock(&participant->lock);
    free_reader(reader);
    return error;
}

static uint32_t free_hold(const struct reader_link *link)
{
    return link->holds == UINT8_MAX ? PLIB_HOLDS_MAX
                                    : (uint32_t)__builtin_ctz(~(unsigned)link->holds);
}

/* True when a ring from before plibd's restart has nothing left, however it is sifted, and gets nothing more:
 * its writer has left it, or has ended. */
static bool drain(struct plib_reader *reader, struct reader_link *link, bool ended)
{
    /* Before the look at what there is. */
    bool over = ended || foreign_ring_is_left(link);

    if (link->sieve != NULL)
        (void)sieve_sift(reader, link);
    return over && foreign_ring_available(link) == 0;
}

/* A link that follows the same writer's link from before plibd's restart waits for it to be drained,
 * and goes on where that one ended. After several restarts in a row the oldest comes first: where one
 * that itself waits will begin is not known yet. */
static bool is_waiting(struct plib_reader *reader, struct reader_link *link)
{
    if (link->start != NULL)
        reader_link_settle(link);
    /* At most once for each restart since the reader last drained a ring. */
    while (link->after != NULL) {
        struct reader_link *next = link;

        /* At most as often. */
        while (next->after->after != NULL)
            next = next->after;
        if (!drain(reader, next->after, next->gone))
            return true;
        /* Positions go on across the move, whatever was published into the new ring meanwhile. */
        foreign_ring_advance(next, next->after->cursor);
        next->after->gone = true;
        next->after = NULL;
    }
    return false;
}

static bool is_expired(const struct reader_link *link, const struct ring_sample *taken)
{
    return link->lifespan != INT64_MAX &&
           clock_realtime() - link->lifespan >= taken->source_timestamp;
}

/* Take the next sample that has not outlived its writer's lifespan. */
static int take_fresh(struct plib_reader *reader, struct reader_link *link, uint32_t hold,
                      struct ring_sample *taken)
{
    for (int i = 0; i < EXPIRED_MAX; i++) {
        uint64_t lost = link->lost;
        int error = supply_take(reader, link, hold, taken);

        /* plibd sends a new segment before it tells the writer: no news, no such segment. */
        if (error == -ESTALE && !participant_has_news(reader->participant)) {
            foreign_ring_skip(link);
            error = -EBADMSG;
        }
        if (error == -ENOBUFS)
            private_copy_want(link, hold, taken);
        reader_count_lost(reader, link->lost - lost);
        if (error != 0 || !is_expired(link, taken))
            return error;
        store64_release(&link->record->hold[hold], 0);
        reader->counts.expired++;
    }
    return -EBADMSG;
}

static void keep_time(struct plib_reader *reader, struct reader_link *link,
                      const struct ring_sample *taken)
{
    if (taken->position < link->timed)
        return;
    link->timed = taken->position + 1;
    reader_keep_time(reader, taken->published);
}

/* Give a foreign writer's sample out as a copy. -EBADMSG when there is none to give.
 *
 * It may have changed since it was judged: the copy is what the filter has to want. And when other readers keep
 * much of the writer's memory, it may have used this sample's again meanwhile: then it is lost. */
static int copy_wanted(struct plib_reader *reader, struct reader_link *link, uint32_t hold,
                       struct ring_sample *taken)
{
    bool is_void;

    private_copy_make(link, hold, taken);
    is_void = foreign_ring_is_void(link, taken->position);
    if (!is_void && sieve_still_wants(reader, link, taken))
        return 0;
    if (is_void) {
        link->lost++;
        reader_count_lost(reader, 1);
    } else {
        reader->counts.filtered++;
    }
    store64_release(&link->record->hold[hold], 0);
    return -EBADMSG;
}

/* Not with every sample: the writer reads this line, too. */
static void tell_statistics(struct reader_link *link, const struct plib_sample *sample)
{
    link->told = sample->received_timestamp;
    store64(&link->record->lost, link->lost_before);
    store64(&link->record->taken, link->taken);
    store64((uint64_t *)(void *)&link->record->delay,
            (uint64_t)(sample->received_timestamp - sample->source_timestamp));
}

static int take_from(struct plib_reader *reader, struct reader_link *link,
                     struct plib_sample *sample)
{
    struct ring_sample taken;
    uint32_t hold = free_hold(link);
    int error = 0;

    if (is_waiting(reader, link))
        return -EAGAIN;
    if (link->sieve != NULL)
        error = sieve_sift(reader, link);
    if (error != 0 && !supply_has_some(link))
        return error;
    if (hold == PLIB_HOLDS_MAX)
        return !supply_has_some(link)
                   ? -EAGAIN
                   : fail(-EBUSY, "%d samples of one publisher are held: give one back first",
                          PLIB_HOLDS_MAX);
    error = take_fresh(reader, link, hold, &taken);
    if (error != 0)
        return error;
    if (link->foreign)
        error = copy_wanted(reader, link, hold, &taken);
    if (error != 0)
        return error;
    if (reader->deadline.period != INT64_MAX)
        keep_time(reader, link, &taken);
    reader->counts.taken++;
    reader->uncounted += !taken.counted;
    link->taken++;
    link->holds |= (uint8_t)(1U << hold);
    sample->data = taken.data;
    sample->length = taken.length;
    sample->sequence = taken.position + 1;
    sample->source_timestamp = taken.source_timestamp;
    sample->received_timestamp = clock_realtime();
    sample->related = taken.related;
    memcpy(sample->writer_gid, link->writer_gid, PLIB_GID_SIZE);
    sample->lost = link->lost;
    link->lost_before += link->lost;
    link->lost = 0;
    /* Unsigned: the clock may have been set back. */
    if ((uint64_t)(sample->received_timestamp - link->told) >= tell_period)
        tell_statistics(link, sample);
    sample->link = link;
    sample->hold = hold;
    return 0;
}

static int take(struct plib_reader *reader, struct plib_sample *sample)
{
    int result = -EAGAIN;

    for (uint32_t i = 0; i < reader->link_count; i++) {
        uint32_t index = (reader->turn + i) % reader->link_count;
        struct reader_link *link = reader->links[index];
        int error = take_from(reader, link, sample);

        if (reader_link_is_finished(link))
            participant_want_reap(reader->participant);
        if (error == 0) {
            reader->turn = index + 1;
            /* It may be the last of its ring: another thread may wait for what comes in the next. */
            if (link->stale)
                participant_wake_self();
            return 0;
        }
        /* Nonsense, or much that had expired, was skipped: what else there is comes with the next call, so look again. */
        if (error == -EBADMSG)
            participant_wake_self();
        else if (error != -EAGAIN)
            result = error;
    }
    /* It is there once the news have been read, which another thread may be at: then it arrives again. */
    if (result == -ESTALE) {
        reader->uncounted++;
        participant_wake_self();
    }
    return result;
}

int plib_reader_take(struct plib_reader *reader, struct plib_sample *sample)
{
    DOMAIN_GATE;
    struct plib_call *call;
    int error = refuse_inherited(reader->participant);

    if (error != 0)
        return error;
    call = call_begin(reader->participant, PLIB_CALL_TAKE);
    pthread_mutex_lock(&reader->lock);
    error = take(reader, sample);
    pthread_mutex_unlock(&reader->lock);
    call_end(call);
    return error;
}

/* Without memory for its copy the next sample is lost, or it would be in the way of all others. */
static bool reserve(struct plib_reader *reader, struct reader_link *link)
{
    if (private_copy_grow(link))
        return true;
    if (supply_has_some(link)) {
        supply_skip(link);
        reader_count_lost(reader, 1);
    }
    return false;
}

int plib_reader_reserve(struct plib_reader *reader)
{
    DOMAIN_GATE;
    int error = refuse_inherited(reader->participant);
    bool all = true;

    if (error != 0)
        return error;
    pthread_mutex_lock(&reader->lock);
    for (uint32_t i = 0; i < reader->link_count; i++)
        all = reserve(reader, reader->links[i]) && all;
    pthread_mutex_unlock(&reader->lock);
    return all ? 0 : fail(-ENOMEM, "no memory to copy a message of another user's");
}

void plib_reader_release(struct plib_reader *reader, struct plib_sample *sample)
{
    DOMAIN_GATE;
    struct reader_link *link = sample->link;
    struct plib_call *call;

    if (link == NULL || is_inherited(reader->participant))
        return;
    call = call_begin(reader->participant, PLIB_CALL_RELEASE);
    pthread_mutex_lock(&reader->lock);
    link->holds &= (uint8_t) ~(1U << sample->hold);
    /* Pairs with the acquire in foreign_link_holds(). */
    store64_release(&link->record->hold[sample->hold], 0);
    if (reader_link_is_finished(link))
        participant_want_reap(reader->participant);
    pthread_mutex_unlock(&reader->lock);
    call_end(call);
    sample->link = NULL;
    sample->data = NULL;
}

/* Judge what came, and let the link go when nothing of it is wanted and the writer is gone. */
static void sift(struct plib_reader *reader, struct reader_link *link)
{
    if (link->sieve == NULL)
        return;
    (void)sieve_sift(reader, link);
    if (reader_link_is_finished(link))
        participant_want_reap(reader->participant);
}

bool plib_reader_ready(struct plib_reader *reader)
{
    DOMAIN_GATE;
    struct plib_call *call;
    bool ready = false;

    if (is_inherited(reader->participant))
        return false;
    call = call_begin(reader->participant, PLIB_CALL_READY);
    pthread_mutex_lock(&reader->lock);
    for (uint32_t i = 0; i < reader->link_count && !ready; i++) {
        if (is_waiting(reader, reader->links[i]))
            continue;
        sift(reader, reader->links[i]);
        ready = supply_has_some(reader->links[i]);
    }
    pthread_mutex_unlock(&reader->lock);
    call_end(call);
    return ready;
}

bool reader_has_arrivals(struct plib_reader *reader)
{
    bool any = false;

    if (is_inherited(reader->participant))
        return false;
    pthread_mutex_lock(&reader->lock);
    any = reader->uncounted != 0;
    for (uint32_t i = 0; i < reader->link_count && !any; i++) {
        struct reader_link *link = reader->links[i];

        if (is_waiting(reader, link))
            continue;
        sift(reader, link);
        any = supply_has_arrivals(link);
    }
    pthread_mutex_unlock(&reader->lock);
    return any;
}

static uint64_t count_samples(struct plib_reader *reader, bool again)
{
    struct plib_call *call;
    uint64_t count = 0;

    if (is_inherited(reader->participant))
        return 0;
    call = call_begin(reader->participant, again ? PLIB_CALL_UNREAD : PLIB_CALL_ARRIVALS);
    pthread_mutex_lock(&reader->lock);
    for (uint32_t i = 0; i < reader->link_count; i++) {
        struct reader_link *link = reader->links[i];

        if (is_waiting(reader, link))
            continue;
        sift(reader, link);
        count += supply_count_arrivals(link, again);
    }
    /* Whoever takes as often as it is told takes other samples than those that it was told of. */
    if (!again)
        count += reader->uncounted;
    reader->uncounted = 0;
    pthread_mutex_unlock(&reader->lock);
    call_end(call);
    return count;
}

uint64_t plib_reader_arrivals(struct plib_reader *reader)
{
    DOMAIN_GATE;

    return count_samples(reader, false);
}

uint64_t plib_reader_unread(struct plib_reader *reader)
{
    DOMAIN_GATE;

    return count_samples(reader, true);
}

uint32_t plib_reader_matched(const struct plib_reader *reader)
{
    DOMAIN_GATE;

    return __atomic_load_n(&reader->matched, __ATOMIC_RELAXED);
}

bool plib_reader_knows(struct plib_reader *reader, const uint8_t gid[16])
{
    DOMAIN_GATE;
    bool known = false;

    if (is_inherited(reader->participant))
        return false;
    pthread_mutex_lock(&reader->lock);
    for (uint32_t i = 0; i < reader->link_count && !known; i++)
        known = !reader->links[i]->gone &&
                memcmp(reader->links[i]->writer_gid, gid, PLIB_GID_SIZE) == 0;
    pthread_mutex_unlock(&reader->lock);
    return known;
}

uint64_t plib_reader_lost(const struct plib_reader *reader)
{
    DOMAIN_GATE;

    return __atomic_load_n(&reader->counts.lost, __ATOMIC_RELAXED);
}

uint32_t plib_reader_entity(const struct plib_reader *reader)
{
    DOMAIN_GATE;

    return reader->entity;
}
