/* A DataWriter's life, and its waits. */
#include "writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "atomics.h"
#include "control.h"
#include "domain.h"
#include "endpoint.h"
#include "error.h"
#include "foreign_link.h"
#include "futex.h"
#include "inherited.h"
#include "vault.h"

enum {
    KEEP_ALL_RING = 4096,    /* samples */
    FIRST_PAYLOAD = 1 << 20, /* bytes; touched only when used */
    LOANS = 64,        /* beyond a full ring, and what readers hold; more when they are needed */
    GROWTH_CHUNKS = 8, /* a new segment holds so many of the sample that asked for it */
    DEFAULT_BLOCKING_MS = 100 /* max_blocking_time as DDS has it */
};

static uint32_t ring_capacity(const struct plib_qos *qos)
{
    uint64_t wanted = qos->history == PLIB_KEEP_ALL ? KEEP_ALL_RING : (uint64_t)qos->depth * 2;
    uint32_t capacity = PLIB_RING_MIN;

    while (capacity < wanted && capacity < PLIB_RING_MAX)
        capacity *= 2;
    return capacity;
}

static int64_t blocking_time(void)
{
    const char *text = getenv("PLIB_MAX_BLOCKING_TIME_MS");
    char *end = NULL;
    long milliseconds = text == NULL ? DEFAULT_BLOCKING_MS : strtol(text, &end, 10);

    if (text != NULL && (end == text || *end != '\0' || milliseconds < 0))
        milliseconds = DEFAULT_BLOCKING_MS;
    return (int64_t)milliseconds * 1000000;
}

static bool is_writer(uint32_t kind)
{
    return kind == PLIB_KIND_PUBLISHER || kind == PLIB_KIND_CLIENT ||
           kind == PLIB_KIND_REPLY_WRITER;
}

void writer_request(const struct plib_writer *writer, struct plib_msg_create_endpoint *request)
{
    endpoint_request(&writer->options, writer->entity, request);
    request->bell = writer->bell;
    request->ring_capacity = writer->capacity;
    /* At plibd's successor: room for all that readers have not taken yet. */
    request->payload_size =
        writer->chunks.total > FIRST_PAYLOAD ? writer->chunks.total : FIRST_PAYLOAD;
}

static void free_writer(struct plib_writer *writer)
{
    for (uint32_t i = 0; i < writer->link_count; i++)
        vault_free(writer->links[i]);
    vault_free(writer->links);
    vault_free(writer->parked);
    vault_free(writer->slots);
    chunks_destroy(&writer->chunks);
    endpoint_free_options(&writer->options);
    (void)pthread_mutex_destroy(&writer->lock);
    vault_free(writer);
}

static void unlink_writer(struct plib_participant *participant, const struct plib_writer *writer)
{
    struct plib_writer **place = &participant->writers;

    while (*place != writer)
        place = &(*place)->next;
    *place = writer->next;
}

/* Call with the participant's lock. */
static int register_writer(struct plib_participant *participant, struct plib_writer *writer)
{
    struct plib_msg_create_endpoint request;
    int error;

    writer->entity = ++participant->next_entity;
    writer->bell = ++participant->next_bell < PLIB_BELLS_MAX ? participant->next_bell : 0;
    /* It stands in the list first: its ring and matches arrive before the reply. */
    writer->next = participant->writers;
    participant->writers = writer;
    writer_request(writer, &request);
    error = control_request(participant, &request.header);
    if (error == 0 && writer->ring == NULL)
        error = fail(-EPROTO, "plibd sent no segment for a writer");
    if (error != 0)
        unlink_writer(participant, writer);
    return error;
}

int plib_writer_create(struct plib_participant *participant,
                       const struct plib_endpoint_options *options, struct plib_writer **out)
{
    DOMAIN_GATE;
    struct plib_writer *writer;
    int error;

    if (!is_writer(options->kind))
        return fail(-EINVAL, "kind %u is not a writer", options->kind);
    error = refuse_inherited(participant);
    if (error != 0)
        return error;
    writer = vault_calloc(1, sizeof(*writer));
    if (writer == NULL)
        return fail(-ENOMEM, "no memory for a writer");
    error = endpoint_copy_options(options, &writer->options, writer->type_hash);
    if (error != 0) {
        vault_free(writer);
        return error;
    }
    (void)pthread_mutex_init(&writer->lock, NULL);
    writer->participant = participant;
    writer->capacity = ring_capacity(&options->qos);
    writer->depth = options->qos.history == PLIB_KEEP_ALL || options->qos.depth > writer->capacity
                        ? writer->capacity
                        : options->qos.depth;
    writer->max_blocking_time = blocking_time();
    writer->deadline.period = options->qos.deadline;
    writer->manual = options->qos.liveliness == PLIB_MANUAL_BY_TOPIC;
    pthread_mutex_lock(&participant->lock);
    error = register_writer(participant, writer);
    pthread_mutex_unlock(&participant->lock);
    if (error != 0) {
        free_writer(writer);
        return error;
    }
    *out = writer;
    return 0;
}

/* Its segments may serve another topic, whose readers are not to find what this writer published. */
static void note_used(struct plib_writer *writer)
{
    uint64_t written = writer->head < writer->capacity ? writer->head : writer->capacity;
    uint64_t control = PLIB_RING_DESCRIPTORS + written * PLIB_DESCRIPTOR_SIZE;

    for (uint32_t i = 0; i < writer->chunks.segment_count; i++) {
        struct object *object = writer->objects[i];

        if (i == 0 && object->used_control < control)
            object->used_control = control;
        if (object->used < writer->chunks.segments[i].used)
            object->used = writer->chunks.segments[i].used;
    }
}

int plib_writer_destroy(struct plib_writer *writer)
{
    DOMAIN_GATE;
    struct plib_participant *participant = writer->participant;
    int error;

    if (is_inherited(participant))
        return 0;
    pthread_mutex_lock(&participant->lock);
    unlink_writer(participant, writer);
    note_used(writer);
    error = endpoint_destroy(participant, writer->entity);
    pthread_mutex_unlock(&participant->lock);
    free_writer(writer);
    return error;
}

int writer_first_nodes(struct plib_writer *writer)
{
    uint32_t count = writer->capacity + LOANS;
    struct chunk_node *nodes = vault_calloc(count, sizeof(*nodes));

    if (nodes == NULL)
        return -ENOMEM;
    (void)chunks_set_nodes(&writer->chunks, nodes, count);
    return 0;
}

/* Twice the nodes if there are too few. 1 when they were what was missing, else 0; -ENOMEM. */
static int add_nodes(struct plib_writer *writer)
{
    struct chunk_node *nodes;
    struct chunk_node *before;
    uint32_t count;
    bool wanted;

    pthread_mutex_lock(&writer->lock);
    wanted = chunks_want_nodes(&writer->chunks);
    count = writer->chunks.node_count * 2;
    pthread_mutex_unlock(&writer->lock);
    if (!wanted)
        return 0;
    /* Not under the lock, for which bounded calls may wait. */
    nodes = vault_calloc(count, sizeof(*nodes));
    if (nodes == NULL)
        return fail(-ENOMEM, "no memory to keep %u free chunks", count);
    pthread_mutex_lock(&writer->lock);
    /* Another thread may have been quicker, or the writer have moved. */
    if (count > writer->chunks.node_count)
        before = chunks_set_nodes(&writer->chunks, nodes, count);
    else
        before = nodes;
    pthread_mutex_unlock(&writer->lock);
    vault_free(before);
    return 1;
}

/* plibd gives no more memory. From now on loans take what readers may lose: make room for this one. 0, also when
 * there is a reader to wait for, or -ENOMEM when that was tried and nothing is left. */
static int make_do(struct plib_writer *writer, uint64_t size)
{
    struct writer_link *slowest;
    bool may_wait;
    int error;

    pthread_mutex_lock(&writer->lock);
    may_wait = !writer->is_short && writer_slowest(writer, &slowest) < writer->head;
    writer->is_short = true;
    pthread_mutex_unlock(&writer->lock);
    /* The lock is given up in between, for which bounded calls may wait. */
    do {
        pthread_mutex_lock(&writer->lock);
        error = writer_lose_oldest(writer, size);
        pthread_mutex_unlock(&writer->lock);
    } while (error == -EAGAIN);
    /* News that came meanwhile are to be read before any sample is lost: the loan tries again. */
    may_wait = may_wait || participant_has_news(writer->participant);
    return error != 0 && may_wait ? 0 : error;
}

int plib_writer_reserve(struct plib_writer *writer, uint64_t size)
{
    DOMAIN_GATE;
    struct plib_participant *participant = writer->participant;
    struct plib_msg_reserve request = {
        .header = {.type = PLIB_MSG_RESERVE, .size = sizeof(request)}, .entity = writer->entity};
    uint32_t class = chunks_class(size);
    uint64_t least = class == CHUNK_CLASSES ? UINT64_MAX : chunks_class_size(class);
    int error = refuse_inherited(participant);

    if (error != 0)
        return error;
    error = add_nodes(writer);
    if (error != 0)
        return error < 0 ? error : 0;
    pthread_mutex_lock(&participant->lock);
    if (least > participant->memory_limit) {
        error =
            fail(-EMSGSIZE,
                 "a message of %llu bytes exceeds this participant's memory limit of %llu bytes: "
                 "publish it in parts, or start plibd with a higher --memory-limit",
                 (unsigned long long)size, (unsigned long long)participant->memory_limit);
    } else {
        request.size = writer->chunks.total;
        if (request.size < least * GROWTH_CHUNKS)
            request.size = least * GROWTH_CHUNKS;
        error = control_request(participant, &request.header);
        /* Near the limit take what the message needs, not what would be comfortable. */
        if (error == -EDQUOT) {
            request.size = least;
            error = control_request(participant, &request.header);
        }
        writer_end_reservation(writer, error);
    }
    pthread_mutex_unlock(&participant->lock);
    if (error == -EDQUOT)
        return make_do(writer, size);
    pthread_mutex_lock(&writer->lock);
    writer->is_short = false;
    pthread_mutex_unlock(&writer->lock);
    return error;
}

/* This process's word that never changes, where there is no reader's to sleep on. */
static uint32_t nothing;

/* Sleep on a reader's word until it changes, plibd has news, something is due, or the deadline. */
static int sleep_on(struct plib_writer *writer, const uint32_t *word, uint32_t value,
                    int64_t deadline)
{
    /* Before the words, which are the successor's when its date is. */
    int64_t due = participant_next_due(writer->participant);
    const struct daemon_words *words = participant_words(writer->participant);
    struct futex_waitv entries[3];
    uint32_t control = __atomic_load_n(&writer->participant->seen_control, __ATOMIC_RELAXED);
    uint32_t count = 0;
    int error;

    futex_entry(&entries[count++], word, value, word != &nothing);
    if (!daemon_is_dead(words)) {
        futex_entry(&entries[count++], &words->mailbox->control_epoch, control, true);
        futex_entry(&entries[count++], &words->mailbox->alive, words->alive, true);
    }
    error = futex_sleep(entries, count, due < deadline ? due : deadline);
    return error == -ETIMEDOUT && due < deadline ? 0 : error;
}

/* The word of a reader's record that will change next, and its present value. */
static const uint32_t *word_of(const struct writer_link *link, uint32_t *value)
{
    /* Until the reader attaches there is no cursor: what changes is the match. Low halves. */
    const uint32_t *match = (const uint32_t *)(const void *)&link->record->match;
    const uint32_t *cursor = (const uint32_t *)(const void *)&link->record->cursor;
    /* Loaded once: were the reader to attach between two loads, its wake-up would be over and the
     * value noted would be the last that this word takes. */
    uint64_t attached = load64_acquire(&link->record->match);

    if (attached != link->match) {
        *value = (uint32_t)attached;
        return match;
    }
    *value = (uint32_t)load64(&link->record->cursor);
    return cursor;
}

static void wait_begin(struct plib_writer *writer, uint64_t target)
{
    if (load32(&writer->ring->space_waiters) == 0 || load64(&writer->ring->space_target) > target)
        store64(&writer->ring->space_target, target);
    add32(&writer->ring->space_waiters, 1);
    /* Pairs with the fence between a reader's cursor and its look at space_waiters. */
    full_fence();
}

/* What a writer waits for of its readers. */
enum awaited {
    AWAIT_SPACE,   /* that those which hold it up take samples */
    AWAIT_TAKEN,   /* that all take them */
    AWAIT_RECEIVED /* that reliable ones have attached, and so have the samples in their memory */
};

/* With the lock. */
static bool is_behind(const struct plib_writer *writer, struct writer_link *link, uint64_t target,
                      enum awaited awaited)
{
    if (link->parted || (awaited == AWAIT_SPACE && !link->back_pressure) ||
        (awaited == AWAIT_RECEIVED && (!link->reliable || foreign_link_is_attached(link))))
        return false;
    return foreign_link_cursor(link, writer->head) < target;
}

/* The slowest link that is behind; NULL when there is none. With the lock. */
static struct writer_link *behind(struct plib_writer *writer, uint64_t target, enum awaited awaited)
{
    struct writer_link *slowest = NULL;

    for (uint32_t i = 0; i < writer->link_count; i++) {
        struct writer_link *link = writer->links[i];

        if (is_behind(writer, link, target, awaited) &&
            (slowest == NULL || link->cursor < slowest->cursor))
            slowest = link;
    }
    return slowest;
}

/* Sleep until no reader is behind `target`. */
static int wait_for_cursors(struct plib_writer *writer, uint64_t target, enum awaited awaited,
                            int64_t deadline)
{
    int error = 0;

    for (;;) {
        struct writer_link *link;
        struct plib_ring *ring;
        const uint32_t *word;
        uint32_t value;
        bool moved_on = false;

        if (plib_participant_pending(writer->participant))
            (void)plib_participant_poll(writer->participant);
        writer_drop_stale(writer, plib_now());
        pthread_mutex_lock(&writer->lock);
        ring = writer->ring;
        wait_begin(writer, target);
        link = behind(writer, target, awaited);
        /* A stale reader has no word yet: plibd's words, which are always slept on, tell of it. */
        word = &nothing;
        value = 0;
        if (link != NULL && link->record != NULL) {
            word = word_of(link, &value);
            moved_on = !is_behind(writer, link, target, awaited);
        }
        pthread_mutex_unlock(&writer->lock);
        if (link != NULL && !moved_on && error != -ETIMEDOUT)
            error = sleep_on(writer, word, value, deadline);
        /* The kernel looks at the time only when it sleeps, which a reader that never stops changing its word
         * does not let it. */
        if (error == 0 && plib_now() >= deadline)
            error = -ETIMEDOUT;
        add32(&ring->space_waiters, UINT32_MAX);
        if (link == NULL)
            return 0;
        if (error == -ETIMEDOUT && !moved_on)
            return fail(-ETIMEDOUT, awaited == AWAIT_RECEIVED
                                        ? "a subscriber did not attach in time"
                                        : "the slowest subscriber did not take samples in time");
    }
}

static bool has_foreign_say(const struct plib_writer *writer, const struct writer_link *link)
{
    return link->back_pressure && writer_is_foreign(writer, link);
}

/* Note where the readers stand. True when another user's holds the writer up. With the lock. */
static bool note_cursors(struct plib_writer *writer)
{
    bool foreign = false;

    for (uint32_t i = 0; i < writer->link_count; i++) {
        struct writer_link *link = writer->links[i];

        link->waited_at = foreign_link_cursor(link, writer->head);
        foreign = foreign || has_foreign_say(writer, link);
    }
    return foreign;
}

/* Another user's reader that takes nothing may hold the writer up for one max_blocking_time in all: then
 * it has no say any more, and loses what is overwritten. Those that were waited for together are judged
 * together, however many there are. True when one lost its say. With the lock. */
static bool judge_foreign_readers(struct plib_writer *writer, int64_t waited)
{
    bool any = false;

    for (uint32_t i = 0; i < writer->link_count; i++) {
        struct writer_link *link = writer->links[i];

        if (!has_foreign_say(writer, link))
            continue;
        if (foreign_link_cursor(link, writer->head) != link->waited_at)
            link->owed = 0;
        else if (link->waited_at < writer->head)
            link->owed += waited;
        if (link->owed > 0 && link->owed >= writer->max_blocking_time) {
            link->back_pressure = false;
            any = true;
        }
    }
    return any;
}

int plib_writer_wait_space(struct plib_writer *writer, int64_t deadline)
{
    DOMAIN_GATE;
    struct writer_link *slowest;
    int64_t start = plib_now();
    int64_t until;
    uint64_t blocked_at;
    uint64_t target;
    bool moved;
    int error = refuse_inherited(writer->participant);

    if (error != 0)
        return error;
    pthread_mutex_lock(&writer->lock);
    blocked_at = writer->blocked_at;
    /* Wake not for each sample but when a quarter of what is unread was read: fewer switches. */
    target = blocked_at + 1 + (writer->head - blocked_at) / 4;
    if (target > writer->head)
        target = writer->head;
    until = deadline;
    if (note_cursors(writer) && deadline - start > writer->max_blocking_time)
        until = start + writer->max_blocking_time;
    pthread_mutex_unlock(&writer->lock);
    error = wait_for_cursors(writer, target, AWAIT_SPACE, until);
    pthread_mutex_lock(&writer->lock);
    moved = judge_foreign_readers(writer, plib_now() - start);
    /* A slow reader may have read less than a quarter: any space will do. */
    moved = moved || writer_slowest(writer, &slowest) > blocked_at;
    pthread_mutex_unlock(&writer->lock);
    return error == -ETIMEDOUT && (moved || until < deadline) ? 0 : error;
}

static int wait_for_published(struct plib_writer *writer, enum awaited awaited, int64_t deadline)
{
    DOMAIN_GATE;
    uint64_t target;
    int error = refuse_inherited(writer->participant);

    if (error != 0)
        return error;
    pthread_mutex_lock(&writer->lock);
    target = writer->head;
    pthread_mutex_unlock(&writer->lock);
    return wait_for_cursors(writer, target, awaited, deadline);
}

int plib_writer_wait_taken(struct plib_writer *writer, int64_t deadline)
{
    return wait_for_published(writer, AWAIT_TAKEN, deadline);
}

int plib_writer_wait_received(struct plib_writer *writer, int64_t deadline)
{
    return wait_for_published(writer, AWAIT_RECEIVED, deadline);
}

uint32_t plib_writer_matched(const struct plib_writer *writer)
{
    DOMAIN_GATE;

    return __atomic_load_n(&writer->matched, __ATOMIC_RELAXED);
}

uint32_t plib_writer_entity(const struct plib_writer *writer)
{
    DOMAIN_GATE;

    return writer->entity;
}

int64_t plib_writer_max_blocking_time(const struct plib_writer *writer)
{
    DOMAIN_GATE;

    return writer->max_blocking_time;
}
