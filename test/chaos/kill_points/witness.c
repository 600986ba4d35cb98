#include "witness.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "late.h"
#include "left.h"
#include "talk.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

/* Generous, since machines that run tests are busy. */
const int64_t witness_limit = INT64_C(10000000000);
/* Between two looks at what no event tells of. */
static const int64_t look_again = INT64_C(200000);

bool witness_wrong(struct witness *witness, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    /* The analyser loses va_start() where it follows the call from the same file. */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    (void)vsnprintf(witness->problem, sizeof(witness->problem), format, arguments);
    va_end(arguments);
    return false;
}

bool witness_wait_until(struct witness *witness, bool (*holds)(struct witness *witness),
                        const char *otherwise)
{
    struct plib_wait_item items[] = {
        {.kind = PLIB_WAIT_READER, .object = witness->echo},
        {.kind = PLIB_WAIT_GUARD, .object = plib_participant_graph_guard(witness->participant)},
    };
    int64_t end = plib_now() + witness_limit;

    for (;;) {
        int64_t now = plib_now();

        (void)plib_participant_poll(witness->participant);
        if (holds(witness))
            return true;
        if (now >= end)
            return witness_wrong(witness, "within %d s: %s", (int)(witness_limit / 1000000000),
                                 otherwise);
        (void)plib_wait(witness->participant, items, sizeof(items) / sizeof(*items),
                        now + look_again);
    }
}

static bool is_matched_with_bystander(struct witness *witness)
{
    return plib_writer_matched(witness->down) == 1 && plib_reader_matched(witness->echo) == 1;
}

static bool is_matched_with_reader(struct witness *witness)
{
    return plib_writer_matched(witness->down) == 2;
}

static bool is_matched_with_writer(struct witness *witness)
{
    return talk_has_greeting(witness) && plib_reader_matched(witness->up) == 1;
}

static bool is_unmatched(struct witness *witness)
{
    return plib_writer_matched(witness->down) == 1 && plib_reader_matched(witness->up) == 0;
}

static bool has_left_the_graph(struct witness *witness)
{
    struct plib_graph_entity entity;

    for (uint32_t i = 0; i < plib_graph_count(witness->participant); i++) {
        if (plib_graph_read(witness->participant, i, &entity) == 0 &&
            entity.pid == (uint32_t)witness->victim)
            return false;
    }
    return true;
}

static bool waiter_does_sleep(struct witness *witness)
{
    return waiter_sleeps(&witness->waiter);
}

static bool bystander_sleeps(struct witness *witness)
{
    return sleeps_in(witness->bystander, SYS_futex_waitv);
}

/* Take what the victim published. With `hold` the first sample is kept. */
static bool take(struct witness *witness, bool hold)
{
    struct plib_sample sample;
    int error;

    while ((error = sample_take(witness->up, &sample)) == 0) {
        bool whole = sample_is_whole(&sample);
        uint64_t before = witness->last;
        bool follows = sample_follows(&sample, before, operation_filters_up(witness->operation));

        witness->last = sample.sequence;
        witness->lost += sample.lost;
        if (hold && witness->held.link == NULL)
            witness->held = sample;
        else
            plib_reader_release(witness->up, &sample);
        if (!whole)
            return witness_wrong(witness, "sample %llu is not whole",
                                 (unsigned long long)witness->last);
        if (!follows)
            return witness_wrong(witness, "sample %llu follows %llu",
                                 (unsigned long long)witness->last, (unsigned long long)before);
    }
    return error == -EAGAIN || witness_wrong(witness, "a take fails: %s", plib_error_text());
}

void witness_create(struct witness *witness, const struct operation *operation, pid_t bystander,
                    pid_t plibd)
{
    const struct plib_participant_options options = {0};
    struct plib_endpoint_options up =
        endpoint_of(PLIB_KIND_SUBSCRIPTION, TOPIC_UP, operation->depth);
    struct plib_endpoint_options down = endpoint_of(PLIB_KIND_PUBLISHER, TOPIC_DOWN, 0);
    const struct plib_endpoint_options echo = endpoint_of(PLIB_KIND_SUBSCRIPTION, TOPIC_ECHO, 0);

    *witness = (struct witness){.operation = operation, .bystander = bystander, .plibd = plibd};
    if (operation_filters_up(operation))
        up.filter = sample_is_wanted;
    if (operation->retained)
        down.qos.durability = PLIB_TRANSIENT_LOCAL;
    must(plib_participant_create(&options, &witness->participant), "join");
    must(plib_reader_create(witness->participant, &up, &witness->up), "up");
    must(plib_writer_create(witness->participant, &down, &witness->down), "down");
    must(plib_reader_create(witness->participant, &echo, &witness->echo), "echo");
    if (!witness_wait_until(witness, is_matched_with_bystander, "no match with the bystander"))
        must(-1, witness->problem);
    /* Not before all of them have what they will have. */
    if (!talk_ask(witness, ASK_REPORT) ||
        !witness_wait_until(witness, bystander_sleeps, "the bystander does not sleep"))
        must(-1, witness->problem);
    left_note(witness);
}

void witness_destroy(struct witness *witness)
{
    must(plib_reader_destroy(witness->up), "up");
    must(plib_reader_destroy(witness->echo), "echo");
    must(plib_writer_destroy(witness->down), "down");
    plib_participant_destroy(witness->participant);
}

bool witness_supply(struct witness *witness)
{
    witness->turn = 0;
    /* Users meet by pages that each maps when it hears of the other. The victim does not come to its mark before
     * this process has, and is matched before the bystander is. */
    if (witness->operation->part == PART_WRITER)
        return witness_wait_until(witness, is_matched_with_writer,
                                  "no match with the victim's writer");
    if (witness->operation->part != PART_READER)
        return true;
    if (!witness_wait_until(witness, is_matched_with_reader, "no match with the victim's reader"))
        return false;
    for (uint32_t i = 0; i < witness->operation->before; i++) {
        if (!talk_publish(witness, ASK_NOTHING))
            return false;
    }
    return true;
}

/* Publish until a reader that takes nothing stops it. */
static bool fill(struct witness *witness)
{
    int error = 0;

    while (error == 0) {
        error = talk_try_publish(witness, ASK_NOTHING);
        if (error == -ENOBUFS)
            error = plib_writer_reserve(witness->down, sizeof(struct sample));
    }
    return error == -EAGAIN ||
           witness_wrong(witness, "cannot fill the history: %s", plib_error_text());
}

bool witness_prepare(struct witness *witness)
{
    const struct operation *operation = witness->operation;

    if (operation->taken && !take(witness, false))
        return false;
    if (!talk_ask(witness, ASK_REPORT) || (operation->full && !fill(witness)))
        return false;
    if (operation->awaited) {
        waiter_start(&witness->waiter, witness->down, plib_now() + witness_limit);
        if (!witness_wait_until(witness, waiter_does_sleep,
                                "the witness does not sleep until all is taken"))
            return false;
    }
    /* Asleep, it has to be woken by what the victim does, or by its death. */
    return witness_wait_until(witness, bystander_sleeps, "the bystander does not sleep");
}

static bool change_graph(struct witness *witness)
{
    uint32_t node;

    if (plib_node_create(witness->participant, "change", "/", &node) != 0 ||
        plib_node_destroy(witness->participant, node) != 0)
        return witness_wrong(witness, "plibd does not make a node: %s", plib_error_text());
    return true;
}

bool witness_wake(struct witness *witness)
{
    witness->wakes++;
    switch (witness->operation->wake) {
    case WAKE_BY_SAMPLE:
        return talk_publish(witness, ASK_NOTHING);
    case WAKE_BY_ROOM:
        return take(witness, true);
    case WAKE_BY_GRAPH:
        return change_graph(witness);
    default:
        return witness_wrong(witness, "the victim sleeps");
    }
}

/* How many samples the victim may have published. */
static void bounds_of_published(const struct operation *operation, bool ended, uint64_t *least,
                                uint64_t *most)
{
    uint64_t before = operation->part == PART_WRITER ? operation->before : 0;

    *most = before + operation->published;
    *least = ended ? *most : before;
}

/* Who has waited until the victim took all has been told by the victim or by its death. */
static bool end_waiter(struct witness *witness)
{
    return waiter_join(&witness->waiter) == 0 ||
           witness_wrong(witness, "nobody wakes who waits until all is taken");
}

bool witness_look(struct witness *witness, bool ended)
{
    const struct operation *operation = witness->operation;
    uint64_t least;
    uint64_t most;

    bounds_of_published(operation, ended, &least, &most);
    if (operation->awaited && ended)
        return end_waiter(witness);
    return !operation->retained || operation->part != PART_WRITER ||
           late_join(witness, least, most);
}

static uint64_t published_by(const struct plib_reader_counts *counts)
{
    return counts->taken + counts->lost + counts->expired + counts->filtered + counts->queued;
}

static bool check_samples(struct witness *witness, bool ended)
{
    const struct operation *operation = witness->operation;
    struct plib_reader_counts before = witness->counts;
    uint64_t published;
    uint64_t expected;
    uint64_t least;
    uint64_t lost;
    uint64_t most;

    plib_reader_counts(witness->up, &witness->counts);
    published = published_by(&witness->counts) - published_by(&before);
    lost = witness->counts.lost - before.lost;
    bounds_of_published(operation, ended, &least, &most);
    if (published < least || published > most)
        return witness_wrong(witness, "%llu samples are accounted for, not %llu to %llu",
                             (unsigned long long)published, (unsigned long long)least,
                             (unsigned long long)most);
    expected = published;
    while (operation_filters_up(operation) && expected > 0 && !turn_is_wanted(expected))
        expected--;
    if (witness->last != expected)
        return witness_wrong(witness, "the last sample is %llu, not %llu",
                             (unsigned long long)witness->last, (unsigned long long)expected);
    /* What is not wanted pushes nothing out of the history. */
    if (operation_filters_up(operation) && witness->counts.taken - before.taken < operation->depth)
        return witness_wrong(witness, "of %u wanted samples not all are there", operation->depth);
    if (operation->depth == 0 && lost != 0)
        return witness_wrong(witness, "%llu samples are lost", (unsigned long long)lost);
    if (lost != witness->lost)
        return witness_wrong(witness, "%llu samples are lost, but %llu were told",
                             (unsigned long long)lost, (unsigned long long)witness->lost);
    if (witness->answer.last != witness->last)
        return witness_wrong(witness, "the bystander has sample %llu last, the witness %llu",
                             (unsigned long long)witness->answer.last,
                             (unsigned long long)witness->last);
    return true;
}

/* What was taken stays whole, although who wrote it is gone. */
static bool check_held(struct witness *witness)
{
    bool whole;

    if (witness->held.link == NULL)
        return true;
    whole = sample_is_whole(&witness->held);
    plib_reader_release(witness->up, &witness->held);
    return whole || witness_wrong(witness, "a held sample has changed");
}

bool witness_check(struct witness *witness, bool ended)
{
    /* At once, before plibd has told anything: as if the victim lived. */
    bool well =
        take(witness, true) && talk_publish(witness, ASK_NOTHING) &&
        witness_wait_until(witness, has_left_the_graph, "the victim is still in the graph") &&
        witness_wait_until(witness, is_unmatched, "the victim is still matched") &&
        take(witness, true) && talk_await_farewell(witness) && end_waiter(witness) &&
        late_leave(witness) && talk_ask(witness, ASK_FORGET) && check_samples(witness, ended) &&
        check_held(witness) && change_graph(witness) && left_check(witness);

    witness->last = 0;
    witness->lost = 0;
    witness->greeting.number = 0;
    witness->farewell.number = 0;
    return well;
}
