/* A writer whose readers are hostile: their link records hold what the input says, and change between any two loads
 * of the library's. Whatever it is, each call ends, no chunk is handed out twice or lost, no more chunks are parked
 * than readers may hold twice, and what a reader holds as the protocol has it stays as it is. */
#include "foreign_link.h"
#include "world.h"

enum { READERS = 4, LOANS_MAX = 8, SEGMENTS = 3, STEPS_MAX = 400, USES_MAX = 1024 };

/* A hold that a reader placed when it might, and that the input has not touched since. */
struct good_hold {
    bool placed;
    uint64_t match;
    const uint8_t *data;
    uint8_t fill;
};

/* Memory that is in use, or free, once. */
struct use {
    chunk_t chunk;
    uint64_t size;
};

static const int64_t hour = INT64_C(3600000000000);
static int64_t future; /* ns */
static struct pair pair;
static struct object rings[2];
static struct object segments[2][SEGMENTS]; /* before and after a move */
static struct plib_loan loans[LOANS_MAX];
static struct good_hold holds[READERS][PLIB_HOLDS_MAX];
static uint8_t fills[RING_CAPACITY]; /* of the sample at each slot */
static struct use uses[USES_MAX];
static uint32_t use_count;
static uint64_t next_match;
static uint64_t head_before;
static uint32_t moves;
static uint8_t next_fill;
static int daemon_end;

static struct plib_link *record(uint32_t reader)
{
    return link_records(&pair.reader_side) + reader;
}

static struct plib_mailbox *mailbox(void)
{
    return (struct plib_mailbox *)(uintptr_t)pair.writer_side.words.mailbox;
}

static void make_world(void)
{
    pair_init(&pair, pair_qos(PLIB_KEEP_LAST, 1), RING_CAPACITY);
    for (uint32_t i = 0; i < 2; i++) {
        rings[i] = (struct object){
            .size = RING_SIZE, .control_size = RING_CONTROL, .address = segment_memory(RING_SIZE)};
    }
    for (uint32_t i = 0; i < 2 * SEGMENTS; i++) {
        segments[i / SEGMENTS][i % SEGMENTS] =
            (struct object){.size = PAYLOAD, .address = segment_memory(PAYLOAD)};
    }
    daemon_end = connect_to_nobody(&pair.writer_side.participant);
    pair.writer_side.participant.writers = &pair.writer;
}

static void free_writer(struct plib_writer *writer)
{
    for (uint32_t i = 0; i < writer->link_count; i++)
        vault_free(writer->links[i]);
    vault_free(writer->links);
    vault_free(writer->parked);
    vault_free(writer->slots);
    chunks_destroy(&writer->chunks);
}

static void begin(struct input *input)
{
    struct plib_writer *writer = &pair.writer;

    free_writer(writer);
    *writer = (struct plib_writer){
        .participant = &pair.writer_side.participant, .bell = 1, .capacity = RING_CAPACITY};
    (void)pthread_mutex_init(&writer->lock, NULL);
    writer->options.qos = some_qos(input);
    writer->deadline.period = writer->options.qos.deadline;
    writer->manual = writer->options.qos.liveliness == PLIB_MANUAL_BY_TOPIC;
    writer->depth =
        writer->options.qos.history == PLIB_KEEP_ALL || writer->options.qos.depth > RING_CAPACITY
            ? RING_CAPACITY
            : writer->options.qos.depth;
    for (uint32_t i = 0; i < 2; i++)
        memset(rings[i].address, 0, RING_CONTROL);
    CHECK_EQUAL(writer_add_object(writer, &rings[0], 0), 0);
    memset(loans, 0, sizeof(loans));
    memset(holds, 0, sizeof(holds));
    memset(record(0), 0, READERS * sizeof(struct plib_link));
    mailbox()->control_epoch = 0;
    pair.writer_side.participant.seen_control = 0;
    next_match = 0;
    head_before = 0;
    moves = 0;
    hostile_reset();
    hostile_add(record(0), READERS * sizeof(struct plib_link));
}

static struct writer_link *link_of(uint32_t reader)
{
    for (uint32_t i = 0; i < pair.writer.link_count; i++) {
        if (pair.writer.links[i]->record == record(reader))
            return pair.writer.links[i];
    }
    return NULL;
}

/* A word that the readers may write. No hold is good any more that is, or soon may be, something else. */
static void write_word(struct input *input, bool later)
{
    uint32_t reader = input_below(input, READERS);
    uint32_t place = input_below(input, sizeof(struct plib_link) / sizeof(uint64_t));
    uint32_t first = offsetof(struct plib_link, hold) / sizeof(uint64_t);
    uint64_t *word = (uint64_t *)(void *)record(reader) + place;
    uint64_t near = place == 0 ? next_match : pair.writer.head;
    uint64_t value = input_value(input, input_below(input, 2) == 0 ? near : pair.writer.tail);

    if (place == 0)
        memset(holds[reader], 0, sizeof(holds[reader]));
    else if (place >= first && place < first + PLIB_HOLDS_MAX)
        holds[reader][place - first].placed = false;
    if (later)
        hostile_write_later(word, value, input_below(input, 64));
    else
        *word = value;
}

static struct slot *slot_at(uint64_t position)
{
    return &pair.writer.slots[position % RING_CAPACITY];
}

/* What an honest reader does. */
static void hold(struct input *input)
{
    struct plib_writer *writer = &pair.writer;
    uint32_t reader = input_below(input, READERS);
    uint32_t place = input_below(input, PLIB_HOLDS_MAX);
    uint64_t position = writer->tail + input_below(input, RING_CAPACITY);
    const struct plib_descriptor *descriptor = &writer->descriptors[position % RING_CAPACITY];
    const struct slot *slot = slot_at(position);

    if (position >= writer->head || descriptor->state != 2 * (position + 1) || slot->length == 0)
        return;
    record(reader)->hold[place] = position + 1;
    holds[reader][place] = (struct good_hold){
        /* A write that was made up before may take the hold, or all of the match, away and give it back. */
        .placed = !hostile_is_to_write(&record(reader)->match) &&
                  !hostile_is_to_write(&record(reader)->hold[place]),
        .match = record(reader)->match,
        .data = (const uint8_t *)chunks_address(&writer->chunks, slot->chunk) + slot->offset,
        .fill = fills[position % RING_CAPACITY]};
}

static void match(struct input *input, uint32_t reader)
{
    struct plib_msg_match match = {.match = ++next_match,
                                   .link = reader,
                                   .start = reader,
                                   .bell = 1,
                                   .peer_uid = geteuid() + input_below(input, 2),
                                   .peer_gid = {(uint8_t)input_below(input, 2)},
                                   .peer_qos = some_qos(input)};

    if (link_of(reader) != NULL || pair.writer.link_count >= MATCHES_MAX)
        return;
    CHECK_EQUAL(writer_add_match(&pair.writer, &match, &pair.reader_side.page_object,
                                 &pair.writer_side.page),
                0);
    memset(holds[reader], 0, sizeof(holds[reader]));
    if (input_below(input, 4) != 0)
        record(reader)->match = match.match;
}

static void end_match(uint32_t reader)
{
    const struct writer_link *link = link_of(reader);

    memset(holds[reader], 0, sizeof(holds[reader]));
    if (link != NULL)
        writer_end_match(&pair.writer, link->match);
}

static void loan(struct input *input)
{
    struct plib_loan *one = &loans[input_below(input, LOANS_MAX)];
    uint64_t size = input_below(input, 8) == 0 ? input_value(input, PAYLOAD)
                                               : input_take(input, 1) * UINT64_C(8);

    if (one->data != NULL)
        return;
    /* As when plibd gave no more memory when it was asked last. */
    pair.writer.is_short = input_below(input, 2) != 0;
    if (plib_writer_loan(&pair.writer, size, one) != 0) {
        *one = (struct plib_loan){.data = NULL};
        return;
    }
    CHECK(one->size >= size);
    memset(one->data, ++next_fill, one->size);
}

static void commit(struct input *input)
{
    struct plib_loan *one = &loans[input_below(input, LOANS_MAX)];
    struct plib_sample_info info = {.offset = input_below(input, 3) * UINT64_C(4),
                                    .length = input_below(input, 4) == 0 ? input_value(input, 0)
                                                                         : input_take(input, 1),
                                    .source_timestamp = (int64_t)input_take(input, 1)};
    uint8_t fill = one->data == NULL ? 0 : *(const uint8_t *)one->data;
    uint64_t sequence;

    if (plib_writer_commit(&pair.writer, one, &info, &sequence) != 0)
        return;
    CHECK_EQUAL(sequence, pair.writer.head);
    fills[(sequence - 1) % RING_CAPACITY] = fill;
}

static void ask(struct input *input)
{
    struct plib_writer *writer = &pair.writer;
    struct plib_status status;

    switch (input_below(input, 5)) {
    case 0:
        (void)plib_writer_wait_space(writer, plib_now());
        break;
    case 1:
        (void)plib_writer_wait_taken(writer, plib_now());
        break;
    case 2:
        (void)plib_writer_wait_received(writer, plib_now());
        break;
    case 3:
        CHECK_EQUAL(plib_writer_status(writer, input_below(input, PLIB_EVENT_LOST), &status), 0);
        break;
    default:
        CHECK(plib_writer_matched(writer) <= MATCHES_MAX);
    }
}

/* Memory after a restart of plibd's. What was loaned before is the old ring's, and stays as it is. */
static void move(void)
{
    if (moves > 0)
        return;
    moves++;
    writer_mark_stale(&pair.writer);
    CHECK_EQUAL(writer_add_object(&pair.writer, &rings[1], 0), 0);
    memset(holds, 0, sizeof(holds));
}

/* What plibd tells. */
static void news(struct input *input)
{
    uint32_t index = pair.writer.chunks.segment_count;

    switch (input_below(input, 6)) {
    case 0:
        if (index - 1 < SEGMENTS) {
            CHECK_EQUAL(writer_add_object(&pair.writer, &segments[moves][index - 1], index), 0);
            writer_end_reservation(&pair.writer, 0);
        }
        break;
    case 1: /* that there are news */
        mailbox()->control_epoch++;
        break;
    case 2:
        (void)plib_participant_poll(&pair.writer_side.participant);
        break;
    case 3:
        move();
        break;
    case 4:
        end_match(input_below(input, READERS));
        break;
    default:
        /* At first what is stale is given up, and later forgotten. */
        future += hour;
        writer_drop_stale(&pair.writer, future);
    }
}

static void use(chunk_t chunk, uint32_t class)
{
    CHECK(use_count < USES_MAX);
    uses[use_count++] = (struct use){.chunk = chunk, .size = chunks_class_size(class)};
}

static int by_place(const void *one, const void *other)
{
    chunk_t left = ((const struct use *)one)->chunk;
    chunk_t right = ((const struct use *)other)->chunk;

    return (left > right) - (left < right);
}

/* Those of before a move are elsewhere. */
static bool is_of_this_memory(const struct plib_loan *loan)
{
    const struct chunks *chunks = &pair.writer.chunks;

    return loan->data != NULL && chunk_segment_of(loan->chunk) < chunks->segment_count &&
           chunks_address(chunks, loan->chunk) == loan->data;
}

static void list_uses(void)
{
    const struct plib_writer *writer = &pair.writer;

    use_count = 0;
    for (uint64_t at = writer->tail; at < writer->head; at++) {
        if (slot_at(at)->chunk != 0)
            use(slot_at(at)->chunk, slot_at(at)->class);
    }
    for (uint32_t i = 0; i < writer->parked_count; i++)
        use(writer->parked[i].chunk, writer->parked[i].class);
    for (uint32_t i = 0; i < LOANS_MAX; i++) {
        if (is_of_this_memory(&loans[i]))
            use(loans[i].chunk, chunks_class(loans[i].size));
    }
    for (uint32_t class = 0; class < CHUNK_CLASSES; class ++) {
        for (uint32_t i = writer->chunks.free[class]; i != 0; i = writer->chunks.nodes[i - 1].next)
            use(writer->chunks.nodes[i - 1].chunk, class);
    }
}

static void check_memory(void)
{
    list_uses();
    CHECK_EQUAL(use_count, pair.writer.chunks.made);
    qsort(uses, use_count, sizeof(*uses), by_place);
    for (uint32_t i = 0; i < use_count; i++) {
        uint32_t segment = chunk_segment_of(uses[i].chunk);
        uint64_t end = chunk_offset_of(uses[i].chunk) + uses[i].size;

        CHECK(segment < pair.writer.chunks.segment_count);
        if (i + 1 < use_count && chunk_segment_of(uses[i + 1].chunk) == segment)
            CHECK_EQUAL(end, chunk_offset_of(uses[i + 1].chunk));
        else
            CHECK_EQUAL(end, pair.writer.chunks.segments[segment].used);
    }
}

static void check_holds(void)
{
    for (uint32_t reader = 0; reader < READERS; reader++) {
        const struct writer_link *link = link_of(reader);

        for (uint32_t i = 0; i < PLIB_HOLDS_MAX; i++) {
            const struct good_hold *one = &holds[reader][i];

            if (one->placed && link != NULL && link->match == one->match &&
                record(reader)->match == one->match)
                CHECK_EQUAL(*one->data, one->fill);
        }
    }
}

static void check_writer(void)
{
    const struct plib_writer *writer = &pair.writer;

    CHECK(writer->tail <= writer->head && writer->head - writer->tail <= RING_CAPACITY);
    CHECK(writer->head >= head_before);
    head_before = writer->head;
    CHECK_EQUAL(writer->ring->head, writer->head);
    CHECK(writer->ring->tail <= writer->head);
    CHECK(writer->parked_count <= writer->parked_capacity);
    CHECK(writer->parked_capacity <= 2 * MATCHES_MAX * PLIB_HOLDS_MAX);
    for (uint32_t i = 0; i < writer->link_count; i++)
        CHECK(writer->links[i]->cursor <= writer->head);
    check_memory();
    check_holds();
}

static void step(struct input *input)
{
    hostile_call();
    switch (input_below(input, 10)) {
    case 0:
        write_word(input, false);
        break;
    case 1:
        write_word(input, true);
        break;
    case 2:
        hold(input);
        break;
    case 3:
        match(input, input_below(input, READERS));
        break;
    case 4:
    case 5:
        loan(input);
        break;
    case 6:
    case 7:
        commit(input);
        break;
    case 8:
        plib_writer_discard(&pair.writer, &loans[input_below(input, LOANS_MAX)]);
        break;
    default:
        if (input_below(input, 2) == 0)
            ask(input);
        else
            news(input);
    }
    check_writer();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {.data = data, .size = size};

    if (daemon_end == 0)
        make_world();
    begin(&input);
    future = INT64_MAX / 2;
    match(&input, 0);
    for (uint32_t i = 0; i < STEPS_MAX && input.size > 0; i++)
        step(&input);
    return 0;
}
