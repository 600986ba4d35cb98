/* What a reader with a content filter wants of one writer's samples.
 *
 * Samples are judged once each, in order, where they lie. The positions of those that are wanted wait
 * here until they are taken; the reader's cursor stands at the first of them, or behind the last that was
 * judged, so that the writer keeps no sample for a reader that does not want it. KEEP_LAST counts wanted
 * samples only, as DDS has it: what is filtered out pushes nothing out of the history, as long as the
 * writer keeps what was wanted (PLIB_FILTER_REACH samples).
 *
 * A link that waits for the same writer's former one (`after`) is not sifted: it does not know yet where it
 * begins. */
#ifndef PLIB_SIEVE_H
#define PLIB_SIEVE_H

#include "foreign_ring.h"
#include "reader.h"

struct sieve {
    uint64_t judged;   /* position of the first sample that was not judged */
    uint64_t since;    /* position of the first sample that the present filter judges */
    uint64_t first;    /* wanted samples so far that were taken or lost */
    uint64_t last;     /* wanted samples so far */
    uint64_t counted;  /* of them, counted as arrivals */
    uint32_t most;     /* wanted samples that may wait */
    uint32_t capacity; /* of positions; a power of two */
    uint64_t positions[];
};

/* Give the link a sieve, which judges from its cursor on; none when it has one. -ENOMEM. Setup, with the
 * reader's lock. */
int sieve_insert(const struct plib_reader *reader, struct reader_link *link);

/* Judge what the writer published since, up to PLIB_SIFT_SAMPLES and PLIB_SIFT_BYTES; when there is more,
 * whoever sleeps looks again. With the lock. O(1), and what the filter needs; each sample once.
 * -ESTALE  the next sample lies in a segment that plibd's news will bring */
int sieve_sift(struct plib_reader *reader, struct reader_link *link);

/* Wanted samples that wait to be taken. O(1). */
uint64_t sieve_count(const struct sieve *sieve);

/* Of them, those that were not counted before; they are now. O(1). */
uint64_t sieve_count_arrivals(struct sieve *sieve, bool again);

/* Whether there are such. O(1). */
bool sieve_has_arrivals(const struct sieve *sieve);

/* Take the next wanted sample into hold `hold`; as foreign_ring_take(). O(capacity), when all that was
 * wanted has been overwritten, else O(1). */
int sieve_take(struct reader_link *link, uint32_t hold, struct ring_sample *sample);

/* Give up the next wanted sample, of which there is one; it is lost. O(1). */
void sieve_skip(struct reader_link *link);

/* Whether a sample that was wanted where it lay is so in the reader's own copy, if it is the present filter
 * that wanted it. As long as the filter needs. */
bool sieve_still_wants(const struct plib_reader *reader, const struct reader_link *link,
                       const struct ring_sample *copy);

#endif
