/* A reader whose writer is hostile: rings, descriptors, payload and the start record hold what the input says, and
 * change between any two loads of the library's. Whatever it is, each call ends, each sample taken or
 * judged lies whole in a segment of the writer's and its hold stays in place until it is released, and another
 * user's sample is a copy that stays as it was. */
#include "chunks.h"
#include "world.h"

enum { SEGMENTS = 3, HELD_MAX = 12, STEPS_MAX = 400, SAMPLE_LENGTH = 64 };

struct held {
    struct plib_sample sample;
    uint64_t sum;
};

static const int64_t hour = INT64_C(3600000000000);
static int64_t future; /* ns */
static struct pair pair;
static struct object objects[1 + SEGMENTS]; /* two rings, then payload; by id */
static struct held held[HELD_MAX];
static uint32_t matches;
static uint64_t heads[2]; /* where an honest writer would be */
static int daemon_end;

static uint64_t sum_of(const uint8_t *data, uint64_t length)
{
    uint64_t sum = length;

    for (uint64_t i = 0; i < length; i++)
        sum = sum * 31 + data[i];
    return sum;
}

static bool lies_within(const uint8_t *data, uint64_t length, const struct object *object)
{
    uint64_t first = object->control_size;

    return data >= object->address + first && data <= object->address + object->size &&
           length <= (uint64_t)(object->address + object->size - data);
}

static bool is_in_a_segment(const void *data, uint64_t length)
{
    for (uint32_t i = 0; i < 1 + SEGMENTS; i++) {
        if (lies_within(data, length, &objects[i]))
            return true;
    }
    return false;
}

static bool copies(void)
{
    for (uint32_t i = 0; i < pair.reader.link_count; i++) {
        if (pair.reader.links[i]->foreign)
            return true;
    }
    return false;
}

/* Wants what has an even sum; NULL as context: all. */
static bool judge(const void *context, const uint8_t gid[16], const void *data, uint64_t length)
{
    (void)gid;
    CHECK(copies() || is_in_a_segment(data, length));
    return sum_of(data, length) % 2 == 0 || context == NULL;
}

static void make_world(void)
{
    pair_init(&pair, pair_qos(PLIB_KEEP_LAST, 1), RING_CAPACITY);
    for (uint32_t i = 0; i < 1 + SEGMENTS; i++) {
        struct object *object = &objects[i];

        object->id = i + 1;
        object->size = i < 2 ? RING_SIZE : PAYLOAD;
        object->control_size = i < 2 ? RING_CONTROL : 0;
        object->address = segment_memory(object->size);
        pair.reader_side.objects.buckets[object->id] = object;
    }
    daemon_end = connect_to_nobody(&pair.reader_side.participant);
    pair.reader_side.participant.readers = &pair.reader;
}

static void begin(struct input *input)
{
    struct plib_reader *reader = &pair.reader;
    uint8_t *peer = pair.writer_side.page.address;

    for (uint32_t i = 0; i < reader->link_count; i++)
        reader_link_free(reader->links[i]);
    vault_free(reader->links);
    *reader = (struct plib_reader){.participant = &pair.reader_side.participant};
    (void)pthread_mutex_init(&reader->lock, NULL);
    reader->options.qos = some_qos(input);
    reader->deadline.period = reader->options.qos.deadline;
    memset(held, 0, sizeof(held));
    memset(heads, 0, sizeof(heads));
    matches = 0;
    hostile_reset();
    for (uint32_t i = 0; i < 1 + SEGMENTS; i++) {
        memset(objects[i].address, 0, objects[i].size);
        hostile_add(objects[i].address, objects[i].size);
    }
    memset(peer + PLIB_PEER_STARTS, 0, MATCHES_MAX * sizeof(struct plib_start));
    hostile_add(peer + PLIB_PEER_STARTS, MATCHES_MAX * sizeof(struct plib_start));
    memset(link_records(&pair.reader_side), 0, MATCHES_MAX * sizeof(struct plib_link));
}

static struct plib_descriptor *descriptor(uint32_t ring, uint64_t position)
{
    return (struct plib_descriptor *)(void *)(objects[ring].address + PLIB_RING_DESCRIPTORS) +
           position % RING_CAPACITY;
}

static uint64_t some_chunk(struct input *input)
{
    uint32_t segment = input_below(input, SEGMENTS);

    return chunk_make(segment, (segment == 0 ? RING_CONTROL : 0) +
                                   input_below(input, PAYLOAD / 64) * UINT64_C(64));
}

/* A word that the writer may write. */
static uint64_t *some_word(struct input *input)
{
    uint32_t ring = input_below(input, 2);
    uint32_t place = (uint32_t)input_take(input, 1);
    uint8_t *address = objects[ring].address;
    uint8_t *starts = pair.writer_side.page.address + PLIB_PEER_STARTS;

    switch (input_below(input, 6)) {
    case 0: /* head, tail, moved, asserted */
        return (uint64_t *)(void *)address + place % 4;
    case 1: /* whom to wake */
        return &((struct plib_ring *)(void *)address)->space_target + place % 2;
    case 2: /* where it says that the reader begins */
        return (uint64_t *)(void *)starts + place % (2 * MATCHES_MAX);
    case 3:
        return (uint64_t *)(void *)(address + RING_CONTROL) + place;
    default:
        return (uint64_t *)(void *)descriptor(ring, place / 6) + place % 6;
    }
}

static void write_word(struct input *input, bool later)
{
    uint64_t *word = some_word(input);
    uint64_t value = input_below(input, 4) == 0 ? some_chunk(input) : input_value(input, *word);

    if (later)
        hostile_write_later(word, value, input_below(input, 64));
    else
        *word = value;
}

/* What an honest writer does. */
static void publish(struct input *input)
{
    uint32_t ring = input_below(input, 2);
    uint32_t count = 1 + input_below(input, RING_CAPACITY + 8);

    for (uint32_t i = 0; i < count; i++) {
        uint64_t position = heads[ring]++;
        struct plib_descriptor *place = descriptor(ring, position);

        place->chunk = i == 0 ? some_chunk(input) : chunk_make(0, RING_CONTROL + i * UINT64_C(64));
        place->length = SAMPLE_LENGTH;
        place->source_timestamp = (int64_t)position;
        place->published = plib_now();
        place->state = 2 * (position + 1);
    }
    ((struct plib_ring *)(void *)objects[ring].address)->head = heads[ring];
}

static void match(struct input *input)
{
    uint32_t ring = input_below(input, 2);
    uint8_t *starts = pair.writer_side.page.address + PLIB_PEER_STARTS;
    struct plib_msg_match match = {.match = matches + 1, /* ids as plibd gives them: never again */
                                   .link = matches,
                                   .start = matches,
                                   .bell = 1,
                                   .ring_capacity = RING_CAPACITY,
                                   .control_size = RING_CONTROL,
                                   .peer_uid = geteuid() + input_below(input, 2),
                                   .peer_gid = {(uint8_t)input_below(input, 2)},
                                   .peer_qos = some_qos(input),
                                   .segment_count = 1 + input_below(input, SEGMENTS),
                                   .segments = {ring + 1, 3, 4}};

    if (matches == MATCHES_MAX)
        return;
    if (input_below(input, 2) == 0)
        ((struct plib_start *)(void *)starts)[matches].match = match.match;
    matches++;
    hostile_call();
    CHECK_EQUAL(reader_add_match(&pair.reader, &match, &pair.writer_side.page_object,
                                 &pair.reader_side.page),
                0);
}

static void check_held(const struct held *one)
{
    const struct reader_link *link = one->sample.link;

    CHECK(one->sample.hold < PLIB_HOLDS_MAX && (link->holds & 1U << one->sample.hold) != 0);
    CHECK_EQUAL(link->record->hold[one->sample.hold], one->sample.sequence);
    if (link->foreign)
        CHECK(sum_of(one->sample.data, one->sample.length) == one->sum);
}

static void take(struct input *input)
{
    struct held *one = &held[input_below(input, HELD_MAX)];
    int error;

    if (one->sample.link != NULL)
        return;
    error = plib_reader_take(&pair.reader, &one->sample);
    if (error == -ENOBUFS) {
        CHECK_EQUAL(plib_reader_reserve(&pair.reader), 0);
        error = plib_reader_take(&pair.reader, &one->sample);
    }
    if (error != 0)
        return;
    CHECK(is_in_a_segment(one->sample.data, one->sample.length) !=
          ((struct reader_link *)one->sample.link)->foreign);
    one->sum = sum_of(one->sample.data, one->sample.length);
    check_held(one);
}

static void release(struct input *input)
{
    struct held *one = &held[input_below(input, HELD_MAX)];

    if (one->sample.link != NULL)
        check_held(one);
    plib_reader_release(&pair.reader, &one->sample);
}

static void ask(struct input *input)
{
    struct plib_reader_counts counts;
    struct plib_status status;
    uint64_t taken; /* before they were counted */
    struct plib_wait_item item = {.kind = PLIB_WAIT_READER, .object = &pair.reader};

    switch (input_below(input, 7)) {
    case 0:
        (void)plib_reader_ready(&pair.reader);
        break;
    case 1:
        taken = pair.reader.uncounted;
        CHECK(plib_reader_arrivals(&pair.reader) <= taken + MATCHES_MAX * RING_CAPACITY);
        break;
    case 2:
        CHECK(plib_reader_unread(&pair.reader) <= MATCHES_MAX * RING_CAPACITY);
        break;
    case 3:
        plib_reader_counts(&pair.reader, &counts);
        CHECK(counts.queued <= MATCHES_MAX * 2 * RING_CAPACITY);
        break;
    case 4:
        (void)plib_wait(&pair.reader_side.participant, &item, 1, plib_now());
        break;
    case 5:
        CHECK(plib_reader_matched(&pair.reader) <= MATCHES_MAX);
        break;
    default:
        CHECK_EQUAL(plib_reader_status(&pair.reader, input_below(input, PLIB_EVENT_COUNT), &status),
                    0);
    }
}

static void set_filter(struct input *input)
{
    uint32_t choice = input_below(input, 3);

    CHECK_EQUAL(plib_reader_set_filter(&pair.reader, choice == 0 ? NULL : judge,
                                       choice == 1 ? NULL : &pair),
                0);
}

/* What plibd tells. */
static void news(struct input *input)
{
    uint64_t id = 1 + input_below(input, MATCHES_MAX);
    uint32_t segment = 1 + input_below(input, SEGMENTS - 1);

    switch (input_below(input, 5)) {
    case 0:
        CHECK_EQUAL(reader_add_segment(&pair.reader, id, segment, &objects[1 + segment]), 0);
        break;
    case 1:
        reader_end_match(&pair.reader, id);
        break;
    case 2:
        reader_mark_stale(&pair.reader);
        break;
    case 3:
        /* At first what is stale is given up, and later forgotten. */
        future += hour;
        reader_drop_stale(&pair.reader, future);
        break;
    default:
        (void)plib_participant_poll(&pair.reader_side.participant);
    }
}

static void step(struct input *input)
{
    hostile_call();
    switch (input_below(input, 10)) {
    case 0:
        write_word(input, false);
        break;
    case 1:
    case 2:
        write_word(input, true);
        break;
    case 3:
        publish(input);
        break;
    case 4:
        match(input);
        break;
    case 5:
        take(input);
        break;
    case 6:
        release(input);
        break;
    case 7:
        ask(input);
        break;
    case 8:
        set_filter(input);
        break;
    default:
        news(input);
    }
    drain(daemon_end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {.data = data, .size = size};

    if (daemon_end == 0)
        make_world();
    begin(&input);
    future = INT64_MAX / 2;
    match(&input);
    for (uint32_t i = 0; i < STEPS_MAX && input.size > 0; i++)
        step(&input);
    for (uint32_t i = 0; i < HELD_MAX; i++) {
        if (held[i].sample.link != NULL)
            check_held(&held[i]);
    }
    return 0;
}
