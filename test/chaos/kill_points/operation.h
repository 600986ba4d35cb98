/* The operations in the midst of which the victim is killed. */
#ifndef PLIB_TEST_OPERATION_H
#define PLIB_TEST_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "sample.h"

/* Which of its endpoints the victim has when the operation begins. */
enum part {
    PART_NONE,   /* neither */
    PART_WRITER, /* of TOPIC_UP, matched with the witness and the bystander */
    PART_READER  /* of TOPIC_DOWN, matched with the witness */
};

struct victim {
    struct plib_participant *participant;
    struct plib_writer *writer;
    struct plib_reader *reader;
    struct plib_loan loan;
    struct plib_sample sample;
    uint64_t number; /* of the last sample that it published */
    uint32_t node;
    uint32_t depth;
};

struct operation {
    const char *name;
    enum part part;
    uint32_t depth;     /* of the history on TOPIC_UP; 0: KEEP_ALL */
    uint32_t before;    /* samples published before it, by the victim or for it */
    uint32_t published; /* samples that it publishes */
    bool taken;         /* the witness has taken those before it */
    bool full;   /* the witness has published as many as it can without the victim's taking them */
    bool sleeps; /* until the witness publishes */
    void (*prepare)(struct victim *victim);
    void (*run)(struct victim *victim);
};

extern const struct operation operations[];

/* NULL: there is no such operation. */
const struct operation *operation_find(const char *name);

/* Prepare, mark the place, run, mark the place. Does not return. */
void victim_main(const struct operation *operation);

/* Take what comes on TOPIC_UP and TOPIC_DOWN, and answer what is asked. Does not return. */
void bystander_main(uint32_t depth);

#endif
