#include "witness.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

/* Within this everything has to happen after a death: generous, since machines that run tests are busy. */
static const int64_t limit = INT64_C(10000000000);
/* Between two looks at what no event tells of. */
static const int64_t look_again = INT64_C(200000);

static bool wrong(struct witness *witness, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool wrong(struct witness *witness, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    /* The analyser loses va_start() where it follows the call from the same file. */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    (void)vsnprintf(witness->problem, sizeof(witness->problem), format, arguments);
    va_end(arguments);
    return false;
}

/* Wait for plib's events, and look at what has none, until something holds. */
static bool wait_until(struct witness *witness, bool (*holds)(struct witness *witness),
                       const char *otherwise)
{
    struct plib_wait_item items[] = {
        {.kind = PLIB_WAIT_READER, .object = witness->echo},
        {.kind = PLIB_WAIT_GUARD, .object = plib_participant_graph_guard(witness->participant)},
    };
    int64_t end = plib_now() + limit;

    for (;;) {
        int64_t now = plib_now();

        (void)plib_participant_poll(witness->participant);
        if (holds(witness))
            return true;
        if (now >= end)
            return wrong(witness, "within %d s: %s", (int)(limit / 1000000000), otherwise);
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
    return plib_reader_matched(witness->up) == 1;
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

static bool bystander_sleeps(struct witness *witness)
{
    return sleeps_in(witness->bystander, SYS_futex_waitv);
}

static bool nobody_keeps_anything(struct witness *witness)
{
    const pid_t processes[] = {getpid(), witness->bystander, witness->plibd};

    for (int i = 0; i < 3; i++) {
        struct holdings now = holdings_of(processes[i]);

        if (now.descriptors != witness->holds[i].descriptors ||
            now.mappings != witness->holds[i].mappings)
            return false;
    }
    return true;
}

static void note_holdings(struct witness *witness)
{
    witness->holds[0] = holdings_of(getpid());
    witness->holds[1] = holdings_of(witness->bystander);
    witness->holds[2] = holdings_of(witness->plibd);
}

/* -EAGAIN when the history is full. */
static int publish(struct witness *witness, enum ask ask)
{
    const struct plib_sample_info info = {.length = sizeof(struct sample)};
    struct plib_loan loan;
    struct sample *sample;
    int error = plib_writer_loan(witness->down, sizeof(*sample), &loan);

    if (error != 0)
        return error;
    sample = loan.data;
    *sample = (struct sample){.number = ++witness->published, .ask = ask};
    sample_seal(sample);
    return plib_writer_commit(witness->down, &loan, &info, NULL);
}

bool witness_publish(struct witness *witness, enum ask ask)
{
    int64_t deadline = plib_now() + limit;
    int error;

    while ((error = publish(witness, ask)) == -EAGAIN) {
        error = plib_writer_wait_space(witness->down, deadline);
        if (error != 0)
            return wrong(witness, "the witness may not publish for %d s: %s",
                         (int)(limit / 1000000000), plib_error_text());
    }
    if (error != 0)
        return wrong(witness, "the witness cannot publish: %s", plib_error_text());
    return true;
}

/* Take what the victim published. With `hold` the first sample is kept. */
static bool take(struct witness *witness, bool hold)
{
    struct plib_sample sample;
    int error;

    while ((error = plib_reader_take(witness->up, &sample)) == 0) {
        bool whole = sample_is_whole(&sample);
        uint64_t expected = witness->last + 1 + sample.lost;

        witness->last = sample.sequence;
        witness->lost += sample.lost;
        if (hold && witness->held.link == NULL)
            witness->held = sample;
        else
            plib_reader_release(witness->up, &sample);
        if (!whole)
            return wrong(witness, "sample %llu is not whole", (unsigned long long)witness->last);
        if (witness->last != expected)
            return wrong(witness, "sample %llu follows %llu", (unsigned long long)witness->last,
                         (unsigned long long)expected - 1);
    }
    return error == -EAGAIN || wrong(witness, "a take fails: %s", plib_error_text());
}

static void take_echoes(struct witness *witness)
{
    struct plib_sample sample;

    while (plib_reader_take(witness->echo, &sample) == 0) {
        struct sample echo;
        bool whole = sample_is_whole(&sample);

        memcpy(&echo, sample.data, sizeof(echo));
        plib_reader_release(witness->echo, &sample);
        echo.wrong += !whole;
        if (echo.answers == 0)
            witness->farewell = echo;
        else
            witness->answer = echo;
    }
}

/* Answers to questions of before, which came too late, are none. */
static bool has_answer(struct witness *witness)
{
    take_echoes(witness);
    return witness->answer.answers == witness->asked;
}

static bool has_farewell(struct witness *witness)
{
    take_echoes(witness);
    return witness->farewell.number != 0;
}

static bool ask_bystander(struct witness *witness, enum ask ask)
{
    if (!witness_publish(witness, ask))
        return false;
    witness->asked = witness->published;
    if (!wait_until(witness, has_answer, "the bystander does not answer"))
        return false;
    if (witness->answer.wrong != 0)
        return wrong(witness, "the bystander got %llu wrong samples",
                     (unsigned long long)witness->answer.wrong);
    return true;
}

/* Nobody asks the bystander, who sleeps: it has to be woken by the death, and then has the last sample also
 * when the victim died before it rang for it. */
static bool await_farewell(struct witness *witness)
{
    if (witness->operation->part != PART_WRITER)
        return true;
    if (!wait_until(witness, has_farewell, "the bystander does not hear of the death"))
        return false;
    return witness->farewell.last == witness->last ||
           wrong(witness, "the bystander woke with sample %llu, the witness has %llu",
                 (unsigned long long)witness->farewell.last, (unsigned long long)witness->last);
}

void witness_create(struct witness *witness, const struct operation *operation, pid_t bystander,
                    pid_t plibd)
{
    const struct plib_participant_options options = {0};
    const struct plib_endpoint_options up =
        endpoint_of(PLIB_KIND_SUBSCRIPTION, TOPIC_UP, operation->depth);
    const struct plib_endpoint_options down = endpoint_of(PLIB_KIND_PUBLISHER, TOPIC_DOWN, 0);
    const struct plib_endpoint_options echo = endpoint_of(PLIB_KIND_SUBSCRIPTION, TOPIC_ECHO, 0);

    *witness = (struct witness){.operation = operation, .bystander = bystander, .plibd = plibd};
    must(plib_participant_create(&options, &witness->participant), "join");
    must(plib_reader_create(witness->participant, &up, &witness->up), "up");
    must(plib_writer_create(witness->participant, &down, &witness->down), "down");
    must(plib_reader_create(witness->participant, &echo, &witness->echo), "echo");
    if (!wait_until(witness, is_matched_with_bystander, "no match with the bystander"))
        must(-1, witness->problem);
    /* Not before all of them have what they will have. */
    if (!ask_bystander(witness, ASK_REPORT) ||
        !wait_until(witness, bystander_sleeps, "the bystander does not sleep"))
        must(-1, witness->problem);
    note_holdings(witness);
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
    if (witness->operation->part != PART_READER)
        return true;
    if (!wait_until(witness, is_matched_with_reader, "no match with the victim's reader"))
        return false;
    for (uint32_t i = 0; i < witness->operation->before; i++) {
        if (!witness_publish(witness, ASK_NOTHING))
            return false;
    }
    return true;
}

/* Publish until a reader that takes nothing stops it. */
static bool fill(struct witness *witness)
{
    int error = 0;

    while (error == 0) {
        error = publish(witness, ASK_NOTHING);
        if (error == -ENOBUFS)
            error = plib_writer_reserve(witness->down, sizeof(struct sample));
    }
    return error == -EAGAIN || wrong(witness, "cannot fill the history: %s", plib_error_text());
}

bool witness_prepare(struct witness *witness)
{
    const struct operation *operation = witness->operation;

    if (operation->part == PART_WRITER) {
        if (!wait_until(witness, is_matched_with_writer, "no match with the victim's writer"))
            return false;
        if (operation->taken && !take(witness, false))
            return false;
    }
    if (!ask_bystander(witness, ASK_REPORT) || (operation->full && !fill(witness)))
        return false;
    /* Asleep, it has to be woken by what the victim does, or by its death. */
    return wait_until(witness, bystander_sleeps, "the bystander does not sleep");
}

static bool check_samples(struct witness *witness, bool ended)
{
    const struct operation *operation = witness->operation;
    uint64_t before = operation->part == PART_WRITER ? operation->before : 0;
    uint64_t least = ended ? before + operation->published : before;
    struct plib_reader_counts counts;
    uint64_t lost;

    if (witness->last < least || witness->last > before + operation->published)
        return wrong(witness, "the last sample is %llu, not %llu to %llu",
                     (unsigned long long)witness->last, (unsigned long long)least,
                     (unsigned long long)before + operation->published);
    plib_reader_counts(witness->up, &counts);
    lost = counts.lost - witness->lost_before;
    witness->lost_before = counts.lost;
    if (operation->depth == 0 && lost != 0)
        return wrong(witness, "%llu samples are lost", (unsigned long long)lost);
    if (lost != witness->lost)
        return wrong(witness, "%llu samples are lost, but %llu were told", (unsigned long long)lost,
                     (unsigned long long)witness->lost);
    if (witness->answer.last != witness->last)
        return wrong(witness, "the bystander has sample %llu last, the witness %llu",
                     (unsigned long long)witness->answer.last, (unsigned long long)witness->last);
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
    return whole || wrong(witness, "a held sample has changed");
}

static bool check_plibd(struct witness *witness)
{
    uint32_t node;

    if (plib_node_create(witness->participant, "question", "/", &node) != 0 ||
        plib_node_destroy(witness->participant, node) != 0)
        return wrong(witness, "plibd does not make a node: %s", plib_error_text());
    return true;
}

static bool check_holdings(struct witness *witness)
{
    static const char *const names[] = {"the witness", "the bystander", "plibd"};
    const pid_t processes[] = {getpid(), witness->bystander, witness->plibd};

    if (wait_until(witness, nobody_keeps_anything, "something is left of the victim"))
        return true;
    for (int i = 0; i < 3; i++) {
        struct holdings now = holdings_of(processes[i]);

        if (now.descriptors != witness->holds[i].descriptors ||
            now.mappings != witness->holds[i].mappings)
            return wrong(witness, "%s has %u descriptors and %u segments, and had %u and %u",
                         names[i], now.descriptors, now.mappings, witness->holds[i].descriptors,
                         witness->holds[i].mappings);
    }
    return true;
}

bool witness_check(struct witness *witness, bool ended)
{
    /* At once, before plibd has told anything: as if the victim lived. */
    bool well = take(witness, true) && witness_publish(witness, ASK_NOTHING) &&
                wait_until(witness, has_left_the_graph, "the victim is still in the graph") &&
                wait_until(witness, is_unmatched, "the victim is still matched") &&
                take(witness, true) && await_farewell(witness) &&
                ask_bystander(witness, ASK_FORGET) && check_samples(witness, ended) &&
                check_held(witness) && check_plibd(witness) && check_holdings(witness);

    witness->last = 0;
    witness->lost = 0;
    witness->farewell.number = 0;
    return well;
}
