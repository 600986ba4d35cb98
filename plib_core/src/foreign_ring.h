/* What a reader reads of its writers: rings and descriptors in other processes' segments. Hostile
 * memory: each field is loaded once and checked. */
#ifndef PLIB_FOREIGN_RING_H
#define PLIB_FOREIGN_RING_H

#include "reader.h"

/* A checked copy of a descriptor: `data` lies in the writer's segment with `length` bytes. */
struct ring_sample {
    const uint8_t *data;
    uint64_t length;
    uint64_t position;
    int64_t source_timestamp;
    int64_t published; /* CLOCK_MONOTONIC ns, 0: not said */
    uint64_t related;
    bool counted; /* as an arrival */
};

/* Samples that may be taken: 0 to capacity. O(1). */
uint64_t foreign_ring_available(const struct reader_link *link);

/* Position behind the last sample, as the writer says, and of the first that can still be taken by a reader
 * that keeps all, from its cursor on: at most the capacity before. O(1). */
uint64_t foreign_ring_head(const struct reader_link *link, uint64_t *first);

/* Whether there are any. O(1), without a look at the writer's memory when the last one saw some. */
bool foreign_ring_has_some(struct reader_link *link);

/* Samples that may be taken from `first` on or, when the cursor is past it, from there on: 0 to
 * capacity. `end` gets the position behind them. O(1). */
uint64_t foreign_ring_count_from(const struct reader_link *link, uint64_t first, uint64_t *end);

/* Take the sample at the cursor into hold `hold`, skipping what was overwritten: `depth` is the most
 * that the reader keeps. Advances the cursor. O(1): at most RING_ATTEMPTS positions are tried.
 * -EAGAIN nothing to take, -ESTALE the sample lies in a segment that plibd's news will bring,
 * -ENOBUFS it is a foreign writer's and its copy has no room in the hold; `sample` says how large it is,
 * -EBADMSG the writer published nonsense, which was skipped. */
int foreign_ring_take(struct reader_link *link, uint32_t depth, uint32_t hold,
                      struct ring_sample *sample);

/* Give up the sample at the cursor, which is lost. O(1). */
void foreign_ring_skip(struct reader_link *link);

/* Look at the sample at `position` without a hold: it may be overwritten meanwhile, and its bytes are to
 * be read once and believed only when foreign_ring_is_there() after it. O(1). -EAGAIN it is not there,
 * -ESTALE, -EBADMSG as above. */
int foreign_ring_peek(const struct reader_link *link, uint64_t position,
                      struct ring_sample *sample);

/* Whether what was read of a sample before, was that sample. O(1). */
bool foreign_ring_is_there(const struct reader_link *link, uint64_t position);

/* Whether the memory of a foreign writer's sample, which was held and copied, may have been used again before
 * the copy was whole. O(1). */
bool foreign_ring_is_void(const struct reader_link *link, uint64_t position);

/* Hold the sample at `position`, which is not before the cursor. The cursor stays. O(1). Errors as
 * foreign_ring_peek(). */
int foreign_ring_hold(const struct reader_link *link, uint64_t position, uint32_t hold,
                      struct ring_sample *sample);

/* When the sample at `position`, which may be taken, was published: CLOCK_MONOTONIC ns as the writer
 * says, 0 when that is not to be known. O(1). */
int64_t foreign_ring_published(const struct reader_link *link, uint64_t position);

/* The writer's last sign of life: CLOCK_MONOTONIC ns as it says, 0: none yet. O(1). */
int64_t foreign_ring_asserted(const struct reader_link *link);

/* Samples between the cursor and the first that can still be taken by a reader that keeps `depth`. */
uint64_t foreign_ring_overwritten(const struct reader_link *link, uint32_t depth);

/* Go on to that first one. Returns how many were skipped, which are lost. O(1). */
uint64_t foreign_ring_skip_overwritten(struct reader_link *link, uint32_t depth);

/* Let the writer reuse what lies before `position`, and wake it if it waits for that. The sample at
 * the old cursor must be held or given up: the writer may retire it from here on. O(1). */
void foreign_ring_advance(struct reader_link *link, uint64_t position);

/* True when the writer goes on in another ring: this one gets nothing more. O(1). */
bool foreign_ring_is_left(const struct reader_link *link);

/* Position behind the last sample; in a ring that was left, where the next one goes on. O(1). */
uint64_t foreign_ring_end(const struct reader_link *link);

#endif
