/* Whatever a writer puts into its ring, its reader takes only samples that lie inside the segment,
 * ends every call, and goes on with the next good sample. */
#include <errno.h>

#include "check.h"
#include "ring_fixture.h"

static int take(struct reader_link *link, struct ring_sample *sample)
{
    int error = foreign_ring_take(link, UINT32_MAX, 0, sample);

    record.hold[0] = 0;
    return error;
}

static void honest_samples_arrive(struct reader_link *link)
{
    struct ring_sample sample;

    reset(link);
    CHECK_EQUAL(take(link, &sample), -EAGAIN);
    put(0, CONTROL, 5);
    CHECK_EQUAL(take(link, &sample), 0);
    CHECK(sample.data == segment + CONTROL && sample.length == 5 && sample.position == 0);
    CHECK_EQUAL(record.cursor, 1);
    CHECK_EQUAL(take(link, &sample), -EAGAIN);
}

static void bad_place_is_skipped(struct reader_link *link, uint64_t chunk, uint64_t length)
{
    struct ring_sample sample;

    reset(link);
    put(0, CONTROL, 8);
    descriptor(0)->chunk = chunk;
    descriptor(0)->length = length;
    put(1, CONTROL + 64, 9);
    CHECK_EQUAL(take(link, &sample), -EBADMSG);
    CHECK_EQUAL(link->lost, 1);
    CHECK_EQUAL(take(link, &sample), 0);
    CHECK_EQUAL(sample.length, 9);
}

static void wild_heads_are_survived(struct reader_link *link)
{
    static const uint64_t heads[] = {
        1, CAPACITY, CAPACITY + 1, UINT64_MAX / 2, UINT64_MAX - 1, UINT64_MAX};
    struct ring_sample sample;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        reset(link);
        ring()->head = heads[i];
        ring()->tail = heads[i] - 1;
        CHECK(foreign_ring_available(link) <= CAPACITY);
        for (int k = 0; k < 10; k++) {
            int error = take(link, &sample);

            CHECK(error == -EBADMSG || error == -EAGAIN);
        }
        /* The head runs backwards: nothing is there, and nothing is taken twice. */
        ring()->head = 0;
        CHECK_EQUAL(foreign_ring_available(link), 0);
        CHECK_EQUAL(take(link, &sample), -EAGAIN);
    }
}

static void unknown_segment_waits_for_news(struct reader_link *link)
{
    struct ring_sample sample;

    reset(link);
    put(0, CONTROL, 8);
    descriptor(0)->chunk = chunk_make(3, 0);
    CHECK_EQUAL(take(link, &sample), -ESTALE);
    CHECK_EQUAL(record.cursor, 0);
}

static void overwritten_samples_are_counted(struct reader_link *link)
{
    struct ring_sample sample;

    reset(link);
    for (uint64_t at = 0; at < 20; at++)
        put(at, CONTROL + at * 64, at);
    CHECK_EQUAL(take(link, &sample), 0);
    CHECK_EQUAL(sample.position, 20 - CAPACITY);
    CHECK_EQUAL(link->lost, 20 - CAPACITY);
    /* A reader that keeps the last two sees just those. */
    CHECK_EQUAL(foreign_ring_take(link, 2, 0, &sample), 0);
    CHECK_EQUAL(sample.position, 18);
}

int main(void)
{
    struct reader_link link;

    honest_samples_arrive(&link);
    bad_place_is_skipped(&link, chunk_make(0, 0), 8);            /* the writer's ring itself */
    bad_place_is_skipped(&link, chunk_make(0, CONTROL - 64), 8); /* its last descriptors */
    bad_place_is_skipped(&link, chunk_make(0, CONTROL + 1), 8);  /* not aligned */
    bad_place_is_skipped(&link, chunk_make(0, SIZE), 1);         /* behind the end */
    bad_place_is_skipped(&link, chunk_make(0, SIZE - 64), 65);   /* over the end */
    bad_place_is_skipped(&link, chunk_make(0, CONTROL), UINT64_MAX);
    bad_place_is_skipped(&link, chunk_make(0, (UINT64_C(1) << 48) - 64), 64);
    bad_place_is_skipped(&link, chunk_make(PLIB_SEGMENTS_MAX, 0), 8);
    bad_place_is_skipped(&link, UINT64_MAX, 8);
    wild_heads_are_survived(&link);
    unknown_segment_waits_for_news(&link);
    overwritten_samples_are_counted(&link);
    return 0;
}
