/* Whoever takes as many samples as it is told of leaves none, whichever samples it gets: one that is taken before
 * it is counted is counted all the same, also when a filter wanted it. What is unread is what there is to take. */
#include "pair_fixture.h"

enum { CAPACITY = 64 };

static struct pair pair;

static void publish(void)
{
    struct plib_sample_info info = {.length = 1, .source_timestamp = 1};
    struct plib_loan loan;

    CHECK_EQUAL(plib_writer_loan(&pair.writer, info.length, &loan), 0);
    CHECK_EQUAL(plib_writer_commit(&pair.writer, &loan, &info, NULL), 0);
}

static void take(void)
{
    struct plib_sample sample;

    CHECK_EQUAL(plib_reader_take(&pair.reader, &sample), 0);
    plib_reader_release(&pair.reader, &sample);
}

static void each_is_counted_once(void)
{
    publish();
    CHECK_EQUAL(plib_reader_arrivals(&pair.reader), 1);
    publish();
    take();
    take();
    CHECK(reader_has_arrivals(&pair.reader));
    CHECK_EQUAL(plib_reader_arrivals(&pair.reader), 1);
    CHECK(!reader_has_arrivals(&pair.reader));
    publish();
    take();
    publish();
    CHECK_EQUAL(plib_reader_arrivals(&pair.reader), 2);
    take();
    CHECK_EQUAL(plib_reader_arrivals(&pair.reader), 0);
}

static void unread_is_what_there_is(void)
{
    publish();
    take();
    publish();
    CHECK_EQUAL(plib_reader_unread(&pair.reader), 1);
    CHECK_EQUAL(plib_reader_arrivals(&pair.reader), 0);
    take();
    CHECK_EQUAL(plib_reader_arrivals(&pair.reader), 0);
}

static bool want(const void *context, const uint8_t gid[16], const void *data, uint64_t length)
{
    (void)context;
    (void)gid;
    (void)data;
    return length == 1;
}

int main(void)
{
    pair_init(&pair, pair_qos(PLIB_KEEP_ALL, 0), CAPACITY);
    pair_tell_writer(&pair);
    pair_tell_reader(&pair);
    each_is_counted_once();
    unread_is_what_there_is();
    CHECK_EQUAL(plib_reader_set_filter(&pair.reader, want, NULL), 0);
    each_is_counted_once();
    unread_is_what_there_is();
    pair_end(&pair);
    return 0;
}
