/* The victim: one operation between two marks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "operation.h"

/* For what the victim waits for before its operation; it is not stepped meanwhile. */
static const int64_t patience = INT64_C(30000000000);

void must(int error, const char *what)
{
    if (error == 0)
        return;
    (void)fprintf(stderr, "%s: error %d: %s\n", what, -error, plib_error_text());
    exit(1);
}

static void join(struct victim *victim)
{
    const struct plib_participant_options options = {0};

    must(plib_participant_create(&options, &victim->participant), "join");
}

static void join_with_node(struct victim *victim)
{
    join(victim);
    must(plib_node_create(victim->participant, "victim", "/", &victim->node), "node");
}

static void make_writer(struct victim *victim)
{
    const struct plib_endpoint_options options =
        endpoint_of(PLIB_KIND_PUBLISHER, TOPIC_UP, victim->depth);

    must(plib_writer_create(victim->participant, &options, &victim->writer), "writer");
}

static void make_reader(struct victim *victim)
{
    const struct plib_endpoint_options options = endpoint_of(PLIB_KIND_SUBSCRIPTION, TOPIC_DOWN, 0);

    must(plib_reader_create(victim->participant, &options, &victim->reader), "reader");
}

/* Both at once tell from a status which has changed whether more has to be waited for. */
static void await_writers_match(struct victim *victim, uint32_t count)
{
    struct plib_wait_item item = {.kind = PLIB_WAIT_WRITER_EVENT, .object = victim->writer};
    struct plib_status status;

    must(plib_writer_status(victim->writer, PLIB_EVENT_MATCHED, &status), "status");
    while (status.current < count) {
        item.seen = status.changes;
        must(plib_wait(victim->participant, &item, 1, plib_now() + patience), "match");
        must(plib_writer_status(victim->writer, PLIB_EVENT_MATCHED, &status), "status");
    }
}

static void await_sample(struct victim *victim)
{
    struct plib_wait_item item = {.kind = PLIB_WAIT_READER, .object = victim->reader};

    must(plib_wait(victim->participant, &item, 1, plib_now() + patience), "sample");
}

static void loan(struct victim *victim)
{
    must(plib_writer_loan(victim->writer, sizeof(struct sample), &victim->loan), "loan");
}

static void fill(struct victim *victim)
{
    struct sample *sample = victim->loan.data;

    *sample = (struct sample){.number = ++victim->number};
    sample_seal(sample);
}

static void commit(struct victim *victim)
{
    const struct plib_sample_info info = {.length = sizeof(struct sample)};

    must(plib_writer_commit(victim->writer, &victim->loan, &info, NULL), "commit");
}

static void publish(struct victim *victim)
{
    loan(victim);
    fill(victim);
    commit(victim);
}

static void publish_some(struct victim *victim, uint32_t count)
{
    join_with_node(victim);
    make_writer(victim);
    await_writers_match(victim, 2);
    while (count-- > 0)
        publish(victim);
}

static void publish_3(struct victim *victim)
{
    publish_some(victim, 3);
}

/* As many as are published between two looks at the readers: the next one looks, and reuses memory. */
static void publish_16(struct victim *victim)
{
    publish_some(victim, 16);
}

static void publish_3_and_loan(struct victim *victim)
{
    publish_some(victim, 3);
    loan(victim);
    fill(victim);
}

static void grow(struct victim *victim)
{
    must(plib_writer_reserve(victim->writer, UINT64_C(1) << 20), "reserve");
}

static void take(struct victim *victim)
{
    must(plib_reader_take(victim->reader, &victim->sample), "take");
}

static void release(struct victim *victim)
{
    if (!sample_is_whole(&victim->sample))
        must(-1, "a sample is not whole");
    plib_reader_release(victim->reader, &victim->sample);
}

static void take_and_release(struct victim *victim)
{
    take(victim);
    release(victim);
}

static void take_some(struct victim *victim, uint32_t count)
{
    join_with_node(victim);
    make_reader(victim);
    while (count-- > 0) {
        await_sample(victim);
        take_and_release(victim);
    }
}

/* Of three: what is taken in the operation lies there. */
static void take_2(struct victim *victim)
{
    take_some(victim, 2);
    await_sample(victim);
}

static void take_3(struct victim *victim)
{
    take_some(victim, 3);
}

static void take_2_and_hold(struct victim *victim)
{
    take_2(victim);
    take(victim);
}

/* What a process has of endpoints on another topic: some of what the first one needs is there. */
static void make_other_writer(struct victim *victim)
{
    const struct plib_endpoint_options options = endpoint_of(PLIB_KIND_PUBLISHER, "/other", 0);
    struct plib_writer *writer;

    join_with_node(victim);
    must(plib_writer_create(victim->participant, &options, &writer), "other writer");
}

static void make_other_reader(struct victim *victim)
{
    const struct plib_endpoint_options options = endpoint_of(PLIB_KIND_SUBSCRIPTION, "/other", 0);
    struct plib_reader *reader;

    join_with_node(victim);
    must(plib_reader_create(victim->participant, &options, &reader), "other reader");
}

static void destroy_writer(struct victim *victim)
{
    must(plib_writer_destroy(victim->writer), "destroy");
}

static void destroy_reader(struct victim *victim)
{
    must(plib_reader_destroy(victim->reader), "destroy");
}

static void do_nothing(struct victim *victim)
{
    (void)victim;
}

static void leave(struct victim *victim)
{
    plib_participant_destroy(victim->participant);
}

const struct operation operations[] = {
    {"publish", PART_WRITER, 0, 3, 1, .prepare = publish_3, .run = publish},
    {"publish-reusing", PART_WRITER, 0, 16, 1, .taken = true, .prepare = publish_16,
     .run = publish},
    {"publish-overwriting", PART_WRITER, 2, 16, 1, .prepare = publish_16, .run = publish},
    {"loan", PART_WRITER, 0, 3, 0, .prepare = publish_3, .run = loan},
    {"commit", PART_WRITER, 0, 3, 1, .prepare = publish_3_and_loan, .run = commit},
    {"grow", PART_WRITER, 0, 3, 0, .prepare = publish_3, .run = grow},
    {"take", PART_READER, 0, 3, 0, .full = true, .prepare = take_2, .run = take},
    {"take-and-release", PART_READER, 0, 3, 0, .full = true, .prepare = take_2,
     .run = take_and_release},
    {"release", PART_READER, 0, 3, 0, .full = true, .prepare = take_2_and_hold, .run = release},
    {"wait", PART_READER, 0, 3, 0, .prepare = take_2, .run = await_sample},
    {"sleep", PART_READER, 0, 3, 0, .sleeps = true, .prepare = take_3, .run = await_sample},
    {"attach-writer", PART_NONE, 0, 0, 0, .prepare = make_other_writer, .run = make_writer},
    {"attach-reader", PART_NONE, 0, 0, 0, .prepare = make_other_reader, .run = make_reader},
    {"detach-writer", PART_WRITER, 0, 3, 0, .prepare = publish_3, .run = destroy_writer},
    {"detach-reader", PART_READER, 0, 3, 0, .full = true, .prepare = take_2, .run = destroy_reader},
    {"join", PART_NONE, 0, 0, 0, .prepare = do_nothing, .run = join},
    {"leave", PART_NONE, 0, 0, 0, .prepare = join, .run = leave},
    {0}};

const struct operation *operation_find(const char *name)
{
    const struct operation *operation = operations;

    while (operation->name != NULL && strcmp(operation->name, name) != 0)
        operation++;
    return operation->name == NULL ? NULL : operation;
}

void victim_main(const struct operation *operation)
{
    struct victim victim = {.depth = operation->depth};

    operation->prepare(&victim);
    /* SIGTRAP, and SIGILL: the tracer tells them apart, and from the end of a step. */
    __asm__ volatile("int3" ::: "memory");
    operation->run(&victim);
    __asm__ volatile("ud2" ::: "memory");
    exit(1); /* the tracer has killed it */
}
