#include "foreign_ring.h"

#include <errno.h>

#include "atomics.h"
#include "chunks.h"
#include "futex.h"
#include "private_copy.h"

enum { RING_ATTEMPTS = 4 };

static uint64_t load_head(const struct reader_link *link)
{
    /* Acquire pairs with the release in publish(): a descriptor below the head has been written by this
     * writer, also in a ring that was another writer's before. */
    return load64_acquire(&link->ring->head);
}

uint64_t foreign_ring_available(const struct reader_link *link)
{
    uint64_t head = load_head(link);
    uint64_t count = head - link->cursor;

    /* A head that ran backwards, or wild, is the writer's own damage: nothing, or a full ring. */
    if (head <= link->cursor)
        return 0;
    return count < link->capacity ? count : link->capacity;
}

bool foreign_ring_has_some(struct reader_link *link)
{
    if (link->seen <= link->cursor)
        link->seen = load_head(link);
    return link->seen > link->cursor;
}

uint64_t foreign_ring_count_from(const struct reader_link *link, uint64_t first, uint64_t *end)
{
    uint64_t head = load_head(link);

    if (first < link->cursor)
        first = link->cursor;
    *end = first;
    if (head <= first)
        return 0;
    *end = head;
    return head - first < link->capacity ? head - first : link->capacity;
}

bool foreign_ring_is_left(const struct reader_link *link)
{
    /* Pairs with the release in writer_move(): the head is the last that this ring has. */
    return load64_acquire(&link->ring->moved) != 0;
}

uint64_t foreign_ring_end(const struct reader_link *link)
{
    return load_head(link);
}

void foreign_ring_advance(struct reader_link *link, uint64_t position)
{
    link->cursor = position;
    /* Pairs with the acquire in foreign_link_cursor(): who sees the cursor sees the hold. */
    store64_release(&link->record->cursor, position);
    /* Pairs with the fence between a waiting writer's space_waiters and its look at the cursor. */
    full_fence();
    if (load32(&link->ring->space_waiters) != 0 && load64(&link->ring->space_target) <= position)
        futex_wake_shared((const uint32_t *)(const void *)&link->record->cursor);
}

void foreign_ring_skip(struct reader_link *link)
{
    link->lost++;
    foreign_ring_advance(link, link->cursor + 1);
}

/* Skip to the oldest sample that can still be there; what is skipped is lost. */
static void skip(struct reader_link *link, uint64_t position)
{
    link->lost += position - link->cursor;
    foreign_ring_advance(link, position);
}

static int locate(const struct reader_link *link, uint64_t chunk, struct ring_sample *sample)
{
    uint32_t index = chunk_segment_of(chunk);
    uint64_t offset = chunk_offset_of(chunk);
    const struct segment_view *segment;

    if (index >= PLIB_SEGMENTS_MAX)
        return -EBADMSG;
    segment = &link->segments[index];
    if (segment->address == NULL)
        return -ESTALE;
    if (offset < segment->first || offset > segment->size || offset % SAMPLE_ALIGNMENT != 0 ||
        sample->length > segment->size - offset)
        return -EBADMSG;
    sample->data = segment->address + offset;
    return 0;
}

static const struct plib_descriptor *descriptor_at(const struct reader_link *link,
                                                   uint64_t position)
{
    return &link->descriptors[position & (link->capacity - 1)];
}

static uint64_t state_of(uint64_t position)
{
    return 2 * (position + 1);
}

int foreign_ring_peek(const struct reader_link *link, uint64_t position, struct ring_sample *sample)
{
    const struct plib_descriptor *descriptor = descriptor_at(link, position);
    uint64_t expected = state_of(position);
    uint64_t chunk;

    /* Pairs with the release in publish(): the fields and the payload are this position's. */
    if (load64_acquire(&descriptor->state) != expected)
        return -EAGAIN;
    chunk = load64(&descriptor->chunk);
    sample->length = load64(&descriptor->length);
    sample->source_timestamp =
        (int64_t)load64((const uint64_t *)(const void *)&descriptor->source_timestamp);
    sample->published = (int64_t)load64((const uint64_t *)(const void *)&descriptor->published);
    sample->related = load64(&descriptor->related);
    sample->position = position;
    return foreign_ring_is_there(link, position) ? locate(link, chunk, sample) : -EAGAIN;
}

bool foreign_ring_is_there(const struct reader_link *link, uint64_t position)
{
    /* Pairs with the release fence in publish(): who has read a later field sees that the state is
     * odd or later. */
    acquire_fence();
    return load64(&descriptor_at(link, position)->state) == state_of(position);
}

bool foreign_ring_is_void(const struct reader_link *link, uint64_t position)
{
    /* Pairs with the fence in free_parked(): who has copied a byte of a later sample sees that. */
    acquire_fence();
    return load64(&link->ring->void_before) > position;
}

/* Copy the descriptor and hold its chunk.
 *
 * The hold is placed, fenced, and only then the state is looked at again, while the writer changes
 * the state, fences and looks at the holds: one of the two sees the other (see retire()). */
int foreign_ring_hold(const struct reader_link *link, uint64_t position, uint32_t hold,
                      struct ring_sample *sample)
{
    int error = foreign_ring_peek(link, position, sample);

    if (error == 0 && link->foreign && !private_copy_fits(link, hold, sample))
        error = -ENOBUFS;
    if (error != 0)
        return error;
    /* Release: a writer that finds this hold where it looks for an earlier one must know that whoever
     * had the place before, maybe another thread, has read its sample. */
    store64_release(&link->record->hold[hold], position + 1);
    full_fence();
    if (load64(&descriptor_at(link, position)->state) == state_of(position))
        return 0;
    store64_release(&link->record->hold[hold], 0);
    return -EAGAIN;
}

int64_t foreign_ring_published(const struct reader_link *link, uint64_t position)
{
    const struct plib_descriptor *descriptor = descriptor_at(link, position);
    uint64_t published;

    if (load64_acquire(&descriptor->state) != state_of(position))
        return 0;
    published = load64((const uint64_t *)(const void *)&descriptor->published);
    return foreign_ring_is_there(link, position) ? (int64_t)published : 0;
}

int64_t foreign_ring_asserted(const struct reader_link *link)
{
    return (int64_t)load64_acquire(&link->ring->asserted);
}

/* First position that can still be taken, of a ring whose head is `head`. */
static uint64_t first_kept(const struct reader_link *link, uint32_t depth, uint64_t head)
{
    uint64_t tail = load64(&link->ring->tail);
    uint64_t most = depth < link->capacity ? depth : link->capacity;
    uint64_t first = link->cursor;

    if (head - first > most)
        first = head - most;
    return tail > first && tail <= head ? tail : first;
}

uint64_t foreign_ring_head(const struct reader_link *link, uint64_t *first)
{
    uint64_t head = load_head(link);

    /* A head that ran backwards is the writer's own damage: nothing is there. */
    if (head < link->cursor)
        head = link->cursor;
    *first = first_kept(link, UINT32_MAX, head);
    return head;
}

uint64_t foreign_ring_overwritten(const struct reader_link *link, uint32_t depth)
{
    uint64_t head = load_head(link);

    return head <= link->cursor ? 0 : first_kept(link, depth, head) - link->cursor;
}

uint64_t foreign_ring_skip_overwritten(struct reader_link *link, uint32_t depth)
{
    uint64_t count = foreign_ring_overwritten(link, depth);

    if (count > 0)
        skip(link, link->cursor + count);
    return count;
}

/* The next sample of a reader that keeps all, when it was seen before that there is one: the head and
 * what lies beside it, which the writer is busy with, stay in its cache. -EAGAIN: look there. */
static int take_seen(struct reader_link *link, uint32_t depth, uint32_t hold,
                     struct ring_sample *sample)
{
    int error;

    if (depth != UINT32_MAX || link->seen <= link->cursor)
        return -EAGAIN;
    error = foreign_ring_hold(link, link->cursor, hold, sample);
    if (error == 0)
        foreign_ring_advance(link, link->cursor + 1);
    return error;
}

int foreign_ring_take(struct reader_link *link, uint32_t depth, uint32_t hold,
                      struct ring_sample *sample)
{
    int seen = take_seen(link, depth, hold, sample);

    if (seen == 0 || seen == -ESTALE || seen == -ENOBUFS)
        return seen;
    for (uint32_t attempt = 0; attempt < RING_ATTEMPTS; attempt++) {
        uint64_t head = load_head(link);
        uint64_t first;
        int error;

        link->seen = head;
        if (head <= link->cursor)
            return -EAGAIN;
        first = first_kept(link, depth, head);
        if (first > link->cursor)
            skip(link, first);
        if (head == link->cursor)
            return -EAGAIN;
        error = foreign_ring_hold(link, link->cursor, hold, sample);
        if (error == -EAGAIN)
            continue; /* overwritten meanwhile: the tail has moved */
        if (error == -EBADMSG)
            break;
        if (error == 0)
            foreign_ring_advance(link, link->cursor + 1);
        return error;
    }
    /* The writer laps this reader faster than it can look, or published nonsense. */
    skip(link, link->cursor + 1);
    return -EBADMSG;
}
