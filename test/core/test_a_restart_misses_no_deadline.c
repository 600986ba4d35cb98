/* After a restart of plibd a writer publishes into another ring, which the reader is told of later. What it
 * publishes meanwhile is in time for the reader's deadline all the same. */
#include "pair_fixture.h"

enum { CAPACITY = 64, NEW_RING = 2 };

/* Longer than the test takes: time passes by moving what was into the past, but not to before the machine's
 * start. */
static int64_t period;
static struct pair pair;
static struct object ring;

static void publish_one(void)
{
    struct plib_sample_info info = {.length = sizeof(uint64_t)};
    struct plib_loan loan;

    CHECK_EQUAL(plib_writer_loan(&pair.writer, info.length, &loan), 0);
    CHECK_EQUAL(plib_writer_commit(&pair.writer, &loan, &info, NULL), 0);
}

static uint64_t missed(int64_t *due)
{
    struct plib_status status;

    *due = reader_status(&pair.reader, PLIB_EVENT_DEADLINE_MISSED, &status);
    return status.total;
}

static void begin(void)
{
    struct plib_qos qos = pair_qos(PLIB_KEEP_LAST, CAPACITY / 2);

    qos.deadline = period;
    pair_init(&pair, qos, CAPACITY);
    pair.match.match = 1;
    pair_tell_writer(&pair);
    pair_tell_reader(&pair);
}

/* As with plibd's successor. */
static void move_writer(void)
{
    writer_mark_stale(&pair.writer);
    reader_mark_stale(&pair.reader);
    ring = pair.ring;
    ring.id = NEW_RING;
    ring.address = shared_memory(ring.size);
    CHECK_EQUAL(writer_add_object(&pair.writer, &ring, 0), 0);
}

static void match_again(void)
{
    pair.reader_side.objects.buckets[NEW_RING % OBJECT_BUCKETS] = &ring;
    pair.match.match = 2;
    pair.match.link = 1;
    pair.match.segments[0] = NEW_RING;
    pair_tell_reader(&pair);
}

static void end(void)
{
    pair_end(&pair);
    (void)munmap(ring.address, ring.size);
}

static void let_time_pass(int64_t time)
{
    pair.reader.deadline.last -= time;
}

/* For three periods, in time, the last just now. */
static void publish_awhile(void)
{
    let_time_pass(3 * period);
    for (uint64_t i = 0; i < 6; i++) {
        uint64_t at = pair.writer.head;

        publish_one();
        pair.writer.descriptors[at % CAPACITY].published -= (int64_t)(5 - i) * (period / 2);
    }
}

static void what_it_cannot_see_yet_is_not_missing(bool look)
{
    int64_t due;

    begin();
    publish_one();
    CHECK_EQUAL(missed(&due), 0);
    move_writer();
    publish_awhile();
    if (look) {
        CHECK_EQUAL(missed(&due), 0);
        CHECK(due > plib_now());
    }
    match_again();
    CHECK_EQUAL(missed(&due), 0);
    end();
}

static void what_does_not_come_is_missing(void)
{
    int64_t due;

    begin();
    publish_one();
    CHECK_EQUAL(missed(&due), 0);
    move_writer();
    match_again();
    let_time_pass(2 * period);
    CHECK(missed(&due) > 0);
    end();
}

int main(void)
{
    period = plib_now() / 8;
    what_it_cannot_see_yet_is_not_missing(true);
    what_it_cannot_see_yet_is_not_missing(false);
    what_does_not_come_is_missing();
    return 0;
}
