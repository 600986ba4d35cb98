#include "left.h"

#include <unistd.h>

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

/* Users meet by a page of each one's, which it keeps for the other's next process, and plibd its descriptor. */
static bool nobody_keeps_more_than_pages(struct witness *witness)
{
    const struct holdings *before = witness->holds;
    struct holdings plibd = holdings_of(witness->plibd);
    const pid_t ends[] = {getpid(), witness->bystander};
    /* Where it carries a key it is mapped once more, for what the kernel is to read. */
    unsigned mappings = plib_domain() == PLIB_DOMAIN_PKU ? 2 : 1;
    unsigned pages = 0;

    for (int i = 0; i < 2; i++) {
        struct holdings now = holdings_of(ends[i]);
        unsigned grown = now.mappings - before[i].mappings;

        if ((grown != 0 && grown != mappings) || now.descriptors != before[i].descriptors)
            return false;
        pages += grown > 0;
    }
    return pages > 0 && plibd.mappings == before[2].mappings &&
           plibd.descriptors == before[2].descriptors + pages;
}

void left_note(struct witness *witness)
{
    witness->holds[0] = holdings_of(getpid());
    witness->holds[1] = holdings_of(witness->bystander);
    witness->holds[2] = holdings_of(witness->plibd);
}

bool left_check(struct witness *witness)
{
    static const char *const names[] = {"the witness", "the bystander", "plibd"};
    const pid_t processes[] = {getpid(), witness->bystander, witness->plibd};

    /* Of all the victims only the first one is a user that nobody has met yet. */
    if (witness->operation->foreign && !witness->met) {
        witness->met = witness_wait_until(witness, nobody_keeps_more_than_pages,
                                          "something is left of the first victim");
        left_note(witness);
        return witness->met;
    }
    if (witness_wait_until(witness, nobody_keeps_anything, "something is left of the victim"))
        return true;
    for (int i = 0; i < 3; i++) {
        struct holdings now = holdings_of(processes[i]);

        if (now.descriptors != witness->holds[i].descriptors ||
            now.mappings != witness->holds[i].mappings)
            return witness_wrong(witness,
                                 "%s has %u descriptors and %u segments, and had %u and %u",
                                 names[i], now.descriptors, now.mappings,
                                 witness->holds[i].descriptors, witness->holds[i].mappings);
    }
    return true;
}
