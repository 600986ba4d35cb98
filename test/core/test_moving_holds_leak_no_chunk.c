/* A reader that moves its holds while the writer looks at them keeps no chunk from being used again: the writer
 * goes on for many times as many samples as its memory holds. */
#include "pair_fixture.h"

/* Large enough that room is made for each sample. In the second ring there is place for more than in memory. */
enum {
    SIZE = 2048,
    FEW = 8,
    MANY = 1024,
    LINKS = 4,
    HOLDS = LINKS * PLIB_HOLDS_MAX,
    SAMPLES = 300000
};

static struct pair pair;
static pthread_barrier_t begun;
static bool over;

static uint64_t *hold_at(uint32_t index)
{
    struct plib_link *links =
        (struct plib_link *)(void *)(pair.reader_side.page.address + PLIB_PEER_LINKS);

    return &links[index / PLIB_HOLDS_MAX].hold[index % PLIB_HOLDS_MAX];
}

/* All holds but one stay at the first samples. That one is always at what was retired last: where it was when the
 * writer looked which parked chunks are held, and elsewhere when it looks which of the samples are. */
static void *move_holds(void *unused)
{
    for (uint32_t i = 0; i < HOLDS - 1; i++)
        store64(hold_at(i), i + 1);
    (void)pthread_barrier_wait(&begun);
    while (!__atomic_load_n(&over, __ATOMIC_RELAXED))
        store64(hold_at(HOLDS - 1), load64(&pair.writer.ring->tail));
    return unused;
}

/* All move, to whatever is retired next. */
static void *run_ahead(void *unused)
{
    (void)pthread_barrier_wait(&begun);
    while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
        for (uint32_t i = 0; i < HOLDS; i++)
            store64(hold_at(i), load64(&pair.writer.ring->tail) + 1 + i);
    }
    return unused;
}

static void publish_one(void)
{
    struct plib_sample_info info = {.length = SIZE, .source_timestamp = 1};
    struct plib_loan loan;

    CHECK_EQUAL(plib_writer_loan(&pair.writer, info.length, &loan), 0);
    CHECK_EQUAL(plib_writer_commit(&pair.writer, &loan, &info, NULL), 0);
}

static void go_on(struct plib_qos qos, uint32_t capacity, void *(*move)(void *))
{
    pthread_t hostile;

    pair_init(&pair, qos, capacity);
    /* As when plibd gives no more: what readers may lose makes room. */
    pair.writer.is_short = true;
    for (uint32_t i = 0; i < LINKS; i++) {
        pair.match.match = i + 1;
        pair.match.link = i;
        pair.match.start = i;
        pair_tell_writer(&pair);
        pair_tell_reader(&pair);
    }
    CHECK_EQUAL(pair.writer.link_count, LINKS);
    __atomic_store_n(&over, false, __ATOMIC_RELAXED);
    CHECK_EQUAL(pthread_barrier_init(&begun, NULL, 2), 0);
    CHECK_EQUAL(pthread_create(&hostile, NULL, move, NULL), 0);
    (void)pthread_barrier_wait(&begun);
    for (int i = 0; i < SAMPLES; i++)
        publish_one();
    __atomic_store_n(&over, true, __ATOMIC_RELAXED);
    CHECK_EQUAL(pthread_join(hostile, NULL), 0);
    pair_end(&pair);
}

int main(void)
{
    go_on(pair_qos(PLIB_KEEP_LAST, 1), FEW, move_holds);
    go_on(pair_qos(PLIB_KEEP_LAST, 1), FEW, run_ahead);
    go_on(pair_qos(PLIB_KEEP_LAST, MANY), MANY, move_holds);
    go_on(pair_qos(PLIB_KEEP_LAST, MANY), MANY, run_ahead);
    return 0;
}
