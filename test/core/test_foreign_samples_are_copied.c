/* What another user's writer publishes is given out as a copy, which later writes to the segment do not reach;
 * also when it is empty. No take gets memory for it: one that lacks some leaves the sample where it is, and when
 * there is no memory, it is lost and counted. */
#include <string.h>

#include "pair_fixture.h"

enum { CAPACITY = 8 };

static struct pair pair;

/* Sanitizers are to refuse as malloc does, instead of ending the program. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

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

    if (plib_reader_take(&pair.reader, &sample) == -ENOBUFS) {
        CHECK_EQUAL(plib_reader_reserve(&pair.reader), 0);
        CHECK_EQUAL(plib_reader_take(&pair.reader, &sample), 0);
    }
    copy = sample.data;
    CHECK(copy != NULL && copy != published);
    CHECK_EQUAL(sample.length, length);
    CHECK_EQUAL((uintptr_t)copy % PLIB_LOAN_ALIGNMENT, 0);
    memset(published, 2, length);
    for (uint64_t i = 0; i < length; i++)
        CHECK_EQUAL(copy[i], 1);
    plib_reader_release(&pair.reader, &sample);
}

static void no_take_gets_memory(bool refused)
{
    struct private_copy *copy = &pair.reader.links[0]->copies[0];
    const uint8_t *data = copy->data;
    uint64_t length = copy->size + 1;
    struct plib_sample sample;

    (void)publish(length);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(plib_reader_take(&pair.reader, &sample), -ENOBUFS);
    CHECK(copy->data == data && copy->size < length);
    CHECK(plib_reader_ready(&pair.reader));
    if (refused) {
        copy->wanted = UINT64_MAX - PLIB_LOAN_ALIGNMENT + 1;
        CHECK_EQUAL(plib_reader_reserve(&pair.reader), -ENOMEM);
        CHECK_EQUAL(plib_reader_take(&pair.reader, &sample), -EAGAIN);
        is_a_copy(1);
        CHECK_EQUAL(pair.reader.counts.lost, 1);
        return;
    }
    CHECK_EQUAL(plib_reader_reserve(&pair.reader), 0);
    CHECK_EQUAL(plib_reader_take(&pair.reader, &sample), 0);
    CHECK_EQUAL(sample.length, length);
    CHECK_EQUAL(sample.lost, 0);
    plib_reader_release(&pair.reader, &sample);
}

/* What is held stays where it is; another hold gets memory of its own. */
static void held_ones_stay(void)
{
    struct plib_sample first;
    struct plib_sample second;
    const uint8_t *data;

    (void)publish(10);
    CHECK_EQUAL(plib_reader_take(&pair.reader, &first), 0);
    data = first.data;
    (void)publish(10);
    CHECK_EQUAL(plib_reader_take(&pair.reader, &second), -ENOBUFS);
    CHECK_EQUAL(plib_reader_reserve(&pair.reader), 0);
    CHECK_EQUAL(plib_reader_take(&pair.reader, &second), 0);
    CHECK(second.data != data && first.data == data && data[0] == 1);
    plib_reader_release(&pair.reader, &first);
    plib_reader_release(&pair.reader, &second);
}

static bool wants_all(const void *context, const uint8_t gid[PLIB_GID_SIZE], const void *data,
                      uint64_t length)
{
    (void)context;
    (void)gid;
    (void)data;
    (void)length;
    return true;
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
    no_take_gets_memory(false);
    no_take_gets_memory(true);
    held_ones_stay();
    CHECK_EQUAL(plib_reader_set_filter(&pair.reader, wants_all, NULL), 0);
    pair.reader.counts.lost = 0;
    no_take_gets_memory(false);
    no_take_gets_memory(true);
    pair_end(&pair);
    return 0;
}
