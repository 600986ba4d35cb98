/* A loan that was committed before is refused, however often, and costs no memory. */
#include "pair_fixture.h"

enum { SIZE = 2048, CHUNKS = PAIR_PAYLOAD / SIZE, CAPACITY = CHUNKS };

static struct pair pair;

int main(void)
{
    struct plib_sample_info info = {.length = SIZE, .source_timestamp = 1};
    struct plib_loan loan;
    struct plib_loan loans[CHUNKS / 2];

    pair_init(&pair, pair_qos(PLIB_KEEP_LAST, 1), CAPACITY);
    CHECK_EQUAL(plib_writer_loan(&pair.writer, SIZE, &loan), 0);
    CHECK_EQUAL(plib_writer_commit(&pair.writer, &loan, &info, NULL), 0);
    for (int i = 0; i < CHUNKS; i++)
        CHECK_EQUAL(plib_writer_commit(&pair.writer, &loan, &info, NULL), -EINVAL);
    for (int i = 0; i < CHUNKS / 2; i++)
        CHECK_EQUAL(plib_writer_loan(&pair.writer, SIZE, &loans[i]), 0);
    for (int i = 0; i < CHUNKS / 2; i++)
        plib_writer_discard(&pair.writer, &loans[i]);
    pair_end(&pair);
    return 0;
}
