/* A sample is received when a reliable reader has attached to the memory in which it lies, taken or not. */
#include "pair_fixture.h"

enum { CAPACITY = 16 };

static const int64_t moment = INT64_C(20000000);
static const int64_t patience = INT64_C(20000000000);

static struct pair pair;

static void publish_one(void)
{
    struct plib_sample_info info = {.length = sizeof(uint64_t)};
    struct plib_loan loan;

    CHECK_EQUAL(plib_writer_loan(&pair.writer, info.length, &loan), 0);
    CHECK_EQUAL(plib_writer_commit(&pair.writer, &loan, &info, NULL), 0);
}

static int wait_received(void)
{
    return plib_writer_wait_received(&pair.writer, plib_now() + moment);
}

static void begin(uint32_t reader_reliability)
{
    pair_init(&pair, pair_qos(PLIB_KEEP_LAST, CAPACITY / 2), CAPACITY);
    pair.match.match = 1;
    pair.match.peer_qos.reliability = reader_reliability;
    pair_tell_writer(&pair);
}

static void an_attached_reader_receives_before_it_takes(void)
{
    begin(PLIB_RELIABLE);
    CHECK_EQUAL(wait_received(), 0);
    publish_one();
    CHECK_EQUAL(wait_received(), -ETIMEDOUT);
    pair_tell_reader(&pair);
    CHECK_EQUAL(wait_received(), 0);
    publish_one();
    CHECK_EQUAL(wait_received(), 0);
    CHECK_EQUAL(plib_writer_wait_taken(&pair.writer, plib_now() + moment), -ETIMEDOUT);
    pair_end(&pair);
}

static void a_best_effort_reader_is_not_waited_for(void)
{
    begin(PLIB_BEST_EFFORT);
    publish_one();
    CHECK_EQUAL(wait_received(), 0);
    pair_end(&pair);
}

static void *attach_later(void *unused)
{
    (void)unused;
    (void)usleep(10000);
    pair_tell_reader(&pair);
    return NULL;
}

static void attaching_ends_the_wait(void)
{
    pthread_t reader;

    begin(PLIB_RELIABLE);
    publish_one();
    CHECK_EQUAL(pthread_create(&reader, NULL, attach_later, NULL), 0);
    CHECK_EQUAL(plib_writer_wait_received(&pair.writer, plib_now() + patience), 0);
    CHECK_EQUAL(pthread_join(reader, NULL), 0);
    pair_end(&pair);
}

/* After a restart of plibd the writer has another ring, which its readers have yet to be matched with. */
static void a_moved_writer_waits_for_what_it_published_since(void)
{
    struct object ring;

    begin(PLIB_RELIABLE);
    pair_tell_reader(&pair);
    publish_one();
    ring = pair.ring;
    ring.address = shared_memory(ring.size);
    CHECK_EQUAL(writer_add_object(&pair.writer, &ring, 0), 0);
    CHECK_EQUAL(wait_received(), 0);
    publish_one();
    CHECK_EQUAL(wait_received(), -ETIMEDOUT);
    pair_end(&pair);
}

int main(void)
{
    if ((plib_system_features() & PLIB_FEATURE_FUTEX_WAITV) == 0) {
        (void)printf("no futex_waitv here\n");
        return 77;
    }
    (void)alarm(50);
    an_attached_reader_receives_before_it_takes();
    a_best_effort_reader_is_not_waited_for();
    attaching_ends_the_wait();
    a_moved_writer_waits_for_what_it_published_since();
    return 0;
}
