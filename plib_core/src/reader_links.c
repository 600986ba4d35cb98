/* A reader's matches: what plibd sends it. Set-up half of the reader. */
#include <errno.h>
#include <string.h>

#include "atomics.h"
#include "control.h"
#include "error.h"
#include "foreign_ring.h"
#include "futex.h"
#include "private_copy.h"
#include "reader.h"
#include "sieve.h"
#include "vault.h"

static void count_matched(struct plib_reader *reader)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < reader->link_count; i++) {
        bool followed = false;

        for (uint32_t k = 0; k < reader->link_count; k++)
            followed = followed || reader->links[k]->after == reader->links[i];
        count += !reader->links[i]->gone && !followed;
    }
    __atomic_store_n(&reader->matched, count, __ATOMIC_RELAXED);
    status_set_current(&reader->statuses[PLIB_EVENT_MATCHED], count);
}

static void view_segment(struct reader_link *link, uint32_t index, const struct object *object)
{
    link->segments[index].size = object->size;
    link->segments[index].first = index == 0 ? link->segments[0].first : 0;
    link->segments[index].address = object->address;
    if (index >= link->segment_count)
        link->segment_count = index + 1;
}

static int check_match(const struct plib_msg_match *match, const struct object *ring)
{
    uint64_t needed = PLIB_RING_DESCRIPTORS + (uint64_t)match->ring_capacity * PLIB_DESCRIPTOR_SIZE;

    if (ring == NULL || match->segment_count == 0 || match->segment_count > PLIB_SEGMENTS_MAX ||
        match->link >= PLIB_LINKS_MAX || match->start >= PLIB_LINKS_MAX ||
        match->bell >= PLIB_BELLS_MAX || match->ring_capacity == 0 ||
        (match->ring_capacity & (match->ring_capacity - 1)) != 0 || match->control_size < needed ||
        match->control_size > ring->size)
        return fail(-EPROTO, "plibd sent a match that makes no sense");
    return 0;
}

/* What a late joiner of a transient-local writer may have: the writer's last `depth` samples. */
static uint64_t first_retained(const struct reader_link *link, const struct plib_qos *writer,
                               uint64_t head)
{
    uint64_t tail = load64(&link->ring->tail);
    uint64_t depth = writer->history == PLIB_KEEP_ALL ? link->capacity : writer->depth;
    uint64_t first = head > depth ? head - depth : 0;

    return tail > first && tail <= head ? tail : first;
}

/* Where the reader's samples start: where the writer says, if it has noticed the match; else at the
 * head, which was read first, so that nothing published since can be missed, or at what is retained
 * for late joiners, unless the writer says in time that it began to publish for this reader before. */
static uint64_t start_position(const struct plib_reader *reader, struct reader_link *link,
                               const struct plib_qos *writer, const struct plib_start *start)
{
    uint64_t head = load64_acquire(&link->ring->head);

    full_fence();
    /* Pairs with the release in writer_add_match(). */
    if (load64_acquire(&start->match) == link->match)
        return load64(&start->position);
    link->start = start;
    if (reader->options.qos.durability == PLIB_TRANSIENT_LOCAL &&
        writer->durability == PLIB_TRANSIENT_LOCAL)
        return first_retained(link, writer, head);
    return head;
}

/* The writer may have been matched by a plibd that did not get to tell this reader, and took along into this
 * ring what it has published for it since. */
void reader_link_settle(struct reader_link *link)
{
    uint64_t position = link->cursor;

    /* Pairs with the release in writer_add_match(). */
    if (load64_acquire(&link->start->match) == link->match)
        position = load64(&link->start->position);
    else if (foreign_ring_available(link) == 0)
        return;
    link->start = NULL;
    if (position > link->cursor)
        position = link->cursor;
    if (link->sieve != NULL && link->sieve->judged == link->cursor)
        link->sieve->judged = position;
    foreign_ring_advance(link, position);
}

bool reader_link_is_followed(const struct plib_reader *reader, const struct reader_link *link)
{
    for (uint32_t i = 0; i < reader->link_count; i++) {
        if (reader->links[i]->after == link)
            return true;
    }
    return false;
}

bool reader_link_is_finished(const struct reader_link *link)
{
    return link->gone && link->forget_at == 0 && link->after == NULL && link->armed == 0 &&
           link->holds == 0 && foreign_ring_available(link) == 0;
}

static bool is_former(const struct plib_reader *reader, const struct reader_link *former,
                      const struct reader_link *link)
{
    return former != link && (former->stale || foreign_ring_is_left(former)) &&
           !reader_link_is_followed(reader, former) &&
           memcmp(former->writer_gid, link->writer_gid, PLIB_GID_SIZE) == 0;
}

/* The same writer's last link from before a connection to plibd was lost, the reader's or the writer's. One that
 * was given up meanwhile may have samples left all the same, and they come first. */
static struct reader_link *former_link(const struct plib_reader *reader,
                                       const struct reader_link *link)
{
    struct reader_link *last = NULL;

    for (uint32_t i = 0; i < reader->link_count; i++) {
        struct reader_link *former = reader->links[i];

        if (is_former(reader, former, link) &&
            (last == NULL || (last->gone && !former->gone) ||
             (last->gone == former->gone && former->match > last->match)))
            last = former;
    }
    return last;
}

/* Follow a former link. Where its ring ended is known: the writer left it before plibd told of this one. */
static void follow(struct reader_link *link, struct reader_link *former)
{
    link->after = former;
    link->cursor = foreign_ring_end(former);
    former->stale_until = INT64_MAX;
    former->forget_at = 0;
}

/* Go on in a former link's ring, which the writer has not left: plibd lost this process alone. */
static void take_over(struct reader_link *link, struct reader_link *former)
{
    link->after = former->after;
    link->cursor = former->cursor;
    link->timed = former->timed;
    link->counted = former->counted;
    former->after = NULL;
    former->gone = true;
    former->forget_at = 0;
    /* Only what is held of it is left. */
    former->cursor = UINT64_MAX;
    if (former->sieve != NULL)
        former->sieve->first = former->sieve->last;
}

static void attach(struct plib_reader *reader, struct reader_link *link,
                   const struct plib_qos *writer, const struct plib_start *start)
{
    struct plib_link *record = link->record;
    struct reader_link *former = former_link(reader, link);

    if (former == NULL || former->gone)
        reader->statuses[PLIB_EVENT_MATCHED].total++;
    if (former == NULL)
        link->cursor = start_position(reader, link, writer, start);
    else if (foreign_ring_is_left(former))
        follow(link, former);
    else
        take_over(link, former);
    for (uint32_t i = 0; i < PLIB_HOLDS_MAX; i++)
        store64(&record->hold[i], 0);
    store32(&record->sleepers_writer, 0);
    store32(&record->sleepers_process, 0);
    store32(&record->keep, link->sieve != NULL ? PLIB_FILTER_REACH : 0);
    /* 0: none yet. */
    store64(&record->cursor, link->after == NULL && link->start == NULL ? link->cursor : 0);
    /* Pairs with the acquire in foreign_link.c: the rest of the record is this match's. */
    store64_release(&record->match, link->match);
    full_fence();
    if (load32(&link->ring->space_waiters) != 0)
        futex_wake_shared((const uint32_t *)(const void *)&record->match);
}

static int append(struct plib_reader *reader, struct reader_link *link)
{
    if (reader->link_count == reader->link_capacity) {
        uint32_t capacity = reader->link_capacity == 0 ? 4 : reader->link_capacity * 2;
        struct reader_link **links =
            vault_realloc(reader->links, capacity * sizeof(struct reader_link *));

        if (links == NULL)
            return fail(-ENOMEM, "no memory for a match");
        reader->links = links;
        reader->link_capacity = capacity;
    }
    /* Under the reader's lock: a sleeper whose ticket is larger has not armed this reader yet. */
    link->born = __atomic_load_n(&reader->participant->ticket, __ATOMIC_SEQ_CST);
    reader->links[reader->link_count++] = link;
    return 0;
}

void reader_link_free(struct reader_link *link)
{
    private_copy_free(link);
    vault_free(link->sieve);
    vault_free(link);
}

int reader_add_match(struct plib_reader *reader, const struct plib_msg_match *match,
                     struct object *writer_page, const struct own_page *own_page)
{
    const struct object_table *objects = reader->participant->objects;
    const struct object *ring = object_find(objects, match->segments[0]);
    struct reader_link *link;
    int error = check_match(match, ring);

    if (error != 0)
        return error;
    link = vault_calloc(1, sizeof(*link));
    if (link == NULL)
        return fail(-ENOMEM, "no memory for a match");
    link->match = match->match;
    memcpy(link->writer_gid, match->peer_gid, PLIB_GID_SIZE);
    link->manual = match->peer_qos.liveliness == PLIB_MANUAL_BY_TOPIC;
    link->lease = match->peer_qos.lease;
    link->lifespan = match->peer_qos.lifespan;
    link->foreign = match->peer_uid != reader->participant->uid;
    link->ring = (const struct plib_ring *)(const void *)ring->address;
    link->descriptors =
        (const struct plib_descriptor *)(const void *)(ring->address + PLIB_RING_DESCRIPTORS);
    link->capacity = match->ring_capacity;
    link->segments[0].first = match->control_size;
    for (uint32_t i = 0; i < match->segment_count; i++) {
        const struct object *object = object_find(objects, match->segments[i]);

        if (object != NULL)
            view_segment(link, i, object);
    }
    link->writer_bell =
        (const uint32_t *)(const void *)(writer_page->view + PLIB_PEER_BELLS) + match->bell;
    link->process = writer_page;
    link->process_bell = (const uint32_t *)(const void *)(writer_page->view + PLIB_PEER_BELLS);
    link->record = (struct plib_link *)(void *)(own_page->address + PLIB_PEER_LINKS) + match->link;
    pthread_mutex_lock(&reader->lock);
    error = reader->filter != NULL ? sieve_insert(reader, link) : 0;
    if (error == 0)
        error = append(reader, link);
    if (error == 0)
        attach(reader, link, &match->peer_qos,
               (const struct plib_start *)(const void *)(writer_page->view + PLIB_PEER_STARTS) +
                   match->start);
    else
        reader_link_free(link);
    count_matched(reader);
    pthread_mutex_unlock(&reader->lock);
    return error;
}

int reader_add_segment(struct plib_reader *reader, uint64_t match, uint32_t index,
                       const struct object *segment)
{
    if (segment == NULL || index == 0 || index >= PLIB_SEGMENTS_MAX)
        return fail(-EPROTO, "plibd announced a segment that makes no sense");
    pthread_mutex_lock(&reader->lock);
    for (uint32_t i = 0; i < reader->link_count; i++) {
        if (reader->links[i]->match == match)
            view_segment(reader->links[i], index, segment);
    }
    pthread_mutex_unlock(&reader->lock);
    return 0;
}

void reader_incompatible(struct plib_reader *reader, const struct plib_msg_incompatible *message)
{
    pthread_mutex_lock(&reader->lock);
    status_incompatible(reader->statuses, message);
    pthread_mutex_unlock(&reader->lock);
}

void reader_end_match(struct plib_reader *reader, uint64_t match)
{
    pthread_mutex_lock(&reader->lock);
    for (uint32_t i = 0; i < reader->link_count; i++) {
        if (reader->links[i]->match == match)
            reader->links[i]->gone = true;
    }
    count_matched(reader);
    pthread_mutex_unlock(&reader->lock);
    participant_want_reap(reader->participant);
}

void reader_mark_stale(struct plib_reader *reader)
{
    pthread_mutex_lock(&reader->lock);
    for (uint32_t i = 0; i < reader->link_count; i++) {
        reader->links[i]->stale = true;
        reader->links[i]->stale_until = INT64_MAX;
    }
    pthread_mutex_unlock(&reader->lock);
}

void reader_limit_stale(struct plib_reader *reader, int64_t until)
{
    pthread_mutex_lock(&reader->lock);
    for (uint32_t i = 0; i < reader->link_count; i++) {
        if (reader->links[i]->stale)
            reader->links[i]->stale_until = until;
    }
    pthread_mutex_unlock(&reader->lock);
}

void reader_drop_stale(struct plib_reader *reader, int64_t now)
{
    pthread_mutex_lock(&reader->lock);
    for (uint32_t i = 0; i < reader->link_count; i++) {
        struct reader_link *link = reader->links[i];

        if (link->stale && !link->gone && now >= link->stale_until) {
            link->gone = true;
            link->forget_at = participant_remembers_until(now);
        } else if (now >= link->forget_at) {
            link->forget_at = 0;
        }
    }
    count_matched(reader);
    pthread_mutex_unlock(&reader->lock);
}

bool reader_has_stale(struct plib_reader *reader)
{
    bool any = false;

    pthread_mutex_lock(&reader->lock);
    for (uint32_t i = 0; i < reader->link_count; i++)
        any = any || reader->links[i]->stale;
    pthread_mutex_unlock(&reader->lock);
    return any;
}

void reader_reap(struct plib_reader *reader)
{
    pthread_mutex_lock(&reader->lock);
    for (uint32_t i = 0; i < reader->link_count;) {
        struct reader_link *link = reader->links[i];

        if (!reader_link_is_finished(link) || reader_link_is_followed(reader, link)) {
            i++;
            continue;
        }
        reader->links[i] = reader->links[--reader->link_count];
        /* Whoever still looks at the record, in an honest writer nobody, finds it unattached. */
        store64_release(&link->record->match, 0);
        if (!link->stale)
            control_released(reader->participant, link->match);
        reader_link_free(link);
    }
    count_matched(reader);
    pthread_mutex_unlock(&reader->lock);
}
