/* A reader with a filter judges each sample once, in order, before it tells of it; takes what it wants,
 * also when the writer laps it; lets the writer reuse the rest at once; and its counts add up. */
#include <string.h>

#include "pair_fixture.h"

enum { CAPACITY = 64, OFTEN = 1000 };

static struct pair pair;
static uint64_t judged;
static uint64_t last_judged;

/* Wants multiples of three, or of what `context` says. */
static bool wants(const void *context, const uint8_t gid[16], const void *data, uint64_t length)
{
    uint64_t number;

    (void)gid;
    CHECK_EQUAL(length, sizeof(number));
    memcpy(&number, data, sizeof(number));
    CHECK(number > last_judged);
    last_judged = number;
    judged++;
    return number % *(const uint64_t *)context == 0;
}

static void publish(uint64_t first, uint64_t last)
{
    for (uint64_t number = first; number <= last; number++) {
        struct plib_sample_info info = {.length = sizeof(number), .source_timestamp = 1};
        struct plib_loan loan;

        CHECK_EQUAL(plib_writer_loan(&pair.writer, sizeof(number), &loan), 0);
        memcpy(loan.data, &number, sizeof(number));
        CHECK_EQUAL(plib_writer_commit(&pair.writer, &loan, &info, NULL), 0);
    }
}

/* The next sample's number; 0: there is none. */
static uint64_t take(void)
{
    struct plib_sample sample;
    uint64_t number;
    int error = plib_reader_take(&pair.reader, &sample);

    if (error == -EAGAIN)
        return 0;
    CHECK_EQUAL(error, 0);
    memcpy(&number, sample.data, sizeof(number));
    CHECK_EQUAL(sample.sequence, number);
    plib_reader_release(&pair.reader, &sample);
    return number;
}

static void check_counts(uint64_t published)
{
    struct plib_reader_counts counts;

    plib_reader_counts(&pair.reader, &counts);
    CHECK_EQUAL(counts.taken + counts.lost + counts.expired + counts.filtered + counts.queued,
                published);
}

static void begin(uint32_t history, uint32_t depth, const uint64_t *divisor)
{
    memset(&pair, 0, sizeof(pair));
    judged = 0;
    last_judged = 0;
    pair_init(&pair, pair_qos(history, depth), CAPACITY);
    pair.match.match = 1;
    pair_tell_writer(&pair);
    pair_tell_reader(&pair);
    CHECK_EQUAL(plib_reader_set_filter(&pair.reader, wants, divisor), 0);
}

static void keeps_all_that_is_wanted(void)
{
    const uint64_t three = 3;
    const uint64_t five = 5;

    begin(PLIB_KEEP_ALL, 0, &three);
    publish(1, 2);
    CHECK(!plib_reader_ready(&pair.reader));
    CHECK_EQUAL(plib_reader_arrivals(&pair.reader), 0);
    publish(3, 10);
    CHECK(plib_reader_ready(&pair.reader));
    CHECK_EQUAL(plib_reader_arrivals(&pair.reader), 3);
    CHECK_EQUAL(plib_reader_arrivals(&pair.reader), 0);
    CHECK_EQUAL(plib_reader_unread(&pair.reader), 3);
    CHECK_EQUAL(judged, 10);
    check_counts(10);
    CHECK_EQUAL(take(), 3);
    CHECK_EQUAL(take(), 6);
    /* What was wanted before stays; what comes is judged anew. */
    CHECK_EQUAL(plib_reader_set_filter(&pair.reader, wants, &five), 0);
    publish(11, 15);
    CHECK_EQUAL(take(), 9);
    CHECK_EQUAL(take(), 15);
    CHECK_EQUAL(take(), 0);
    CHECK_EQUAL(plib_reader_set_filter(&pair.reader, NULL, NULL), 0);
    publish(16, 17);
    CHECK_EQUAL(take(), 16);
    CHECK_EQUAL(take(), 17);
    CHECK_EQUAL(judged, 15);
    check_counts(17);
    pair_end(&pair);
}

/* A KEEP_ALL writer is held up by what is wanted only: the ring is lapped many times. */
static void holds_no_writer_up(void)
{
    const uint64_t many = UINT64_C(32) * OFTEN;

    begin(PLIB_KEEP_ALL, 0, &many);
    for (uint64_t i = 0; i < OFTEN; i++) {
        publish(i * 32 + 1, (i + 1) * 32);
        (void)plib_reader_ready(&pair.reader);
    }
    CHECK_EQUAL(take(), many);
    check_counts(UINT64_C(32) * OFTEN);
    pair_end(&pair);
}

/* KEEP_LAST counts what is wanted; what was overwritten before it was judged is lost. */
static void keeps_the_last_that_are_wanted(void)
{
    const uint64_t three = 3;

    begin(PLIB_KEEP_LAST, 2, &three);
    publish(1, 32);
    check_counts(32);
    CHECK_EQUAL(take(), 27);
    CHECK_EQUAL(take(), 30);
    CHECK_EQUAL(take(), 0);
    publish(33, 32 + 3 * CAPACITY);
    check_counts(32 + 3 * CAPACITY);
    CHECK(take() > 32 + 3 * CAPACITY - 9);
    check_counts(32 + 3 * CAPACITY);
    pair_end(&pair);
}

int main(void)
{
    keeps_all_that_is_wanted();
    holds_no_writer_up();
    keeps_the_last_that_are_wanted();
    return 0;
}
