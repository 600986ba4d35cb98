/* What is done before each operation, and the table of all. */
#include <string.h>

#include "victim.h"

static void do_nothing(struct victim *victim)
{
    (void)victim;
}

static void publish_before(struct victim *victim)
{
    join_with_node(victim);
    make_writer(victim);
    await_writers_match(victim, 2);
    for (uint32_t i = 0; i < victim->operation->before; i++)
        publish(victim);
}

static void publish_before_and_loan(struct victim *victim)
{
    publish_before(victim);
    loan(victim);
    fill(victim);
}

static void publish_until_full(struct victim *victim)
{
    join_with_node(victim);
    make_writer(victim);
    await_writers_match(victim, 2);
    publish_all(victim);
    come_to_rest(victim);
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

/* Of three, or of those that a filter wants: what is taken in the operation lies there. */
static void take_2(struct victim *victim)
{
    take_some(victim, 2);
    await_sample(victim);
}

static void take_1_wanted(struct victim *victim)
{
    take_some(victim, 1);
    await_sample(victim);
}

static void take_2_wanted(struct victim *victim)
{
    take_some(victim, 2);
    come_to_rest(victim);
}

static void take_3(struct victim *victim)
{
    take_some(victim, 3);
    come_to_rest(victim);
}

static void take_2_and_hold(struct victim *victim)
{
    take_2(victim);
    take(victim);
}

/* The third one, and the witness's question. */
static void take_both(struct victim *victim)
{
    take_and_release(victim);
    take_and_release(victim);
}

/* The witness's question comes before it sleeps. */
static void take_and_await(struct victim *victim)
{
    take_and_release(victim);
    await_sample(victim);
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

static void make_reader_and_take(struct victim *victim)
{
    make_reader(victim);
    take_and_release(victim);
}

/* Its own node is no news. */
static void watch_graph(struct victim *victim)
{
    join_with_node(victim);
    make_graph_guard(victim);
    await_graph(victim);
}

const struct operation operations[] = {
    {"publish", PART_WRITER, .before = 3, .published = 1, .prepare = publish_before,
     .run = publish},
    /* As many before as are published between two looks at the readers: the next one looks, and reuses memory. */
    {"publish-reusing", PART_WRITER, .before = 16, .published = 1, .taken = true,
     .prepare = publish_before, .run = publish},
    {"publish-overwriting", PART_WRITER, .depth = 2, .before = 16, .published = 1,
     .prepare = publish_before, .run = publish},
    /* So many that some are overwritten although more are kept for who filters, and the next one is wanted. */
    {"publish-filtered", PART_WRITER, .depth = 2, .before = 288, .published = 1, .filtered = true,
     .prepare = publish_before, .run = publish},
    {"publish-retained", PART_WRITER, .depth = 4, .before = 16, .published = 1, .taken = true,
     .retained = true, .prepare = publish_before, .run = publish},
    {"loan", PART_WRITER, .before = 3, .prepare = publish_before, .run = loan},
    {"commit", PART_WRITER, .before = 3, .published = 1, .prepare = publish_before_and_loan,
     .run = commit},
    {"grow", PART_WRITER, .before = 3, .prepare = publish_before, .run = grow},
    {"wait-space", PART_WRITER, .before = 4096, .wake = WAKE_BY_ROOM, .prepare = publish_until_full,
     .run = await_room},
    {"take", PART_READER, .before = 3, .full = true, .prepare = take_2, .run = take},
    {"take-and-release", PART_READER, .before = 3, .full = true, .prepare = take_2,
     .run = take_and_release},
    {"take-awaited", PART_READER, .before = 3, .awaited = true, .prepare = take_2,
     .run = take_both},
    {"take-filtered", PART_READER, .before = 4, .filtered = true, .prepare = take_1_wanted,
     .run = take_and_release},
    {"release", PART_READER, .before = 3, .full = true, .prepare = take_2_and_hold, .run = release},
    {"set-filter", PART_READER, .before = 3, .prepare = take_2, .run = set_filter},
    {"wait", PART_READER, .before = 3, .prepare = take_2, .run = await_sample},
    {"sleep", PART_READER, .before = 3, .wake = WAKE_BY_SAMPLE, .prepare = take_3,
     .run = take_and_await},
    /* The first sample that wakes it is not wanted. */
    {"sleep-filtered", PART_READER, .before = 4, .filtered = true, .wake = WAKE_BY_SAMPLE,
     .prepare = take_2_wanted, .run = await_sample},
    {"sleep-on-graph", PART_NONE, .wake = WAKE_BY_GRAPH, .prepare = watch_graph,
     .run = await_graph},
    {"trigger", PART_NONE, .prepare = join, .run = trigger},
    {"attach-writer", PART_NONE, .prepare = make_other_writer, .run = make_writer},
    {"attach-reader", PART_NONE, .prepare = make_other_reader, .run = make_reader},
    {"attach-filtered", PART_NONE, .filtered = true, .prepare = make_other_reader,
     .run = make_reader},
    {"attach-late", PART_NONE, .retained = true, .prepare = make_other_reader,
     .run = make_reader_and_take},
    {"detach-writer", PART_WRITER, .before = 3, .prepare = publish_before, .run = destroy_writer},
    {"detach-reader", PART_READER, .before = 3, .full = true, .prepare = take_2,
     .run = destroy_reader},
    {"join", PART_NONE, .prepare = do_nothing, .run = join},
    {"make-node", PART_NONE, .prepare = join, .run = make_node},
    {"leave", PART_NONE, .prepare = join, .run = leave},
    {"foreign-publish", PART_WRITER, .before = 3, .published = 1, .foreign = true,
     .prepare = publish_before, .run = publish},
    {"foreign-take", PART_READER, .before = 3, .full = true, .foreign = true, .prepare = take_2,
     .run = take_and_release},
    {"foreign-take-filtered", PART_READER, .before = 4, .filtered = true, .foreign = true,
     .prepare = take_1_wanted, .run = take_and_release},
    {"foreign-sleep", PART_READER, .before = 3, .foreign = true, .wake = WAKE_BY_SAMPLE,
     .prepare = take_3, .run = take_and_await},
    {"foreign-attach-writer", PART_NONE, .foreign = true, .prepare = make_other_writer,
     .run = make_writer},
    {"foreign-attach-reader", PART_NONE, .foreign = true, .prepare = make_other_reader,
     .run = make_reader},
    {"foreign-detach-writer", PART_WRITER, .before = 3, .foreign = true, .prepare = publish_before,
     .run = destroy_writer},
    {"foreign-detach-reader", PART_READER, .before = 3, .full = true, .foreign = true,
     .prepare = take_2, .run = destroy_reader},
    {0}};

const struct operation *operation_find(const char *name)
{
    const struct operation *operation = operations;

    while (operation->name != NULL && strcmp(operation->name, name) != 0)
        operation++;
    return operation->name == NULL ? NULL : operation;
}
