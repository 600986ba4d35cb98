/* The witness: matched with the victim, it sees what becomes of its death. */
#ifndef PLIB_TEST_WITNESS_H
#define PLIB_TEST_WITNESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "operation.h"
#include "process.h"

struct witness {
    const struct operation *operation;
    struct plib_participant *participant;
    struct plib_reader *up;
    struct plib_writer *down;
    struct plib_reader *echo;
    struct plib_sample held; /* the victim's first one that was taken; `link` NULL: none */
    struct sample answer;    /* the bystander's to the last question */
    struct sample farewell;  /* what the bystander told when the victim's writer was gone */
    uint64_t last;           /* number of the victim's last sample */
    uint64_t lost;           /* samples of the victim's, as takes told */
    uint64_t lost_before;    /* samples of the victims before it */
    uint64_t published;      /* on TOPIC_DOWN */
    uint64_t asked;          /* number of the last question */
    pid_t victim;
    pid_t bystander;
    pid_t plibd;
    struct holdings holds[3]; /* its own, the bystander's, plibd's, with no victim */
    char problem[256];        /* the first one of this victim's */
};

/* Join, and meet the bystander. Exits when that fails. */
void witness_create(struct witness *witness, const struct operation *operation, pid_t bystander,
                    pid_t plibd);
void witness_destroy(struct witness *witness);

/* Each returns false when it is not as it must be, which `problem` tells then. */

/* Give a victim that runs what it needs to come to its mark. */
bool witness_supply(struct witness *witness);

/* Make all ready for the operation of a victim that is at its mark. */
bool witness_prepare(struct witness *witness);

/* Publish one sample. */
bool witness_publish(struct witness *witness, enum ask ask);

/* Check everything after the victim's death. */
bool witness_check(struct witness *witness, bool ended);

#endif
