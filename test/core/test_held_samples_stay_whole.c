/* A taken sample is whole and stays so until it is released, in order and each once, while another
 * process publishes as fast as it can over a ring that it laps all the time: the litmus test of publish,
 * take, hold, cursor and retire. KEEP_ALL loses nothing; KEEP_LAST counts what it loses. */
#include <string.h>
#include <sys/wait.h>

#include "pair_fixture.h"

enum { CAPACITY = 8, WORDS_MAX = 64, THREADS_MAX = 2, HOLDS = PLIB_HOLDS_MAX / THREADS_MAX };

static const int64_t duration = INT64_C(1000000000);

/* What both processes see beside the pair. */
struct results {
    uint64_t published; /* 0: not at the end yet */
    uint64_t taken;
    uint64_t lost;
};

static struct pair pair;
static struct results *results;

static uint64_t word_of(uint64_t sequence, uint64_t index)
{
    return sequence * UINT64_C(0x9e3779b97f4a7c15) + index;
}

static uint64_t length_of(uint64_t sequence)
{
    return (1 + word_of(sequence, 0) % WORDS_MAX) * sizeof(uint64_t);
}

static void check_sample(const struct plib_sample *sample, const char *when)
{
    const uint64_t *words = sample->data;

    CHECK_EQUAL(sample->length, length_of(sample->sequence));
    for (uint64_t i = 0; i < sample->length / sizeof(*words); i++) {
        if (words[i] != word_of(sample->sequence, i)) {
            (void)fprintf(stderr, "sample %llu is damaged at word %llu when it is %s\n",
                          (unsigned long long)sample->sequence, (unsigned long long)i, when);
            exit(1);
        }
    }
}

static bool all_is_taken(void)
{
    uint64_t published = __atomic_load_n(&results->published, __ATOMIC_ACQUIRE);

    return published != 0 && !plib_reader_ready(&pair.reader);
}

/* Takes into a few places in turn, so that samples are held for different times. */
static void *read_samples(void *unused)
{
    struct plib_sample samples[HOLDS] = {{.link = NULL}};
    uint64_t sequence = 0;
    uint64_t turn = 0;

    (void)unused;
    while (!all_is_taken()) {
        struct plib_sample *sample = &samples[turn++ * 5 % HOLDS];
        int error;

        if (sample->link != NULL)
            check_sample(sample, "released");
        plib_reader_release(&pair.reader, sample);
        error = plib_reader_take(&pair.reader, sample);
        if (error == -EAGAIN)
            (void)sched_yield();
        if (error == -EAGAIN || error == -EBADMSG)
            continue;
        CHECK_EQUAL(error, 0);
        check_sample(sample, "taken");
        CHECK(sample->sequence > sequence);
        sequence = sample->sequence;
        (void)__atomic_fetch_add(&results->taken, 1, __ATOMIC_RELAXED);
        (void)__atomic_fetch_add(&results->lost, sample->lost, __ATOMIC_RELAXED);
    }
    for (int i = 0; i < HOLDS; i++) {
        if (samples[i].link != NULL)
            check_sample(&samples[i], "released");
        plib_reader_release(&pair.reader, &samples[i]);
    }
    return NULL;
}

static void read_in_child(int threads)
{
    pthread_t others[THREADS_MAX];

    (void)alarm(50);
    for (int i = 1; i < threads; i++)
        CHECK_EQUAL(pthread_create(&others[i], NULL, read_samples, NULL), 0);
    (void)read_samples(NULL);
    for (int i = 1; i < threads; i++)
        CHECK_EQUAL(pthread_join(others[i], NULL), 0);
    exit(0);
}

/* Returns the number of samples. */
static uint64_t write_samples(void)
{
    int64_t end = plib_now() + duration;
    uint64_t sequence = 0;

    while (sequence % 64 != 0 || plib_now() < end) {
        struct plib_sample_info info = {.length = length_of(sequence + 1), .source_timestamp = 1};
        struct plib_loan loan;
        int error = plib_writer_loan(&pair.writer, info.length, &loan);

        if (error == -EAGAIN) { /* KEEP_ALL: the reader is behind */
            (void)sched_yield();
            if (plib_now() >= end)
                break;
            continue;
        }
        CHECK_EQUAL(error, 0);
        sequence++;
        for (uint64_t i = 0; i < info.length / sizeof(uint64_t); i++)
            ((uint64_t *)loan.data)[i] = word_of(sequence, i);
        CHECK_EQUAL(plib_writer_commit(&pair.writer, &loan, &info, NULL), 0);
    }
    return sequence;
}

static void stream(const char *name, uint32_t history, uint32_t depth, int threads)
{
    uint64_t published;
    int status;
    pid_t child;

    memset(results, 0, sizeof(*results));
    pair_init(&pair, pair_qos(history, depth), CAPACITY);
    pair.match.match = 1;
    pair_tell_writer(&pair);
    pair_tell_reader(&pair);
    (void)fflush(stdout);
    child = fork();
    CHECK(child >= 0);
    if (child == 0)
        read_in_child(threads);
    published = write_samples();
    __atomic_store_n(&results->published, published, __ATOMIC_RELEASE);
    CHECK(waitpid(child, &status, 0) == child);
    (void)printf("%s, %d reading: %llu published, %llu taken, %llu lost\n", name, threads,
                 (unsigned long long)published, (unsigned long long)results->taken,
                 (unsigned long long)results->lost);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(results->taken > 0);
    CHECK_EQUAL(results->taken + results->lost, published);
    if (history == PLIB_KEEP_ALL)
        CHECK_EQUAL(results->lost, 0);
    pair_end(&pair);
}

int main(void)
{
    results = shared_memory(sizeof(*results));
    stream("KEEP_LAST 1", PLIB_KEEP_LAST, 1, 1);
    stream("KEEP_LAST 4", PLIB_KEEP_LAST, 4, 1);
    stream("KEEP_LAST 4", PLIB_KEEP_LAST, 4, 2);
    stream("KEEP_ALL", PLIB_KEEP_ALL, 0, 1);
    stream("KEEP_ALL", PLIB_KEEP_ALL, 0, 2);
    return 0;
}
