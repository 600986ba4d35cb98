/* A reader that waits wakes for each sample and a writer that waits wakes for room, whenever the other
 * side looks: between two processes over a KEEP_ALL ring of one sample, and with readers that attach just as the
 * writer goes to sleep. A lost wake-up shows as a wait that runs into its deadline. */
#include <string.h>
#include <sys/wait.h>

#include "futex.h"
#include "pair_fixture.h"

enum { CAPACITY = 1, ROUNDS = 20000 };

static const int64_t duration = INT64_C(1000000000);
static const int64_t patience = INT64_C(5000000000); /* for one wait */

static struct pair pair;
static uint64_t *published; /* 0: not at the end yet; seen by both processes */
static uint64_t acknowledged;
static uint64_t ended;

/* Up to 20 us: wherever the other side is, it is sometimes met there. */
static void dawdle(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    for (uint64_t i = *state >> 33 & 16383; i > 0; i--)
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static int wait_for_sample(void)
{
    struct plib_wait_item item = {.kind = PLIB_WAIT_READER, .object = &pair.reader};

    return plib_wait(&pair.reader_side.participant, &item, 1, plib_now() + patience);
}

static void read_in_child(void)
{
    struct plib_sample sample = {.sequence = 0};
    uint64_t state = 1;

    (void)alarm(50);
    while (sample.sequence == 0 ||
           sample.sequence != __atomic_load_n(published, __ATOMIC_ACQUIRE)) {
        int error = plib_reader_take(&pair.reader, &sample);

        if (error == 0) {
            plib_reader_release(&pair.reader, &sample);
            dawdle(&state);
        } else if (error == -EAGAIN) {
            CHECK_EQUAL(wait_for_sample(), 0);
        } else {
            CHECK_EQUAL(error, 0);
        }
    }
    exit(0);
}

static uint64_t publish_one(void)
{
    struct plib_sample_info info = {.length = 8, .source_timestamp = 1};
    struct plib_loan loan;
    uint64_t sequence;
    int error;

    while ((error = plib_writer_loan(&pair.writer, info.length, &loan)) == -EAGAIN)
        CHECK_EQUAL(plib_writer_wait_space(&pair.writer, plib_now() + patience), 0);
    CHECK_EQUAL(error, 0);
    CHECK_EQUAL(plib_writer_commit(&pair.writer, &loan, &info, &sequence), 0);
    return sequence;
}

static void both_sides_sleep_and_wake(void)
{
    int64_t end = plib_now() + duration;
    uint64_t sequence = 0;
    uint64_t state = 2;
    int status;
    pid_t child;

    pair.match.match = 1;
    pair_tell_writer(&pair);
    pair_tell_reader(&pair);
    child = fork();
    CHECK(child >= 0);
    if (child == 0)
        read_in_child();
    while (plib_now() < end) {
        dawdle(&state);
        sequence = publish_one();
    }
    /* The last one is published when the reader can know that it is. */
    __atomic_store_n(published, sequence + 1, __ATOMIC_RELEASE);
    (void)publish_one();
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    (void)printf("%llu samples\n", (unsigned long long)sequence + 1);
}

static void await(const uint64_t *word, uint64_t round)
{
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) < round)
        (void)sched_yield();
}

/* Attaches to one match after the other, and takes its sample. */
static void *attach_and_take(void *unused)
{
    uint64_t state = 3;

    (void)unused;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        struct plib_sample sample;

        await(published, round);
        dawdle(&state);
        pair_tell_reader(&pair);
        CHECK_EQUAL(plib_reader_take(&pair.reader, &sample), 0);
        plib_reader_release(&pair.reader, &sample);
        await(&acknowledged, round);
        reader_end_match(&pair.reader, round);
        reader_reap(&pair.reader);
        __atomic_store_n(&ended, round, __ATOMIC_RELEASE);
    }
    return NULL;
}

/* The writer waits until all is taken by a reader that has not attached yet. */
static void attaching_ends_a_wait(void)
{
    pthread_t reader;

    __atomic_store_n(published, 0, __ATOMIC_RELEASE);
    CHECK_EQUAL(pthread_create(&reader, NULL, attach_and_take, NULL), 0);
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        pair.match.match = round;
        pair_tell_writer(&pair);
        (void)publish_one();
        __atomic_store_n(published, round, __ATOMIC_RELEASE);
        CHECK_EQUAL(plib_writer_wait_taken(&pair.writer, plib_now() + patience), 0);
        writer_end_match(&pair.writer, round);
        __atomic_store_n(&acknowledged, round, __ATOMIC_RELEASE);
        await(&ended, round);
    }
    CHECK_EQUAL(pthread_join(reader, NULL), 0);
}

int main(void)
{
    if ((plib_system_features() & PLIB_FEATURE_FUTEX_WAITV) == 0) {
        (void)printf("no futex_waitv here\n");
        return 77;
    }
    (void)alarm(50);
    published = shared_memory(sizeof(*published));
    pair_init(&pair, pair_qos(PLIB_KEEP_ALL, 0), CAPACITY);
    both_sides_sleep_and_wake();
    pair_end(&pair);
    pair_init(&pair, pair_qos(PLIB_KEEP_ALL, 0), CAPACITY);
    attaching_ends_a_wait();
    pair_end(&pair);
    return 0;
}
