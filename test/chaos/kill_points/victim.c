#include "victim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* For what the victim waits for before its operation; it is not stepped meanwhile. */
static const int64_t patience = INT64_C(30000000000);

void must(int error, const char *what)
{
    if (error == 0)
        return;
    (void)fprintf(stderr, "%s: error %d: %s\n", what, -error, plib_error_text());
    exit(1);
}

void join(struct victim *victim)
{
    const struct plib_participant_options options = {0};

    must(plib_participant_create(&options, &victim->participant), "join");
}

void make_node(struct victim *victim)
{
    must(plib_node_create(victim->participant, "victim", "/", &victim->node), "node");
}

void join_with_node(struct victim *victim)
{
    join(victim);
    make_node(victim);
}

void leave(struct victim *victim)
{
    plib_participant_destroy(victim->participant);
}

void make_writer(struct victim *victim)
{
    struct plib_endpoint_options options =
        endpoint_of(PLIB_KIND_PUBLISHER, TOPIC_UP, victim->operation->depth);

    if (victim->operation->retained)
        options.qos.durability = PLIB_TRANSIENT_LOCAL;
    must(plib_writer_create(victim->participant, &options, &victim->writer), "writer");
}

/* Both at once tell from a status which has changed whether more has to be waited for. */
void await_writers_match(struct victim *victim, uint32_t count)
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

void loan(struct victim *victim)
{
    must(plib_writer_loan(victim->writer, sizeof(struct sample), &victim->loan), "loan");
}

void fill(struct victim *victim)
{
    struct sample *sample = victim->loan.data;

    victim->number++;
    *sample = (struct sample){.number = victim->number, .turn = victim->number};
    sample_seal(sample);
}

void commit(struct victim *victim)
{
    const struct plib_sample_info info = {.length = sizeof(struct sample)};

    must(plib_writer_commit(victim->writer, &victim->loan, &info, NULL), "commit");
}

void publish(struct victim *victim)
{
    loan(victim);
    fill(victim);
    commit(victim);
}

void publish_all(struct victim *victim)
{
    int error = 0;

    while (error != -EAGAIN) {
        error = plib_writer_loan(victim->writer, sizeof(struct sample), &victim->loan);
        if (error == -ENOBUFS) {
            must(plib_writer_reserve(victim->writer, sizeof(struct sample)), "reserve");
        } else if (error != -EAGAIN) {
            must(error, "loan");
            fill(victim);
            commit(victim);
        }
    }
    if (victim->number != victim->operation->before)
        must(-1, "another number of samples fills the history");
}

void await_room(struct victim *victim)
{
    must(plib_writer_wait_space(victim->writer, plib_now() + patience), "room");
}

void grow(struct victim *victim)
{
    must(plib_writer_reserve(victim->writer, UINT64_C(1) << 20), "reserve");
}

void destroy_writer(struct victim *victim)
{
    must(plib_writer_destroy(victim->writer), "destroy");
}

void make_reader(struct victim *victim)
{
    struct plib_endpoint_options options = endpoint_of(PLIB_KIND_SUBSCRIPTION, TOPIC_DOWN, 0);

    if (victim->operation->retained)
        options.qos.durability = PLIB_TRANSIENT_LOCAL;
    if (victim->operation->filtered)
        options.filter = sample_is_wanted;
    must(plib_reader_create(victim->participant, &options, &victim->reader), "reader");
}

void set_filter(struct victim *victim)
{
    must(plib_reader_set_filter(victim->reader, sample_is_wanted, NULL), "filter");
}

void await_sample(struct victim *victim)
{
    struct plib_wait_item item = {.kind = PLIB_WAIT_READER, .object = victim->reader};

    must(plib_wait(victim->participant, &item, 1, plib_now() + patience), "sample");
}

void take(struct victim *victim)
{
    must(sample_take(victim->reader, &victim->sample), "take");
}

void release(struct victim *victim)
{
    const struct sample *sample = victim->sample.data;

    if (!sample_is_whole(&victim->sample))
        must(-1, "a sample is not whole");
    if (victim->sample.lost != 0)
        must(-1, "samples of a writer that keeps all are lost");
    if (victim->operation->filtered && !turn_is_wanted(sample->turn))
        must(-1, "a sample is not wanted");
    plib_reader_release(victim->reader, &victim->sample);
}

void take_and_release(struct victim *victim)
{
    take(victim);
    release(victim);
}

void destroy_reader(struct victim *victim)
{
    must(plib_reader_destroy(victim->reader), "destroy");
}

void come_to_rest(struct victim *victim)
{
    int error = plib_wait(victim->participant, NULL, 0, plib_now() + 1000);

    must(error == -ETIMEDOUT ? 0 : error, "rest");
}

void make_graph_guard(struct victim *victim)
{
    must(plib_graph_guard_create(victim->participant, &victim->guard), "graph guard");
}

void await_graph(struct victim *victim)
{
    struct plib_wait_item item = {.kind = PLIB_WAIT_GUARD, .object = victim->guard};

    must(plib_wait(victim->participant, &item, 1, plib_now() + patience), "graph");
}

void trigger(struct victim *victim)
{
    struct plib_wait_item item = {.kind = PLIB_WAIT_GUARD};
    struct plib_guard *guard;

    must(plib_guard_create(&guard), "guard");
    item.object = guard;
    plib_guard_trigger(guard);
    must(plib_wait(victim->participant, &item, 1, plib_now() + patience), "wait");
    plib_guard_destroy(guard);
}

void victim_main(const struct operation *operation)
{
    struct victim victim = {.operation = operation};

    operation->prepare(&victim);
    /* SIGTRAP, and SIGILL: the tracer tells them apart, and from the end of a step. */
    __asm__ volatile("int3" ::: "memory");
    operation->run(&victim);
    __asm__ volatile("ud2" ::: "memory");
    exit(1); /* the tracer has killed it */
}
