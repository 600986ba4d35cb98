/* A writer's matches and memory: what plibd sends it. Set-up half of the writer. */
#include <errno.h>
#include <string.h>

#include "atomics.h"
#include "error.h"
#include "foreign_link.h"
#include "vault.h"
#include "writer.h"

/* How long a writer keeps samples for readers that plibd's successor has not matched yet. */
static const int64_t stale_time = INT64_C(5000000000);

static struct plib_start *start_at(const struct own_page *page, uint32_t index)
{
    return (struct plib_start *)(void *)(page->address + PLIB_PEER_STARTS) + index;
}

static uint32_t *bell_at(const struct own_page *page, uint32_t index)
{
    return (uint32_t *)(void *)(page->address + PLIB_PEER_BELLS) + index;
}

static int first_ring(struct plib_writer *writer, const struct object *ring)
{
    writer->slots = vault_calloc(writer->capacity, sizeof(*writer->slots));
    if (writer->slots == NULL || writer_first_nodes(writer) != 0)
        return fail(-ENOMEM, "no memory for a writer of %u samples", writer->capacity);
    /* A pooled ring was another writer's, and nobody reads it now. Its descriptors need no clearing:
     * readers look at positions below the head only, and those have been written. */
    memset(ring->address, 0, sizeof(struct plib_ring));
    writer->descriptors = (struct plib_descriptor *)(void *)(ring->address + PLIB_RING_DESCRIPTORS);
    writer->ring = (struct plib_ring *)(void *)ring->address;
    return chunks_add_segment(&writer->chunks, ring->address, ring->size, ring->control_size);
}

/* The readers' links before a move: who is attached drains the old ring and goes on at the head. */
static void unlink_from_old_ring(struct plib_writer *writer)
{
    int64_t until = plib_now() + stale_time;

    for (uint32_t i = 0; i < writer->link_count; i++) {
        struct writer_link *link = writer->links[i];

        if (foreign_link_is_attached(link))
            link->cursor = writer->head;
        link->record = NULL;
        link->stale = true;
        if (!link->parted)
            link->stale_until = until;
    }
}

int writer_add_object(struct plib_writer *writer, struct object *object, uint32_t index)
{
    uint64_t descriptors = (uint64_t)writer->capacity * PLIB_DESCRIPTOR_SIZE;
    int error;

    if (index == 0 && (object->control_size < PLIB_RING_DESCRIPTORS + descriptors ||
                       object->size < object->control_size))
        return fail(-EPROTO, "plibd sent a ring that is too small");
    pthread_mutex_lock(&writer->lock);
    if (index > 0) {
        /* Samples in it would be lost to readers that plibd, were it to end now, never told of it. */
        error = index == writer->chunks.segment_count && index < PLIB_SEGMENTS_MAX
                    ? 0
                    : fail(-EPROTO, "plibd sent segment %u out of order", index);
        if (error == 0)
            writer->promised = object;
    } else if (writer->ring == NULL) {
        error = first_ring(writer, object);
    } else {
        error = writer_move(writer, object);
        if (error == 0)
            unlink_from_old_ring(writer);
    }
    if (error == 0)
        writer->objects[index] = object;
    pthread_mutex_unlock(&writer->lock);
    return error;
}

void writer_end_reservation(struct plib_writer *writer, int error)
{
    pthread_mutex_lock(&writer->lock);
    if (error == 0 && writer->promised != NULL)
        (void)chunks_add_segment(&writer->chunks, writer->promised->address, writer->promised->size,
                                 0);
    writer->promised = NULL;
    pthread_mutex_unlock(&writer->lock);
}

static int make_room_for_link(struct plib_writer *writer)
{
    uint32_t capacity = writer->link_capacity == 0 ? 4 : writer->link_capacity * 2;
    /* One chunk a hold stays parked, and one a hold is parked before that is looked at again. */
    uint32_t parked_capacity = capacity * PLIB_HOLDS_MAX * 2;
    struct writer_link **links;
    struct parked *parked;

    if (writer->link_count < writer->link_capacity)
        return 0;
    parked = vault_realloc(writer->parked, parked_capacity * sizeof(*parked));
    if (parked == NULL)
        return -ENOMEM;
    writer->parked = parked;
    writer->parked_capacity = parked_capacity;
    links = vault_realloc(writer->links, capacity * sizeof(struct writer_link *));
    if (links == NULL)
        return -ENOMEM;
    writer->links = links;
    writer->link_capacity = capacity;
    return 0;
}

/* With the lock, whenever a link came or went. */
static void count_matched(struct plib_writer *writer)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < writer->link_count; i++)
        count += !writer->links[i]->parted;
    __atomic_store_n(&writer->matched, count, __ATOMIC_RELAXED);
    status_set_current(&writer->statuses[PLIB_EVENT_MATCHED], count);
}

static void remove_link(struct plib_writer *writer, uint32_t index)
{
    vault_free(writer->links[index]);
    writer->links[index] = writer->links[--writer->link_count];
}

/* Position of the reader's first sample. A reader known from before plibd's restart goes on where the
 * old ring ended; a late joiner of a transient-local writer gets what is retained for it. */
static uint64_t start_position(struct plib_writer *writer, const struct plib_msg_match *match)
{
    for (uint32_t i = 0; i < writer->link_count; i++) {
        struct writer_link *link = writer->links[i];

        if (link->stale && memcmp(link->reader_gid, match->peer_gid, PLIB_GID_SIZE) == 0) {
            uint64_t cursor = link->cursor;

            writer->statuses[PLIB_EVENT_MATCHED].total += link->parted;
            remove_link(writer, i);
            return cursor;
        }
    }
    writer->statuses[PLIB_EVENT_MATCHED].total++;
    if (writer->options.qos.durability == PLIB_TRANSIENT_LOCAL &&
        match->peer_qos.durability == PLIB_TRANSIENT_LOCAL) {
        uint64_t kept = writer->head > writer->depth ? writer->head - writer->depth : 0;

        return kept > writer->tail ? kept : writer->tail;
    }
    return writer->head;
}

static bool holds_writer_up(const struct plib_writer *writer, const struct plib_qos *reader)
{
    return writer->options.qos.reliability == PLIB_RELIABLE &&
           writer->options.qos.history == PLIB_KEEP_ALL && reader->reliability == PLIB_RELIABLE &&
           reader->history == PLIB_KEEP_ALL;
}

int writer_add_match(struct plib_writer *writer, const struct plib_msg_match *match,
                     const struct object *reader_page, const struct own_page *own_page)
{
    struct writer_link *link = vault_calloc(1, sizeof(*link));
    struct plib_start *start = start_at(own_page, match->start);

    pthread_mutex_lock(&writer->lock);
    if (link == NULL || make_room_for_link(writer) != 0) {
        pthread_mutex_unlock(&writer->lock);
        vault_free(link);
        return fail(-ENOMEM, "no memory for a match");
    }
    link->match = match->match;
    memcpy(link->reader_gid, match->peer_gid, PLIB_GID_SIZE);
    link->reader_uid = match->peer_uid;
    link->reliable = match->peer_qos.reliability == PLIB_RELIABLE;
    link->back_pressure = holds_writer_up(writer, &match->peer_qos);
    link->depth = match->peer_qos.history == PLIB_KEEP_ALL ? UINT32_MAX : match->peer_qos.depth;
    link->record =
        (const struct plib_link *)(const void *)(reader_page->view + PLIB_PEER_LINKS) + match->link;
    link->writer_bell = bell_at(own_page, writer->bell);
    link->process_bell = bell_at(own_page, 0);
    link->cursor = start_position(writer, match);
    writer->links[writer->link_count++] = link;
    count_matched(writer);
    store64(&start->position, link->cursor);
    /* Pairs with the acquire in reader_add_match(): the position is there when the id is. */
    store64_release(&start->match, match->match);
    /* A reader that has attached already, and sleeps, learns only by this what there is for it. */
    if (link->cursor < writer->head)
        writer_wake_readers(writer);
    pthread_mutex_unlock(&writer->lock);
    return 0;
}

void writer_incompatible(struct plib_writer *writer, const struct plib_msg_incompatible *message)
{
    pthread_mutex_lock(&writer->lock);
    status_incompatible(writer->statuses, message);
    pthread_mutex_unlock(&writer->lock);
}

void writer_end_match(struct plib_writer *writer, uint64_t match)
{
    pthread_mutex_lock(&writer->lock);
    for (uint32_t i = 0; i < writer->link_count; i++) {
        if (writer->links[i]->match == match) {
            remove_link(writer, i);
            count_matched(writer);
            break;
        }
    }
    pthread_mutex_unlock(&writer->lock);
}

void writer_mark_stale(struct plib_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    for (uint32_t i = 0; i < writer->link_count; i++) {
        writer->links[i]->stale = true;
        if (!writer->links[i]->parted)
            writer->links[i]->stale_until = INT64_MAX;
    }
    pthread_mutex_unlock(&writer->lock);
}

void writer_drop_stale(struct plib_writer *writer, int64_t now)
{
    pthread_mutex_lock(&writer->lock);
    for (uint32_t i = 0; i < writer->link_count;) {
        struct writer_link *link = writer->links[i];

        if (!link->stale || now < link->stale_until) {
            i++;
        } else if (link->parted) {
            remove_link(writer, i);
        } else {
            link->parted = true;
            link->back_pressure = false;
            link->stale_until = participant_remembers_until(now);
        }
    }
    count_matched(writer);
    pthread_mutex_unlock(&writer->lock);
}

bool writer_has_stale(struct plib_writer *writer)
{
    bool any = false;

    pthread_mutex_lock(&writer->lock);
    for (uint32_t i = 0; i < writer->link_count; i++)
        any = any || writer->links[i]->stale;
    pthread_mutex_unlock(&writer->lock);
    return any;
}
