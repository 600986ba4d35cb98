#include "sieve.h"

#include <errno.h>
#include <string.h>

#include "atomics.h"
#include "domain.h"
#include "error.h"
#include "inherited.h"
#include "vault.h"

static uint32_t most_of(const struct plib_reader *reader, const struct reader_link *link)
{
    uint32_t depth = reader_depth(reader);

    return depth < link->capacity ? depth : link->capacity;
}

int sieve_insert(const struct plib_reader *reader, struct reader_link *link)
{
    uint32_t most = most_of(reader, link);
    uint32_t capacity = 1;
    struct sieve *sieve;

    if (link->sieve != NULL)
        return 0;
    while (capacity < most)
        capacity *= 2;
    sieve = vault_calloc(1, sizeof(*sieve) + capacity * sizeof(*sieve->positions));
    if (sieve == NULL)
        return fail(-ENOMEM, "no memory for the filter of a match");
    sieve->most = most;
    sieve->capacity = capacity;
    link->sieve = sieve;
    store32(&link->record->keep, PLIB_FILTER_REACH);
    return 0;
}

uint64_t sieve_count(const struct sieve *sieve)
{
    return sieve->last - sieve->first;
}

bool sieve_has_arrivals(const struct sieve *sieve)
{
    return sieve->last > sieve->first && sieve->last > sieve->counted;
}

uint64_t sieve_count_arrivals(struct sieve *sieve, bool again)
{
    uint64_t from = again || sieve->counted < sieve->first ? sieve->first : sieve->counted;

    sieve->counted = sieve->last;
    return sieve->last - from;
}

static bool wants(const struct plib_reader *reader, const struct reader_link *link,
                  const struct ring_sample *sample)
{
    plib_filter *filter = reader->filter;
    const void *context = reader->filter_context;
    uint8_t gid[PLIB_GID_SIZE];
    bool wanted;
    bool left;

    if (filter == NULL)
        return true;
    memcpy(gid, link->writer_gid, sizeof(gid));
    left = domain_leave();
    wanted = filter(context, gid, sample->data, sample->length);
    domain_return(left);
    return wanted;
}

bool sieve_still_wants(const struct plib_reader *reader, const struct reader_link *link,
                       const struct ring_sample *copy)
{
    return link->sieve == NULL || copy->position < link->sieve->since || wants(reader, link, copy);
}

static uint64_t *position_at(struct sieve *sieve, uint64_t index)
{
    return &sieve->positions[index & (sieve->capacity - 1)];
}

/* Where the writer may reuse what lies before. */
static uint64_t first_needed(struct sieve *sieve)
{
    return sieve->first < sieve->last ? *position_at(sieve, sieve->first) : sieve->judged;
}

static void lose(struct plib_reader *reader, struct reader_link *link, uint64_t count)
{
    link->lost += count;
    reader_count_lost(reader, count);
}

static void want(struct plib_reader *reader, struct reader_link *link,
                 const struct ring_sample *sample)
{
    struct sieve *sieve = link->sieve;

    if (sieve_count(sieve) == sieve->most) {
        sieve->first++;
        lose(reader, link, 1);
    }
    *position_at(sieve, sieve->last++) = sample->position;
    reader_keep_time(reader, sample->published);
}

/* Judge the next sample. Adds its bytes. -ESTALE when it cannot be judged yet. */
static int judge(struct plib_reader *reader, struct reader_link *link, uint64_t *bytes)
{
    struct ring_sample sample;
    int error = foreign_ring_peek(link, link->sieve->judged, &sample);
    bool wanted;

    /* plibd sends a new segment before it tells the writer: no news, no such segment. */
    if (error == -ESTALE && participant_has_news(reader->participant))
        return error;
    wanted = error == 0 && wants(reader, link, &sample);
    /* What was overwritten meanwhile was judged by another sample's bytes. */
    if (error != 0 || !foreign_ring_is_there(link, sample.position))
        lose(reader, link, 1);
    else if (wanted)
        want(reader, link, &sample);
    else
        reader->counts.filtered++;
    *bytes += error == 0 ? sample.length : 0;
    link->sieve->judged++;
    return 0;
}

/* What can no longer be taken is lost, judged or not. */
static void drop_overwritten(struct plib_reader *reader, struct reader_link *link, uint64_t kept)
{
    struct sieve *sieve = link->sieve;

    /* At most as many as wait: the reader's depth. */
    while (sieve->first < sieve->last && *position_at(sieve, sieve->first) < kept) {
        sieve->first++;
        lose(reader, link, 1);
    }
    if (sieve->judged < kept) {
        lose(reader, link, kept - sieve->judged);
        sieve->judged = kept;
    }
}

int sieve_sift(struct plib_reader *reader, struct reader_link *link)
{
    struct sieve *sieve = link->sieve;
    uint64_t bytes = 0;
    uint64_t kept;
    uint64_t head;
    int error = 0;

    /* A new link begins at its cursor, and one that follows another where that one ended. */
    if (sieve->judged < link->cursor)
        sieve->judged = link->cursor;
    head = foreign_ring_head(link, &kept);
    drop_overwritten(reader, link, kept);
    for (int i = 0; i < PLIB_SIFT_SAMPLES && bytes < PLIB_SIFT_BYTES; i++) {
        if (sieve->judged >= head || error != 0)
            break;
        error = judge(reader, link, &bytes);
    }
    link->timed = sieve->judged;
    if (first_needed(sieve) > link->cursor)
        foreign_ring_advance(link, first_needed(sieve));
    if (error == 0 && sieve->judged < head)
        participant_wake_self();
    return error;
}

static void remove_first(struct reader_link *link)
{
    link->sieve->first++;
    foreign_ring_advance(link, first_needed(link->sieve));
}

int sieve_take(struct reader_link *link, uint32_t hold, struct ring_sample *sample)
{
    struct sieve *sieve = link->sieve;

    /* At most as many as wait: the reader's depth. */
    while (sieve->first < sieve->last) {
        int error = foreign_ring_hold(link, *position_at(sieve, sieve->first), hold, sample);

        if (error == -ENOBUFS)
            return error;
        sample->counted = sieve->first < sieve->counted;
        remove_first(link);
        if (error == 0)
            return 0;
        link->lost++;
    }
    return -EAGAIN;
}

void sieve_skip(struct reader_link *link)
{
    remove_first(link);
    link->lost++;
}

/* Judge all that is there now. A writer that takes its head back, or whose head runs on, holds nobody up: each
 * round judges something, and a ring has no more than its capacity. */
static void sift_all(struct plib_reader *reader, struct reader_link *link)
{
    uint64_t kept;
    uint64_t head = foreign_ring_head(link, &kept);

    if (link->after != NULL)
        return;
    for (uint32_t i = 0; i < link->capacity; i++) {
        uint64_t before = link->sieve->judged;

        if (sieve_sift(reader, link) != 0 || link->sieve->judged >= head ||
            link->sieve->judged == before)
            return;
    }
}

/* Begin to sift a link that had no filter: what is there is wanted, and what was announced stays so. */
static int begin_sieve(struct plib_reader *reader, struct reader_link *link)
{
    int error = sieve_insert(reader, link);
    struct sieve *sieve = link->sieve;

    if (sieve == NULL)
        return error;
    sift_all(reader, link);
    sieve->counted = sieve->first;
    while (sieve->counted < sieve->last && *position_at(sieve, sieve->counted) < link->counted)
        sieve->counted++;
    return 0;
}

int plib_reader_set_filter(struct plib_reader *reader, plib_filter *filter, const void *context)
{
    DOMAIN_GATE;
    int error = refuse_inherited(reader->participant);

    if (error != 0)
        return error;
    pthread_mutex_lock(&reader->lock);
    for (uint32_t i = 0; i < reader->link_count && error == 0; i++) {
        struct reader_link *link = reader->links[i];

        /* What came before is judged by the filter of before. */
        if (link->sieve != NULL)
            sift_all(reader, link);
        else if (filter != NULL)
            error = begin_sieve(reader, link);
        if (link->sieve != NULL)
            link->sieve->since = link->sieve->judged;
    }
    if (error == 0) {
        reader->filter = filter;
        reader->filter_context = context;
    }
    pthread_mutex_unlock(&reader->lock);
    return error;
}
