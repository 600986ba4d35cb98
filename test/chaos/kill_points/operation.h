/* The operations in the midst of which the victim is killed. */
#ifndef PLIB_TEST_OPERATION_H
#define PLIB_TEST_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

struct victim;

/* Which of its endpoints the victim has when the operation begins. */
enum part {
    PART_NONE,   /* neither */
    PART_WRITER, /* of TOPIC_UP, matched with the witness and the bystander */
    PART_READER  /* of TOPIC_DOWN, matched with the witness */
};

/* What ends the victim's sleep. */
enum wake {
    WAKE_NOT_NEEDED, /* it does not sleep */
    WAKE_BY_SAMPLE,  /* that the witness publishes */
    WAKE_BY_ROOM,    /* that the witness makes by taking what the victim published */
    WAKE_BY_GRAPH    /* which the witness changes */
};

/* What the operation is about beside `run`. */
struct operation {
    const char *name;
    enum part part;
    uint32_t depth;     /* of the history on TOPIC_UP; 0: KEEP_ALL */
    uint32_t before;    /* samples published before it, by the victim or for it */
    uint32_t published; /* samples that it publishes */
    bool taken;         /* the witness has taken those before it */
    bool full;    /* the witness has published as many as it can without the victim's taking them */
    bool awaited; /* the witness sleeps until the victim has taken all samples */
    bool filtered; /* the victim's readers filter; of a PART_WRITER, the readers of its writer */
    bool retained; /* the victim and the witness publish TRANSIENT_LOCAL, and late readers join */
    bool foreign;  /* victim, bystander and witness are three users' */
    enum wake wake;
    void (*prepare)(struct victim *victim);
    void (*run)(struct victim *victim);
};

/* Whether the witness and the bystander want only some of what the victim publishes. */
static inline bool operation_filters_up(const struct operation *operation)
{
    return operation->filtered && operation->part == PART_WRITER;
}

extern const struct operation operations[];

/* NULL: there is no such operation. */
const struct operation *operation_find(const char *name);

/* Prepare, mark the place, run, mark the place. Does not return. */
void victim_main(const struct operation *operation);

/* Take what comes on TOPIC_UP and TOPIC_DOWN, and answer what is asked. Does not return. */
void bystander_main(const struct operation *operation);

#endif
