/* What another user's writer publishes is given out as a copy, which later writes to the segment do not reach;
 * also when it is empty. */
#include <string.h>

#include "pair_fixture.h"

enum { CAPACITY = 8 };

static struct pair pair;

static uint8_t *publish(uint64_t length)
{
    struct plib_sample_info info = {.length = length, .source_timestamp = 1};
    struct plib_loan loan;
    uint8_t *data;

    CHECK_EQUAL(plib_writer_loan(&pair.writer, length, &loan), 0);
    data = loan.data;
    memset(data, 1, length);
    CHECK_EQUAL(plib_writer_commit(&pair.writer, &loan, &info, NULL), 0);
    return data;
}

static void is_a_copy(uint64_t length)
{
    struct plib_sample sample;
    uint8_t *published = publish(length);
    const uint8_t *copy;

    CHECK_EQUAL(plib_reader_take(&pair.reader, &sample), 0);
    copy = sample.data;
    CHECK(copy != NULL && copy != published);
    CHECK_EQUAL(sample.length, length);
    CHECK_EQUAL((uintptr_t)copy % PLIB_LOAN_ALIGNMENT, 0);
    memset(published, 2, length);
    for (uint64_t i = 0; i < length; i++)
        CHECK_EQUAL(copy[i], 1);
    plib_reader_release(&pair.reader, &sample);
}

int main(void)
{
    pair_init(&pair, pair_qos(PLIB_KEEP_LAST, 1), CAPACITY);
    pair.match.match = 1;
    pair.match.peer_uid = geteuid() + 1;
    pair_tell_writer(&pair);
    pair_tell_reader(&pair);
    is_a_copy(0);
    is_a_copy(1);
    is_a_copy(PLIB_LOAN_ALIGNMENT);
    is_a_copy(1000);
    is_a_copy(0);
    pair_end(&pair);
    return 0;
}
