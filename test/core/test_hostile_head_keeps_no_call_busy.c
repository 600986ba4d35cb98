/* A writer that takes its head back while a filter judges its samples keeps no call from ending. */
#include "pair_fixture.h"

enum { CAPACITY = 1024, PUBLISHED = 2 * PLIB_SIFT_SAMPLES };

static struct pair pair;
static bool is_hostile;

/* It happens at this moment, as it could in the writer's process. */
static bool wants(const void *context, const uint8_t gid[16], const void *data, uint64_t length)
{
    (void)context;
    (void)gid;
    (void)data;
    (void)length;
    if (is_hostile)
        store64(&pair.writer.ring->head, 0);
    return false;
}

static void publish_one(void)
{
    struct plib_sample_info info = {.length = 1, .source_timestamp = 1};
    struct plib_loan loan;

    CHECK_EQUAL(plib_writer_loan(&pair.writer, info.length, &loan), 0);
    CHECK_EQUAL(plib_writer_commit(&pair.writer, &loan, &info, NULL), 0);
}

int main(void)
{
    (void)alarm(20);
    pair_init(&pair, pair_qos(PLIB_KEEP_ALL, 0), CAPACITY);
    pair.match.match = 1;
    pair_tell_writer(&pair);
    pair_tell_reader(&pair);
    CHECK_EQUAL(plib_reader_set_filter(&pair.reader, wants, NULL), 0);
    for (int i = 0; i < PUBLISHED; i++)
        publish_one();
    is_hostile = true;
    /* What came before is judged by the filter of before, in more than one round. */
    CHECK_EQUAL(plib_reader_set_filter(&pair.reader, NULL, NULL), 0);
    CHECK(!plib_reader_ready(&pair.reader));
    pair_end(&pair);
    return 0;
}
