#include "talk.h"

#include <errno.h>
#include <string.h>

int talk_try_publish(struct witness *witness, enum ask ask)
{
    const struct plib_sample_info info = {.length = sizeof(struct sample)};
    struct plib_loan loan;
    struct sample *sample;
    int error = plib_writer_loan(witness->down, sizeof(*sample), &loan);

    if (error != 0)
        return error;
    sample = loan.data;
    *sample = (struct sample){.number = ++witness->published, .turn = ++witness->turn, .ask = ask};
    sample_seal(sample);
    return plib_writer_commit(witness->down, &loan, &info, NULL);
}

bool talk_publish(struct witness *witness, enum ask ask)
{
    int64_t deadline = plib_now() + witness_limit;
    int error;

    while ((error = talk_try_publish(witness, ask)) == -EAGAIN) {
        error = plib_writer_wait_space(witness->down, deadline);
        if (error != 0)
            return witness_wrong(witness, "the witness may not publish for %d s: %s",
                                 (int)(witness_limit / 1000000000), plib_error_text());
    }
    if (error != 0)
        return witness_wrong(witness, "the witness cannot publish: %s", plib_error_text());
    return true;
}

static void take_echoes(struct witness *witness)
{
    struct plib_sample sample;

    while (sample_take(witness->echo, &sample) == 0) {
        struct sample echo;
        bool whole = sample_is_whole(&sample);

        memcpy(&echo, sample.data, sizeof(echo));
        plib_reader_release(witness->echo, &sample);
        echo.wrong += !whole;
        if (echo.answers != 0)
            witness->answer = echo;
        else if (echo.matched)
            witness->greeting = echo;
        else
            witness->farewell = echo;
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

bool talk_has_greeting(struct witness *witness)
{
    take_echoes(witness);
    return witness->greeting.number != 0;
}

bool talk_ask(struct witness *witness, enum ask ask)
{
    if (!talk_publish(witness, ask))
        return false;
    witness->asked = witness->published;
    if (!witness_wait_until(witness, has_answer, "the bystander does not answer"))
        return false;
    if (witness->answer.wrong != 0)
        return witness_wrong(witness, "the bystander got %llu wrong samples",
                             (unsigned long long)witness->answer.wrong);
    return true;
}

/* Nobody asks the bystander, who sleeps: it has to be woken by the death, and then has the last sample also
 * when the victim died before it rang for it. */
bool talk_await_farewell(struct witness *witness)
{
    if (witness->operation->part != PART_WRITER)
        return true;
    if (!witness_wait_until(witness, has_farewell, "the bystander does not hear of the death"))
        return false;
    return witness->farewell.last == witness->last ||
           witness_wrong(witness, "the bystander woke with sample %llu, the witness has %llu",
                         (unsigned long long)witness->farewell.last,
                         (unsigned long long)witness->last);
}
