/* A writer's ring: loan, commit, retire. The bounded half of the writer. */
#include <errno.h>
#include <string.h>

#include "atomics.h"
#include "calls.h"
#include "clock.h"
#include "domain.h"
#include "error.h"
#include "foreign_link.h"
#include "futex.h"
#include "inherited.h"
#include "vault.h"
#include "writer.h"

enum {
    RETIRE_BATCH = 256,
    BELLS_RUNG_MAX = 16,
    /* So many samples of at most so many bytes are published between two looks at the readers' cursors,
     * which are in the readers' caches, and together are little in the writer's. */
    ROOMY_SAMPLES = 16,
    ROOMY_SIZE = 1024
};

/* What other users' readers may hold of samples that were retired: they hold them while they copy them. So many
 * of the newest, but no more bytes unless there are fewer than two. */
enum { LENT_MAX = 1024, LENT_MIN = 2 };
static const uint64_t lent_memory = UINT64_C(64) << 20;

/* A KEEP_ALL writer with unread samples waits for its readers rather than grow beyond this. */
static const uint64_t keep_all_memory = UINT64_C(64) << 20;

static struct plib_descriptor *descriptor_at(const struct plib_writer *writer, uint64_t position)
{
    return &writer->descriptors[position & (writer->capacity - 1)];
}

static struct slot *slot_at(const struct plib_writer *writer, uint64_t position)
{
    return &writer->slots[position & (writer->capacity - 1)];
}

/* The parked chunk of a position, NULL when there is none. They are in the order of their positions. O(log n). */
static struct parked *find_parked(const struct plib_writer *writer, uint64_t position)
{
    uint32_t first = 0;
    uint32_t end = writer->parked_count;

    /* At most 32 times. */
    while (first < end) {
        uint32_t middle = first + (end - first) / 2;

        if (writer->parked[middle].position == position)
            return &writer->parked[middle];
        if (writer->parked[middle].position < position)
            first = middle + 1;
        else
            end = middle;
    }
    return NULL;
}

static void note_holds(struct plib_writer *writer, const struct writer_link *link)
{
    uint64_t held[PLIB_HOLDS_MAX];
    uint32_t count = foreign_link_holds(link, writer->parked[0].position, writer->tail, held);
    bool foreign = writer_is_foreign(writer, link);

    for (uint32_t i = 0; i < count; i++) {
        struct parked *parked = find_parked(writer, held[i]);

        if (parked != NULL && foreign)
            parked->lent = true;
        else if (parked != NULL)
            parked->held = true;
    }
}

/* Where the parked chunks begin that stay although only another user's readers hold them: the newest ones, since
 * who copies a sample is soon done with it. The others' samples are void, and what they held may be reused. */
static uint64_t first_lent(struct plib_writer *writer)
{
    uint64_t bytes = 0;
    uint32_t count = 0;

    /* At most parked_count. */
    for (uint32_t i = writer->parked_count; i-- > 0;) {
        const struct parked *parked = &writer->parked[i];

        if (parked->held || !parked->lent)
            continue;
        bytes += chunks_class_size(parked->class);
        count++;
        if (count > LENT_MAX || (count > LENT_MIN && bytes > lent_memory))
            return parked->position + 1;
    }
    return 0;
}

/* Free the parked chunks whose holders have let go.
 *
 * Each hold is looked at once, and so keeps one chunk at most, however it moves: at most one chunk a hold stays
 * parked. retire() parks at most one a hold more, for which there is room. */
static void free_parked(struct plib_writer *writer)
{
    uint32_t kept = 0;
    uint64_t first;

    if (writer->parked_count == 0)
        return;
    for (uint32_t i = 0; i < writer->parked_count; i++)
        writer->parked[i].held = writer->parked[i].lent = false;
    for (uint32_t i = 0; i < writer->link_count; i++)
        note_holds(writer, writer->links[i]);
    first = first_lent(writer);
    if (first > load64(&writer->ring->void_before)) {
        store64(&writer->ring->void_before, first);
        /* Pairs with the fence in foreign_ring_is_void(): who copied what is written next sees it. */
        full_fence();
    }
    for (uint32_t i = 0; i < writer->parked_count; i++) {
        struct parked parked = writer->parked[i];

        if (parked.held || (parked.lent && parked.position >= first))
            writer->parked[kept++] = parked;
        else
            chunks_give(&writer->chunks, parked.chunk, parked.class);
    }
    writer->parked_count = kept;
}

/* Make the samples before `end` untakeable and reuse the chunks that nobody holds.
 *
 * A reader places its hold, fences, and looks at the state again; here the state is changed, then
 * fenced, then the holds are looked at. One of the two sees the other.
 *
 * A reader may also have attached that this process has not heard of: its holds stand where nobody
 * here looks. plibd raises the control epoch before it tells the reader, so that the fence orders
 * that as well; until the news are read, what is untakeable stays where it is. */
static void retire(struct plib_writer *writer, uint64_t end)
{
    uint64_t held[PLIB_HOLDS_MAX];

    /* At most RETIRE_BATCH, here and below. */
    for (uint64_t at = writer->tail; at < end; at++) {
        store64(&descriptor_at(writer, at)->state, 2 * (at + 1) + 1);
        slot_at(writer, at)->held = slot_at(writer, at)->lent = false;
    }
    store64(&writer->ring->tail, end);
    /* Pairs with the fence in foreign_ring_hold(). */
    full_fence();
    if (participant_has_news(writer->participant))
        return;
    for (uint32_t i = 0; i < writer->link_count; i++) {
        uint32_t count = foreign_link_holds(writer->links[i], writer->tail, end, held);

        for (uint32_t k = 0; k < count; k++) {
            if (writer_is_foreign(writer, writer->links[i]))
                slot_at(writer, held[k])->lent = true;
            else
                slot_at(writer, held[k])->held = true;
        }
    }
    /* At most RETIRE_BATCH. */
    for (uint64_t at = writer->tail; at < end; at++) {
        struct slot *slot = slot_at(writer, at);

        if (!slot->held && !slot->lent) {
            chunks_give(&writer->chunks, slot->chunk, slot->class);
        } else if (writer->parked_count < writer->parked_capacity) {
            writer->parked[writer->parked_count++] =
                (struct parked){.position = at, .chunk = slot->chunk, .class = slot->class};
        }
    }
    writer->tail = end;
}

uint64_t writer_slowest(struct plib_writer *writer, struct writer_link **slowest)
{
    uint64_t least = writer->head;

    *slowest = NULL;
    for (uint32_t i = 0; i < writer->link_count; i++) {
        struct writer_link *link = writer->links[i];
        uint64_t cursor = foreign_link_cursor(link, writer->head);

        if (link->back_pressure && (*slowest == NULL || cursor < least)) {
            least = cursor;
            *slowest = link;
        }
    }
    return least;
}

/* How many samples must stay takeable: the writer's own depth or the deepest reader's. */
static uint64_t retention(const struct plib_writer *writer)
{
    uint64_t deepest = writer->depth;

    for (uint32_t i = 0; i < writer->link_count; i++) {
        /* What a reader that filters has not judged is kept for it, but not beyond all memory. */
        uint32_t depth = writer->chunks.total < keep_all_memory
                             ? foreign_link_depth(writer->links[i])
                             : writer->links[i]->depth;

        if (depth > deepest)
            deepest = depth;
    }
    return deepest < writer->capacity ? deepest : writer->capacity;
}

/* First position that is kept for late joiners; the head when there are to be none. */
static uint64_t first_retained(const struct plib_writer *writer)
{
    if (writer->options.qos.durability != PLIB_TRANSIENT_LOCAL)
        return writer->head;
    return writer->head > writer->depth ? writer->head - writer->depth : 0;
}

/* First position that some reader has not taken or that must be kept for late joiners. */
static uint64_t first_needed(struct plib_writer *writer)
{
    uint64_t needed = writer->head;

    for (uint32_t i = 0; i < writer->link_count; i++) {
        uint64_t cursor = foreign_link_cursor(writer->links[i], writer->head);

        if (cursor < needed)
            needed = cursor;
    }
    if (first_retained(writer) < needed)
        needed = first_retained(writer);
    return needed;
}

int writer_make_room(struct plib_writer *writer)
{
    struct writer_link *slowest;
    uint64_t end = first_needed(writer);
    uint64_t keep = retention(writer);
    uint64_t last = writer->tail + RETIRE_BATCH;

    free_parked(writer);
    if (writer->head + 1 > keep && writer->head + 1 - keep > end)
        end = writer->head + 1 - keep;
    if (end > last)
        end = last;
    writer->blocked_at = writer_slowest(writer, &slowest);
    if (slowest != NULL && end > writer->blocked_at)
        end = writer->blocked_at;
    if (end > writer->tail)
        retire(writer, end);
    return writer->head - writer->tail < writer->capacity
               ? 0
               : fail(-EAGAIN, "the slowest subscriber has not taken %u samples", writer->capacity);
}

/* How many samples a reader that may lose them may lag when memory is short. One of the same user's as many
 * as it asked for, as long as plibd gives memory; another user's only what the publisher keeps in any case:
 * the rest is not theirs to fill memory with. */
static uint32_t entitled_depth(const struct plib_writer *writer, const struct writer_link *link)
{
    uint32_t own = writer->options.qos.history == PLIB_KEEP_ALL ? 0 : writer->depth;

    if (writer->is_short || link->parted)
        return 0;
    if (!writer_is_foreign(writer, link))
        return link->depth;
    return link->depth < own ? link->depth : own;
}

/* First position that must stay although memory is short. */
static uint64_t first_entitled(struct plib_writer *writer)
{
    uint64_t first = writer->head;

    for (uint32_t i = 0; i < writer->link_count; i++) {
        struct writer_link *link = writer->links[i];
        uint64_t needed = foreign_link_cursor(link, writer->head);
        uint32_t depth = entitled_depth(writer, link);

        if (!link->back_pressure && writer->head - needed > depth)
            needed = writer->head - depth;
        if (needed < first)
            first = needed;
    }
    if (first_retained(writer) < first)
        first = first_retained(writer);
    return first;
}

/* Memory of the oldest samples that nobody is entitled to, once there is no other. Few are lost at first. */
static uint64_t take_from_oldest(struct plib_writer *writer, uint64_t size, uint32_t *class)
{
    uint64_t chunk = 0;
    uint64_t end;

    if (!writer->is_short && writer->chunks.total < keep_all_memory)
        return 0;
    end = first_entitled(writer);
    /* At most eight times. */
    for (uint64_t count = 1; chunk == 0 && count < RETIRE_BATCH && writer->tail < end; count *= 2) {
        uint64_t tail = writer->tail;

        free_parked(writer); /* retire() needs room for one chunk a hold more */
        retire(writer, tail + count < end ? tail + count : end);
        if (writer->tail == tail)
            break; /* there are news, to be read first */
        chunk = chunks_take(&writer->chunks, size, class);
    }
    return chunk;
}

int writer_lose_oldest(struct plib_writer *writer, uint64_t size)
{
    uint64_t tail = writer->tail;
    uint32_t class = 0;
    uint64_t chunk = take_from_oldest(writer, size, &class);

    if (chunk == 0)
        return writer->tail == tail ? -ENOMEM : -EAGAIN;
    chunks_give(&writer->chunks, chunk, class);
    return 0;
}

static bool waits_for_memory(const struct plib_writer *writer)
{
    return writer->blocked_at < writer->head &&
           (writer->is_short || writer->chunks.total >= keep_all_memory);
}

/* Memory for a small sample without a look at the readers, for most samples. */
static uint64_t take_roomy(struct plib_writer *writer, uint64_t size, uint32_t *class)
{
    if (writer->head >= writer->roomy || size > ROOMY_SIZE)
        return 0;
    return chunks_take(&writer->chunks, size, class);
}

static int make_room_and_take(struct plib_writer *writer, uint64_t size, uint32_t *class,
                              uint64_t *chunk)
{
    int error = writer_make_room(writer);
    uint64_t full;

    if (error != 0)
        return error;
    full = writer->tail + writer->capacity;
    writer->roomy = writer->head + ROOMY_SAMPLES < full ? writer->head + ROOMY_SAMPLES : full;
    *chunk = chunks_take(&writer->chunks, size, class);
    if (*chunk == 0)
        *chunk = take_from_oldest(writer, size, class);
    return 0;
}

static int loan_locked(struct plib_writer *writer, uint64_t size, struct plib_loan *loan)
{
    uint32_t class = 0;
    int error = 0;

    loan->chunk = take_roomy(writer, size, &class);
    if (loan->chunk == 0)
        error = make_room_and_take(writer, size, &class, &loan->chunk);
    if (error != 0)
        return error;
    if (loan->chunk == 0 && waits_for_memory(writer))
        return fail(-EAGAIN,
                    "the slowest subscriber has not taken the samples that fill %llu bytes",
                    (unsigned long long)writer->chunks.total);
    if (loan->chunk == 0)
        return fail(-ENOBUFS, "no segment has room for a sample of %llu bytes",
                    (unsigned long long)size);
    loan->data = chunks_address(&writer->chunks, loan->chunk);
    loan->size = chunks_class_size(class);
    return 0;
}

int plib_writer_loan(struct plib_writer *writer, uint64_t size, struct plib_loan *loan)
{
    DOMAIN_GATE;
    struct plib_call *call;
    int error = refuse_inherited(writer->participant);

    if (error != 0)
        return error;
    call = call_begin(writer->participant, PLIB_CALL_LOAN);
    pthread_mutex_lock(&writer->lock);
    error = loan_locked(writer, size, loan);
    pthread_mutex_unlock(&writer->lock);
    call_end(call);
    return error;
}

/* A loan is what plib_writer_loan() made it, and of the writer's present memory. */
static bool loan_is_valid(const struct plib_writer *writer, const struct plib_loan *loan)
{
    uint32_t index = chunk_segment_of(loan->chunk);

    return loan->chunk != 0 && index < writer->chunks.segment_count &&
           chunks_address(&writer->chunks, loan->chunk) == loan->data &&
           chunk_offset_of(loan->chunk) + loan->size <= writer->chunks.segments[index].size;
}

void plib_writer_discard(struct plib_writer *writer, struct plib_loan *loan)
{
    DOMAIN_GATE;
    struct plib_call *call;

    if (is_inherited(writer->participant))
        return;
    call = call_begin(writer->participant, PLIB_CALL_DISCARD);
    pthread_mutex_lock(&writer->lock);
    if (loan_is_valid(writer, loan))
        chunks_give(&writer->chunks, loan->chunk, chunks_class(loan->size));
    pthread_mutex_unlock(&writer->lock);
    call_end(call);
    loan->data = NULL;
    loan->chunk = 0;
}

static void ring_bell(uint32_t *bell, uint32_t *rung[BELLS_RUNG_MAX], uint32_t *count)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (rung[i] == bell)
            return;
    }
    if (*count < BELLS_RUNG_MAX)
        rung[(*count)++] = bell;
    add32(bell, 1);
    futex_wake_shared(bell);
}

void writer_wake_readers(struct plib_writer *writer)
{
    uint32_t *rung[BELLS_RUNG_MAX];
    uint32_t count = 0;

    /* Pairs with the fence between a reader's sleep flag and its last look at the head. */
    full_fence();
    for (uint32_t i = 0; i < writer->link_count; i++) {
        struct writer_link *link = writer->links[i];
        bool on_writer_bell;
        bool on_process_bell;

        foreign_link_sleepers(link, &on_writer_bell, &on_process_bell);
        if (on_writer_bell)
            ring_bell(link->writer_bell, rung, &count);
        if (on_process_bell)
            ring_bell(link->process_bell, rung, &count);
    }
    if (!participant_has_news(writer->participant))
        return;
    /* A reader may have attached that this process has not heard of yet. At most one page a peer user and
     * start of plibd. */
    for (struct own_page *page = __atomic_load_n(&writer->participant->own_pages, __ATOMIC_ACQUIRE);
         page != NULL; page = page->older) {
        uint32_t *bells = (uint32_t *)(void *)(page->address + PLIB_PEER_BELLS);

        ring_bell(&bells[0], rung, &count);
        ring_bell(&bells[writer->bell], rung, &count);
    }
}

/* Write the descriptor of position `head` and advance. Readers see all of it or none of it. */
static void publish(struct plib_writer *writer, const struct slot *slot)
{
    struct plib_descriptor *descriptor = descriptor_at(writer, writer->head);

    /* Odd while it is written: pairs with the reader's second look at the state. */
    store64(&descriptor->state, 2 * (writer->head + 1) + 1);
    release_fence();
    store64(&descriptor->chunk, slot->chunk + slot->offset);
    store64(&descriptor->length, slot->length);
    store64((uint64_t *)(void *)&descriptor->source_timestamp, (uint64_t)slot->source_timestamp);
    store64((uint64_t *)(void *)&descriptor->published, (uint64_t)slot->published);
    store64(&descriptor->related, slot->related);
    *slot_at(writer, writer->head) = *slot;
    store64_release(&descriptor->state, 2 * (writer->head + 1));
    writer->head++;
    writer->bytes += slot->length;
    store64(&writer->ring->bytes, writer->bytes);
    store64_release(&writer->ring->head, writer->head);
}

/* A sample is a sign of life, and is in time for the deadline or not. Whoever waits for a status of
 * this writer sleeps until the time runs out, or for good when none runs: when one begins to, it wakes. */
static void keep_time(struct plib_writer *writer, struct slot *slot)
{
    bool begins = writer->deadline.period != INT64_MAX && writer->deadline.last == 0;

    slot->published = plib_now();
    if (writer->deadline.period != INT64_MAX)
        deadline_sample(&writer->deadline, &writer->statuses[PLIB_EVENT_DEADLINE_MISSED],
                        slot->published);
    if (writer_assert(writer, slot->published) || begins)
        participant_wake_self();
}

static int commit(struct plib_writer *writer, struct plib_loan *loan,
                  const struct plib_sample_info *info, uint64_t *sequence)
{
    struct slot slot = {.chunk = loan->chunk,
                        .class = chunks_class(loan->size),
                        .offset = info->offset,
                        .length = info->length,
                        .source_timestamp = info->source_timestamp,
                        .related = info->related};
    int error;

    if (info->offset > loan->size || info->length > loan->size - info->offset ||
        info->offset % SAMPLE_ALIGNMENT != 0 || slot.class == CHUNK_CLASSES)
        return fail(-EINVAL, "a sample of %llu bytes at offset %llu does not fit its loan of %llu",
                    (unsigned long long)info->length, (unsigned long long)info->offset,
                    (unsigned long long)loan->size);
    /* The loan made room; another thread's commit may have used it since. */
    error = writer->head - writer->tail < writer->capacity ? 0 : writer_make_room(writer);
    if (error != 0)
        return error;
    if (!loan_is_valid(writer, loan)) {
        /* Loaned before plibd was restarted: the writer has other memory now. */
        uint64_t bytes = info->offset + info->length;

        slot.chunk = loan->data == NULL ? 0 : chunks_take(&writer->chunks, bytes, &slot.class);
        if (slot.chunk == 0)
            return fail(-EINVAL, "the loan is not this writer's, or was committed before");
        memcpy(chunks_address(&writer->chunks, slot.chunk), loan->data, bytes);
    }
    if (slot.source_timestamp == 0)
        slot.source_timestamp = clock_realtime();
    if (writer->deadline.period != INT64_MAX || writer->manual)
        keep_time(writer, &slot);
    publish(writer, &slot);
    if (sequence != NULL)
        *sequence = writer->head;
    writer_wake_readers(writer);
    loan->data = NULL;
    loan->chunk = 0;
    return 0;
}

int plib_writer_commit(struct plib_writer *writer, struct plib_loan *loan,
                       const struct plib_sample_info *info, uint64_t *sequence)
{
    DOMAIN_GATE;
    struct plib_call *call;
    int error = refuse_inherited(writer->participant);

    if (error != 0)
        return error;
    call = call_begin(writer->participant, PLIB_CALL_COMMIT);
    pthread_mutex_lock(&writer->lock);
    error = commit(writer, loan, info, sequence);
    pthread_mutex_unlock(&writer->lock);
    call_end(call);
    return error;
}

/* Copy the samples that a late joiner may ask for into the new ring, at their positions. */
static void move_retained(struct plib_writer *writer, const struct plib_writer *old)
{
    for (uint64_t at = writer->head; at < old->head; at++) {
        struct slot slot = *slot_at(old, at);
        const void *data = chunks_address(&old->chunks, slot.chunk);

        slot.chunk = chunks_take(&writer->chunks, slot.offset + slot.length, &slot.class);
        if (slot.chunk == 0)
            slot.length = 0; /* no room: the place stays, retired */
        else
            memcpy(chunks_address(&writer->chunks, slot.chunk), data, slot.offset + slot.length);
        publish(writer, &slot);
    }
}

/* Samples of the old ring that the new one must hold as well: what late joiners may ask for, and what
 * readers that never attached to the old ring have not seen. Attached ones drain the old ring. */
static uint64_t first_to_move(struct plib_writer *writer)
{
    uint64_t first = first_retained(writer);

    for (uint32_t i = 0; i < writer->link_count; i++) {
        struct writer_link *link = writer->links[i];

        if (!foreign_link_is_attached(link) && link->cursor < first)
            first = link->cursor;
    }
    return first;
}

int writer_move(struct plib_writer *writer, const struct object *ring)
{
    struct plib_writer old = *writer;
    uint64_t kept = first_to_move(writer);

    writer->chunks = (struct chunks){0};
    writer->slots = vault_calloc(old.capacity, sizeof(*writer->slots));
    if (writer->slots == NULL || writer_first_nodes(writer) != 0) {
        vault_free(writer->slots);
        writer->slots = old.slots;
        writer->chunks = old.chunks;
        return fail(-ENOMEM, "no memory to move a writer to plibd's new segment");
    }
    writer->ring = (struct plib_ring *)(void *)ring->address;
    writer->descriptors = (struct plib_descriptor *)(void *)(ring->address + PLIB_RING_DESCRIPTORS);
    (void)chunks_add_segment(&writer->chunks, ring->address, ring->size, ring->control_size);
    if (kept < old.tail)
        kept = old.tail;
    writer->head = kept;
    writer->tail = kept;
    writer->promised = NULL;
    writer->parked_count = 0;
    writer->roomy = 0;
    writer->is_short = false;
    store64(&writer->ring->head, kept);
    store64(&writer->ring->tail, kept);
    store64(&writer->ring->bytes, writer->bytes);
    store64(&writer->ring->asserted, (uint64_t)writer->asserted);
    move_retained(writer, &old);
    /* From here on readers that have drained the old ring go on in the new one. */
    store64_release(&old.ring->moved, 1);
    vault_free(old.slots);
    chunks_destroy(&old.chunks);
    return 0;
}
