/* The samples of the kill-point test, and the topics that they are published on. */
#ifndef PLIB_TEST_SAMPLE_H
#define PLIB_TEST_SAMPLE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "plib/plib.h"

#define TOPIC_UP "/up"     /* from the victim to the witness and the bystander */
#define TOPIC_DOWN "/down" /* from the witness to the victim and the bystander */
#define TOPIC_ECHO "/echo" /* from the bystander to the witness */

/* What the witness asks of the bystander by a sample. */
enum ask {
    ASK_NOTHING,
    ASK_REPORT, /* that it tells what it has seen of the victim */
    ASK_FORGET  /* that it tells, and then forgets, for the next victim */
};

enum { SAMPLE_WORDS = 16 };

/* Whoever filters wants one of so many samples, from the first one on. */
enum { WANTED_EVERY = 3 };

struct sample {
    uint64_t number; /* its sequence number as well */
    uint64_t
        turn; /* among those published since its victim was there, from 1: what filters look at */
    uint64_t ask;     /* enum ask */
    uint64_t answers; /* in an echo: the number of what it answers; 0: the bystander tells by itself
                       * that the victim's writer has come or gone */
    uint64_t matched; /* in an echo: whether the victim's writer is there */
    uint64_t last;    /* in an echo: number of the victim's last sample, 0: none */
    uint64_t wrong;   /* in an echo: samples that were not as they must be */
    uint64_t words[SAMPLE_WORDS];
};

static inline uint64_t sample_word(const struct sample *sample, uint64_t index)
{
    return (sample->number * 31 + sample->ask * 37 + sample->last * 41 + sample->turn * 43 +
            index) *
           UINT64_C(0x9e3779b97f4a7c15);
}

static inline void sample_seal(struct sample *sample)
{
    for (uint64_t i = 0; i < SAMPLE_WORDS; i++)
        sample->words[i] = sample_word(sample, i);
}

static inline bool sample_is_whole(const struct plib_sample *taken)
{
    const struct sample *sample = taken->data;

    if (taken->length != sizeof(*sample) || sample->number != taken->sequence)
        return false;
    for (uint64_t i = 0; i < SAMPLE_WORDS; i++) {
        if (sample->words[i] != sample_word(sample, i))
            return false;
    }
    return true;
}

static inline bool turn_is_wanted(uint64_t turn)
{
    return turn % WANTED_EVERY == 1;
}

/* Whether a sample of TOPIC_UP, on which numbers are turns, may follow the one of number `last`. Between two
 * that a filter wants, with some lost, it is not known how many lie. */
static inline bool sample_follows(const struct plib_sample *sample, uint64_t last, bool filtered)
{
    uint64_t next = last + 1 + sample->lost;

    if (filtered && sample->lost > 0)
        return sample->sequence >= next && turn_is_wanted(sample->sequence);
    while (filtered && !turn_is_wanted(next))
        next++;
    return sample->sequence == next;
}

/* The filter, a plib_filter: the bytes may change while it looks, and what is taken is looked at again. */
static inline bool sample_is_wanted(const void *context, const uint8_t writer_gid[16],
                                    const void *data, uint64_t length)
{
    (void)context;
    (void)writer_gid;
    return length == sizeof(struct sample) &&
           turn_is_wanted(((const volatile struct sample *)data)->turn);
}

/* `depth` 0: KEEP_ALL. */
static inline struct plib_endpoint_options endpoint_of(uint32_t kind, const char *topic,
                                                       uint32_t depth)
{
    return (struct plib_endpoint_options){
        .kind = kind,
        .topic = topic,
        .type = "test/msg/Sample",
        .qos = {.reliability = PLIB_RELIABLE,
                .history = depth == 0 ? PLIB_KEEP_ALL : PLIB_KEEP_LAST,
                .depth = depth == 0 ? 1 : depth,
                .deadline = INT64_MAX,
                .lifespan = INT64_MAX,
                .lease = INT64_MAX}};
}

/* Ends the program when plib refuses something that is not to be refused. */
void must(int error, const char *what);

/* Take the next sample; another user's may need more memory for its copy first. */
static inline int sample_take(struct plib_reader *reader, struct plib_sample *sample)
{
    int error = plib_reader_take(reader, sample);

    if (error == -ENOBUFS) {
        must(plib_reader_reserve(reader), "reserve");
        error = plib_reader_take(reader, sample);
    }
    return error;
}

#endif
