/* What a reader can take of one writer: the samples that its filter wanted, or all in the ring. With the
 * reader's lock. */
#ifndef PLIB_SUPPLY_H
#define PLIB_SUPPLY_H

#include "foreign_ring.h"
#include "reader.h"

/* Take the next sample into hold `hold`. O(1), but as sieve_take() with a filter. Errors as
 * foreign_ring_take(). */
int supply_take(const struct plib_reader *reader, struct reader_link *link, uint32_t hold,
                struct ring_sample *sample);

/* Give up the next sample, which is lost. O(1). */
void supply_skip(struct reader_link *link);

/* Whether there is a sample to take, of those that were judged where there is a filter. O(1). */
bool supply_has_some(struct reader_link *link);

/* Whether there are samples that were not counted as arrivals. O(1). */
bool supply_has_arrivals(const struct reader_link *link);

/* Count them, or all that wait when `again`; they are counted now. O(1). */
uint64_t supply_count_arrivals(struct reader_link *link, bool again);

/* Samples that wait, judged or not. O(1). */
uint64_t supply_queued(const struct reader_link *link);

/* Note what was overwritten as lost. O(1), and with a filter what judging needs. */
void supply_skip_overwritten(struct plib_reader *reader, struct reader_link *link);

#endif
