/* A sample in a segment that the reader does not have waits for plibd's news, and whoever is called for each arrival
 * is called again. When there are no news it is skipped as nonsense: plibd sends a segment to the readers before it
 * tells the writer. A hostile writer would otherwise end its readers' waits for ever, with nothing to take. */
#include "check.h"
#include "chunks.h"
#include "pair_fixture.h"

static struct pair pair;

static void publish_in_segment(uint32_t segment)
{
    const struct plib_sample_info info = {.length = 8};
    struct plib_loan loan;
    uint64_t position = pair.writer.head;

    CHECK_EQUAL(plib_writer_loan(&pair.writer, 8, &loan), 0);
    CHECK_EQUAL(plib_writer_commit(&pair.writer, &loan, &info, NULL), 0);
    if (segment != 0)
        pair.writer.descriptors[position].chunk = chunk_make(segment, 64);
}

static void set_epoch(uint32_t value)
{
    *(uint32_t *)(uintptr_t)&pair.reader_side.words.mailbox->control_epoch = value;
}

static void take_around_a_lie(void)
{
    struct plib_reader_counts counts;
    struct plib_sample sample;

    publish_in_segment(5);
    publish_in_segment(0);
    /* News may bring it. */
    set_epoch(1);
    CHECK_EQUAL(plib_reader_arrivals(&pair.reader), 2);
    CHECK_EQUAL(plib_reader_take(&pair.reader, &sample), -ESTALE);
    CHECK_EQUAL(plib_reader_arrivals(&pair.reader), 1);
    CHECK_EQUAL(plib_reader_take(&pair.reader, &sample), -ESTALE);
    CHECK(plib_reader_ready(&pair.reader));
    /* They have been read, and it was not there. */
    pair.reader_side.participant.seen_control = 1;
    CHECK_EQUAL(plib_reader_take(&pair.reader, &sample), -EAGAIN);
    CHECK_EQUAL(plib_reader_take(&pair.reader, &sample), 0);
    CHECK_EQUAL(sample.sequence, pair.writer.head);
    plib_reader_release(&pair.reader, &sample);
    CHECK(!plib_reader_ready(&pair.reader));
    plib_reader_counts(&pair.reader, &counts);
    CHECK_EQUAL(counts.lost, 1);
    CHECK_EQUAL(counts.taken, 1);
}

static bool want_all(const void *context, const uint8_t writer_gid[16], const void *data,
                     uint64_t length)
{
    (void)context;
    (void)writer_gid;
    (void)data;
    (void)length;
    return true;
}

static void sift_around_a_lie(void)
{
    struct plib_sample sample;

    CHECK_EQUAL(plib_reader_set_filter(&pair.reader, want_all, NULL), 0);
    publish_in_segment(5);
    publish_in_segment(0);
    CHECK_EQUAL(plib_reader_take(&pair.reader, &sample), 0);
    CHECK_EQUAL(sample.sequence, pair.writer.head);
    plib_reader_release(&pair.reader, &sample);
    CHECK(!plib_reader_ready(&pair.reader));
}

int main(void)
{
    pair_init(&pair, pair_qos(PLIB_KEEP_LAST, 100), PLIB_RING_MIN);
    pair_tell_writer(&pair);
    pair_tell_reader(&pair);
    take_around_a_lie();
    sift_around_a_lie();
    return 0;
}
