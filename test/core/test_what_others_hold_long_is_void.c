/* A reader of another user that holds many large samples keeps the newest 64 MiB of them. Of the others it can tell
 * that their memory may have been used again: a copy that it made of them is lost, not given out. */
#include "foreign_ring.h"
#include "pair_fixture.h"

enum { CAPACITY = 16, MORE = 2, SAMPLES = 40 };

static const uint64_t size = UINT64_C(16) << 20;
static const uint64_t memory = UINT64_C(256) << 20; /* hardly any of which is touched */

static struct pair pair;
static struct object more = {.id = MORE};

static void publish(uint8_t first)
{
    struct plib_sample_info info = {.length = size, .source_timestamp = 1};
    struct plib_loan loan;

    CHECK_EQUAL(plib_writer_loan(&pair.writer, size, &loan), 0);
    *(uint8_t *)loan.data = first;
    CHECK_EQUAL(plib_writer_commit(&pair.writer, &loan, &info, NULL), 0);
}

static void newest_holds_keep_their_samples(void)
{
    const struct reader_link *link = pair.reader.links[0];
    struct ring_sample samples[PLIB_HOLDS_MAX];
    uint32_t whole = 0;

    for (uint32_t i = 0; i < PLIB_HOLDS_MAX; i++) {
        publish((uint8_t)(i + 1));
        CHECK_EQUAL(foreign_ring_hold(link, i, i, &samples[i]), 0);
    }
    for (uint32_t i = PLIB_HOLDS_MAX; i < SAMPLES; i++)
        publish(UINT8_MAX);
    for (uint32_t i = 0; i < PLIB_HOLDS_MAX; i++) {
        if (foreign_ring_is_void(link, samples[i].position))
            continue;
        CHECK_EQUAL(samples[i].data[0], i + 1);
        whole++;
    }
    CHECK_EQUAL(whole, 4);
    CHECK(!foreign_ring_is_void(link, samples[PLIB_HOLDS_MAX - 1].position));
    CHECK(pair.writer.chunks.segments[1].used <= 8 * size);
    for (uint32_t i = 0; i < PLIB_HOLDS_MAX; i++)
        link->record->hold[i] = 0;
}

static void a_void_copy_is_lost(void)
{
    struct plib_reader *reader = &pair.reader;
    struct plib_sample sample;
    uint64_t lost;

    publish(1);
    CHECK_EQUAL(plib_reader_take(reader, &sample), -ENOBUFS);
    CHECK_EQUAL(plib_reader_reserve(reader), 0);
    CHECK_EQUAL(plib_reader_take(reader, &sample), 0);
    plib_reader_release(reader, &sample);

    publish(1);
    lost = reader->counts.lost;
    /* As if it happened while the sample is copied. */
    pair.writer.ring->void_before = pair.writer.head;
    CHECK_EQUAL(plib_reader_take(reader, &sample), -EAGAIN);
    CHECK_EQUAL(reader->counts.lost, lost + 1);
    CHECK_EQUAL(reader->links[0]->record->hold[0], 0);

    publish(1);
    CHECK_EQUAL(plib_reader_take(reader, &sample), 0);
    CHECK_EQUAL(sample.lost, 1);
    plib_reader_release(reader, &sample);
}

int main(void)
{
    pair_init(&pair, pair_qos(PLIB_KEEP_LAST, 1), CAPACITY);
    more.size = memory;
    more.address = shared_memory(memory);
    CHECK_EQUAL(writer_add_object(&pair.writer, &more, 1), 0);
    writer_end_reservation(&pair.writer, 0);
    pair.match.peer_uid = geteuid() + 1;
    pair_tell_writer(&pair);
    pair_tell_reader(&pair);
    CHECK_EQUAL(reader_add_segment(&pair.reader, pair.match.match, 1, &more), 0);
    pair.reader.links[0]->foreign = false; /* its holds are taken here without memory for copies */
    newest_holds_keep_their_samples();
    pair.reader.links[0]->foreign = true;
    a_void_copy_is_lost();
    pair_end(&pair);
    (void)munmap(more.address, memory);
    return 0;
}
