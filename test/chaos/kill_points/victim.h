/* What the victim has, and the steps that its operations are made of. Each ends the program when plib does not
 * do as it must. */
#ifndef PLIB_TEST_VICTIM_H
#define PLIB_TEST_VICTIM_H

#include "operation.h"
#include "sample.h"

struct victim {
    const struct operation *operation;
    struct plib_participant *participant;
    struct plib_writer *writer;
    struct plib_reader *reader;
    struct plib_guard *guard;
    struct plib_loan loan;
    struct plib_sample sample;
    uint64_t number; /* of the last sample that it published */
    uint32_t node;
};

void join(struct victim *victim);
void make_node(struct victim *victim);
void join_with_node(struct victim *victim);
void leave(struct victim *victim);

void make_writer(struct victim *victim);
void await_writers_match(struct victim *victim, uint32_t count);
void loan(struct victim *victim);
void fill(struct victim *victim);
void commit(struct victim *victim);
void publish(struct victim *victim);
/* Publish until the readers, who keep all, hold it up. */
void publish_all(struct victim *victim);
void await_room(struct victim *victim);
void grow(struct victim *victim);
void destroy_writer(struct victim *victim);

void make_reader(struct victim *victim);
void set_filter(struct victim *victim);
void await_sample(struct victim *victim);
void take(struct victim *victim);
void release(struct victim *victim);
void take_and_release(struct victim *victim);
void destroy_reader(struct victim *victim);

/* Wait in vain: news of before, and what is set up with the first sleep, are no part of what follows. */
void come_to_rest(struct victim *victim);

void make_graph_guard(struct victim *victim);
void await_graph(struct victim *victim);
/* Make a guard, trigger it, wait for it and destroy it. */
void trigger(struct victim *victim);

#endif
