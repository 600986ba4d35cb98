/* A reader's private copies of another user's samples, one a hold: what their writer could change while it
 * is parsed is not given out. Their memory is the process's own; it grows in plib_reader_reserve(), to what was
 * ever needed, and never in a take. With the reader's lock. */
#ifndef PLIB_PRIVATE_COPY_H
#define PLIB_PRIVATE_COPY_H

#include <stdbool.h>

#include "foreign_ring.h"
#include "reader.h"

/* Whether hold `hold` has memory for a copy of the sample. O(1). */
bool private_copy_fits(const struct reader_link *link, uint32_t hold,
                       const struct ring_sample *sample);

/* Note that it needs as much. O(1). */
void private_copy_want(struct reader_link *link, uint32_t hold, const struct ring_sample *sample);

/* Copy a sample that fits, and have `data` point to the copy. O(bytes). */
void private_copy_make(struct reader_link *link, uint32_t hold, struct ring_sample *sample);

/* Get what the link's holds need. False: there is no memory. Setup. */
bool private_copy_grow(struct reader_link *link);

void private_copy_free(struct reader_link *link);

#endif
