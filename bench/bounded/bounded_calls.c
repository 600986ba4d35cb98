/* How long each bounded function takes, and at worst: bounded_calls PEERS BURNERS COUNT
 *
 * One process publishes and takes on a topic that PEERS other processes publish and take on as well, while
 * BURNERS processes keep the CPUs busy. Prints a JSON object: percentiles of each function in ns. What the
 * scheduler takes from a call is counted apart, by the thread's CPU time: `max_ns` is the wall's, `max_cpu_ns`
 * the call's own. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "plib/plib.h"

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "not so: %s (%s)\n", #condition, plib_error_text());             \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

enum {
    SIZE = 64,
    PEERS_MAX = 64,
    BURNERS_MAX = 64,
    STEPS = 16, /* of a histogram, each factor of two */
    BUCKETS = 40 * STEPS,
    WARM_UP = 1000
};

enum function {
    LOAN,
    COMMIT,
    DISCARD,
    ASSERT,
    WRITER_STATUS,
    READY,
    ARRIVALS,
    UNREAD,
    TAKE,
    RELEASE,
    READER_STATUS,
    COUNTS,
    TRIGGER,
    PENDING,
    GRAPH_READ,
    FUNCTIONS
};

static const char *const names[FUNCTIONS] = {
    [LOAN] = "plib_writer_loan",
    [COMMIT] = "plib_writer_commit",
    [DISCARD] = "plib_writer_discard",
    [ASSERT] = "plib_writer_assert",
    [WRITER_STATUS] = "plib_writer_status",
    [READY] = "plib_reader_ready",
    [ARRIVALS] = "plib_reader_arrivals",
    [UNREAD] = "plib_reader_unread",
    [TAKE] = "plib_reader_take",
    [RELEASE] = "plib_reader_release",
    [READER_STATUS] = "plib_reader_status",
    [COUNTS] = "plib_reader_counts",
    [TRIGGER] = "plib_guard_trigger",
    [PENDING] = "plib_participant_pending",
    [GRAPH_READ] = "plib_graph_read",
};

struct times {
    uint64_t buckets[BUCKETS];
    uint64_t count;
    int64_t max;
    int64_t max_cpu;
};

static struct times all[FUNCTIONS];
static int64_t clock_cost;     /* ns between two looks at the clock */
static int64_t clock_cost_cpu; /* and of both clocks */

static int64_t cpu_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint32_t bucket_of(int64_t time)
{
    uint64_t value = time < STEPS ? STEPS : (uint64_t)time;
    uint32_t octave = 63U - (uint32_t)__builtin_clzll(value);
    uint32_t bucket = (octave - 4) * STEPS + (uint32_t)(value >> (octave - 4)) - STEPS;

    return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

static double time_of(uint32_t bucket)
{
    return (double)(STEPS + bucket % STEPS + 1) * (double)(UINT64_C(1) << bucket / STEPS);
}

static void note(enum function function, int64_t wall, int64_t cpu)
{
    struct times *times = &all[function];

    wall = wall > clock_cost ? wall - clock_cost : 0;
    cpu = cpu > clock_cost_cpu ? cpu - clock_cost_cpu : 0;
    times->buckets[bucket_of(wall)]++;
    times->count++;
    times->max = wall > times->max ? wall : times->max;
    times->max_cpu = cpu > times->max_cpu ? cpu : times->max_cpu;
}

/* The CPU time's clock is a system call: it is looked at with every other call only, so that half of them are
 * measured as they are. */
#define MEASURE(function, call)                                                                    \
    do {                                                                                           \
        int64_t cpu_ = all[function].count % 2 == 0 ? cpu_now() : 0;                               \
        int64_t start_ = plib_now();                                                               \
        call;                                                                                      \
        int64_t end_ = plib_now();                                                                 \
        note(function, end_ - start_, cpu_ == 0 ? 0 : cpu_now() - cpu_);                           \
    } while (0)

static void find_clock_cost(void)
{
    clock_cost = INT64_MAX;
    clock_cost_cpu = INT64_MAX;
    for (int i = 0; i < 10000; i++) {
        int64_t cpu = cpu_now();
        int64_t start = plib_now();
        int64_t wall = plib_now() - start;

        cpu = cpu_now() - cpu;
        clock_cost = wall < clock_cost ? wall : clock_cost;
        clock_cost_cpu = cpu < clock_cost_cpu ? cpu : clock_cost_cpu;
    }
}

struct ends {
    struct plib_participant *participant;
    struct plib_writer *writer;
    struct plib_reader *reader;
    struct plib_guard *guard;
};

static void join(struct ends *ends)
{
    const struct plib_participant_options options = {0};
    struct plib_endpoint_options endpoint = {.kind = PLIB_KIND_PUBLISHER,
                                             .topic = "/bounded",
                                             .type = "bench/msg/Bounded",
                                             .qos = {.reliability = PLIB_RELIABLE,
                                                     .depth = 10,
                                                     .liveliness = PLIB_MANUAL_BY_TOPIC,
                                                     .deadline = 1000000000,
                                                     .lifespan = INT64_MAX,
                                                     .lease = 1000000000}};

    CHECK(plib_participant_create(&options, &ends->participant) == 0);
    CHECK(plib_writer_create(ends->participant, &endpoint, &ends->writer) == 0);
    endpoint.kind = PLIB_KIND_SUBSCRIPTION;
    CHECK(plib_reader_create(ends->participant, &endpoint, &ends->reader) == 0);
    CHECK(plib_guard_create(&ends->guard) == 0);
}

static void leave(struct ends *ends)
{
    plib_guard_destroy(ends->guard);
    (void)plib_reader_destroy(ends->reader);
    (void)plib_writer_destroy(ends->writer);
    plib_participant_destroy(ends->participant);
}

static void await_matches(struct ends *ends, uint32_t count)
{
    const int64_t end = plib_now() + INT64_C(30000000000);

    while (plib_writer_matched(ends->writer) < count || plib_reader_matched(ends->reader) < count) {
        struct plib_wait_item item = {.kind = PLIB_WAIT_READER_EVENT,
                                      .object = ends->reader,
                                      .event = PLIB_EVENT_MATCHED,
                                      .seen = plib_reader_matched(ends->reader)};

        CHECK(plib_now() < end);
        (void)plib_wait(ends->participant, &item, 1, plib_now() + 10000000);
    }
}

/* A peer takes what comes, until it is killed. */
static void be_peer(void)
{
    struct ends ends;
    struct plib_sample sample;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    join(&ends);
    for (;;) {
        struct plib_wait_item item = {.kind = PLIB_WAIT_READER, .object = ends.reader};

        (void)plib_wait(ends.participant, &item, 1, INT64_MAX);
        while (plib_reader_take(ends.reader, &sample) == 0)
            plib_reader_release(ends.reader, &sample);
    }
}

static void burn(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (volatile uint64_t count = 0;; count++)
        continue;
}

static pid_t start(void (*run)(void))
{
    pid_t child = fork();

    CHECK(child >= 0);
    if (child == 0)
        run();
    return child;
}

static void call_all(struct ends *ends)
{
    const struct plib_sample_info info = {.length = SIZE};
    struct plib_reader_counts counts;
    struct plib_graph_entity entity;
    struct plib_status status;
    struct plib_sample sample;
    struct plib_loan loan;
    int error = 0;

    MEASURE(PENDING, error = plib_participant_pending(ends->participant));
    if (error != 0)
        (void)plib_participant_poll(ends->participant);
    MEASURE(LOAN, error = plib_writer_loan(ends->writer, SIZE, &loan));
    CHECK(error == 0);
    MEASURE(DISCARD, plib_writer_discard(ends->writer, &loan));
    CHECK(plib_writer_loan(ends->writer, SIZE, &loan) == 0);
    memset(loan.data, 1, SIZE);
    MEASURE(COMMIT, error = plib_writer_commit(ends->writer, &loan, &info, NULL));
    CHECK(error == 0);
    MEASURE(ASSERT, error = plib_writer_assert(ends->writer));
    MEASURE(WRITER_STATUS,
            error = plib_writer_status(ends->writer, PLIB_EVENT_DEADLINE_MISSED, &status));
    MEASURE(READY, error = plib_reader_ready(ends->reader));
    MEASURE(ARRIVALS, (void)plib_reader_arrivals(ends->reader));
    MEASURE(UNREAD, (void)plib_reader_unread(ends->reader));
    MEASURE(READER_STATUS,
            error = plib_reader_status(ends->reader, PLIB_EVENT_DEADLINE_MISSED, &status));
    MEASURE(COUNTS, plib_reader_counts(ends->reader, &counts));
    MEASURE(TAKE, error = plib_reader_take(ends->reader, &sample));
    CHECK(error == 0);
    MEASURE(RELEASE, plib_reader_release(ends->reader, &sample));
    MEASURE(TRIGGER, plib_guard_trigger(ends->guard));
    MEASURE(GRAPH_READ, error = plib_graph_read(ends->participant, 0, &entity));
}

static double percentile(const struct times *times, double part)
{
    uint64_t rank = (uint64_t)(part * (double)times->count);
    uint64_t seen = 0;

    for (uint32_t i = 0; i < BUCKETS; i++) {
        seen += times->buckets[i];
        if (seen > rank)
            return time_of(i);
    }
    return (double)times->max;
}

static void report(void)
{
    (void)printf("{");
    for (int i = 0; i < FUNCTIONS; i++)
        (void)printf("%s\"%s\": {\"p50_ns\": %.0f, \"p99_ns\": %.0f, \"p9999_ns\": %.0f, "
                     "\"max_ns\": %lld, \"max_cpu_ns\": %lld}",
                     i == 0 ? "" : ", ", names[i], percentile(&all[i], 0.5),
                     percentile(&all[i], 0.99), percentile(&all[i], 0.9999), (long long)all[i].max,
                     (long long)all[i].max_cpu);
    (void)printf("}\n");
}

int main(int argc, char **argv)
{
    uint32_t peers = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    uint32_t burners = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    uint64_t count = argc > 3 ? strtoull(argv[3], NULL, 10) : 100000;
    pid_t children[PEERS_MAX + BURNERS_MAX];
    struct ends ends;
    uint32_t started = 0;

    if (peers > PEERS_MAX || burners > BURNERS_MAX || count == 0) {
        (void)fprintf(stderr, "bounded_calls PEERS (0..64) BURNERS (0..64) COUNT\n");
        return 2;
    }
    while (started < peers)
        children[started++] = start(be_peer);
    while (started < peers + burners)
        children[started++] = start(burn);
    join(&ends);
    await_matches(&ends, peers + 1);
    find_clock_cost();
    for (int i = 0; i < WARM_UP; i++)
        call_all(&ends);
    memset(all, 0, sizeof(all));
    for (uint64_t i = 0; i < count; i++)
        call_all(&ends);
    report();
    for (uint32_t i = 0; i < started; i++) {
        (void)kill(children[i], SIGKILL);
        (void)waitpid(children[i], NULL, 0);
    }
    leave(&ends);
    return 0;
}
