/* The witness: matched with the victim, it sees what becomes of its death. */
#ifndef PLIB_TEST_WITNESS_H
#define PLIB_TEST_WITNESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "operation.h"
#include "process.h"
#include "sample.h"
#include "waiter.h"

struct witness {
    const struct operation *operation;
    struct plib_participant *participant;
    struct plib_reader *up;
    struct plib_writer *down;
    struct plib_reader *echo;
    struct plib_sample held;      /* the victim's first one that was taken; `link` NULL: none */
    struct plib_reader *late;     /* that joined in the midst of the operation; NULL: none */
    struct plib_sample held_late; /* its first one; `link` NULL: none */
    struct waiter waiter;
    struct sample answer;   /* the bystander's to the last question */
    struct sample greeting; /* what the bystander told when the victim's writer was there */
    struct sample farewell; /* what the bystander told when the victim's writer was gone */
    uint64_t last;          /* number of the victim's last sample */
    uint64_t lost;          /* samples of the victim's, as takes told */
    uint64_t published;     /* on TOPIC_DOWN */
    uint64_t turn;          /* of the last one among those published since the victim was there */
    struct plib_reader_counts counts; /* of the victims before it */
    uint64_t wakes;                   /* of victims that slept */
    uint64_t asked;                   /* number of the last question */
    pid_t victim;
    pid_t bystander;
    pid_t plibd;
    struct holdings holds[3]; /* its own, the bystander's, plibd's, with no victim */
    bool met;                 /* the victim's user, when that is another one */
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

/* End the sleep of a victim. */
bool witness_wake(struct witness *witness);

/* Look at a victim that stands still where it will be killed. */
bool witness_look(struct witness *witness, bool ended);

/* Check everything after the victim's death. */
bool witness_check(struct witness *witness, bool ended);

/* For the files that see to a part of it. */

/* Within this everything has to happen. ns */
extern const int64_t witness_limit;

/* Note what is wrong. Returns false. */
bool witness_wrong(struct witness *witness, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Wait for plib's events, and look at what has none, until something holds. */
bool witness_wait_until(struct witness *witness, bool (*holds)(struct witness *witness),
                        const char *otherwise);

#endif
