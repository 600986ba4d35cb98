/* While plibd's news have not been read, a reader may have attached whose holds the writer does not know:
 * no chunk that was published is reused until they have been read, however old its sample is. */
#include "pair_fixture.h"

/* Large enough that room is made for each sample. */
enum { SIZE = 2048 };

static struct pair pair;

static const void *publish_one(void)
{
    struct plib_sample_info info = {.length = SIZE, .source_timestamp = 1};
    struct plib_loan loan;
    const void *data;

    CHECK_EQUAL(plib_writer_loan(&pair.writer, info.length, &loan), 0);
    data = loan.data;
    CHECK_EQUAL(plib_writer_commit(&pair.writer, &loan, &info, NULL), 0);
    return data;
}

/* True when a loan finds the chunk. */
static bool is_free(const void *data)
{
    struct plib_loan loans[4];
    bool found = false;

    for (int i = 0; i < 4; i++) {
        CHECK_EQUAL(plib_writer_loan(&pair.writer, SIZE, &loans[i]), 0);
        found = found || loans[i].data == data;
    }
    for (int i = 0; i < 4; i++)
        plib_writer_discard(&pair.writer, &loans[i]);
    return found;
}

int main(void)
{
    struct plib_mailbox *mailbox;
    struct plib_sample sample;
    const void *first;

    pair_init(&pair, pair_qos(PLIB_KEEP_LAST, 1), 8);
    pair.match.match = 1;
    mailbox = (struct plib_mailbox *)(uintptr_t)pair.writer_side.words.mailbox;
    /* plibd tells the writer, which does not look yet, and then the reader. */
    store32_release(&mailbox->control_epoch, 1);
    pair_tell_reader(&pair);
    first = publish_one();
    CHECK_EQUAL(plib_reader_take(&pair.reader, &sample), 0);
    CHECK(sample.data == first);
    for (int i = 0; i < 4; i++)
        CHECK(publish_one() != first);
    /* Now the writer reads the news. */
    pair_tell_writer(&pair);
    store32_release(&pair.writer_side.participant.seen_control, 1);
    for (int i = 0; i < 4; i++)
        CHECK(publish_one() != first);
    CHECK(!is_free(first));
    plib_reader_release(&pair.reader, &sample);
    CHECK(is_free(first));
    pair_end(&pair);
    return 0;
}
