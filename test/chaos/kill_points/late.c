#include "late.h"

static struct plib_reader *create(struct witness *witness)
{
    struct plib_endpoint_options options =
        endpoint_of(PLIB_KIND_SUBSCRIPTION, TOPIC_UP, witness->operation->depth);
    struct plib_reader *reader;

    options.qos.durability = PLIB_TRANSIENT_LOCAL;
    must(plib_reader_create(witness->participant, &options, &reader), "late");
    return reader;
}

/* What is just being overwritten is skipped in a call of its own, which takes nothing. */
static bool take_next(struct plib_reader *reader, struct plib_sample *sample)
{
    do {
        if (sample_take(reader, sample) == 0)
            return true;
    } while (plib_reader_ready(reader));
    return false;
}

/* Take all. Tells how many there were and which one was the last. */
static bool take_retained(struct witness *witness, uint64_t *count, uint64_t *last)
{
    struct plib_sample sample;

    for (*count = 0; take_next(witness->late, &sample); ++*count) {
        bool whole = sample_is_whole(&sample);
        bool next = *count == 0 || (sample.sequence == *last + 1 && sample.lost == 0);

        *last = sample.sequence;
        if (*count == 0)
            witness->held_late = sample;
        else
            plib_reader_release(witness->late, &sample);
        if (!whole || !next)
            return witness_wrong(witness, "a late joiner: sample %llu is not whole or not the next",
                                 (unsigned long long)*last);
    }
    return true;
}

bool late_join(struct witness *witness, uint64_t least, uint64_t most)
{
    uint64_t depth = witness->operation->depth;
    uint64_t last = 0;
    uint64_t count;

    witness->late = create(witness);
    if (!take_retained(witness, &count, &last))
        return false;
    if (last < least || last > most)
        return witness_wrong(witness, "a late joiner has sample %llu last, not %llu to %llu",
                             (unsigned long long)last, (unsigned long long)least,
                             (unsigned long long)most);
    /* The oldest one makes room before the next one is published. */
    return count == depth || (count == depth - 1 && last < most) ||
           witness_wrong(witness, "a late joiner gets %llu samples of %llu",
                         (unsigned long long)count, (unsigned long long)depth);
}

static bool check_held(struct witness *witness)
{
    bool whole;

    if (witness->held_late.link == NULL)
        return true;
    whole = sample_is_whole(&witness->held_late);
    plib_reader_release(witness->late, &witness->held_late);
    return whole || witness_wrong(witness, "a late joiner's held sample has changed");
}

static bool check_nothing_is_there(struct witness *witness)
{
    struct plib_sample sample;

    return !take_next(witness->late, &sample) ||
           witness_wrong(witness, "a late joiner gets samples of the dead");
}

bool late_leave(struct witness *witness)
{
    bool well;

    if (witness->late == NULL)
        return true;
    well = check_held(witness) && check_nothing_is_there(witness);
    must(plib_reader_destroy(witness->late), "late");
    witness->late = create(witness);
    well = well && check_nothing_is_there(witness);
    must(plib_reader_destroy(witness->late), "late");
    witness->late = NULL;
    return well;
}
