/* What a writer reads of its readers: link records in other processes' peer pages. Hostile memory:
 * each field is loaded once and checked. */
#ifndef PLIB_FOREIGN_LINK_H
#define PLIB_FOREIGN_LINK_H

#include "writer.h"

/* True when the reader has noticed the match and keeps its record. O(1). */
bool foreign_link_is_attached(const struct writer_link *link);

/* The reader's position, believed only as far as it makes sense: it never runs backwards nor past
 * `head`. O(1). */
uint64_t foreign_link_cursor(struct writer_link *link, uint64_t head);

/* Put the positions in [first, end) that the reader holds into `held`, at most PLIB_HOLDS_MAX.
 * Returns their number. O(1). */
uint32_t foreign_link_holds(const struct writer_link *link, uint64_t first, uint64_t end,
                            uint64_t held[PLIB_HOLDS_MAX]);

/* How many samples the reader may lag: its depth, and what it needs to filter them. O(1). */
uint32_t foreign_link_depth(const struct writer_link *link);

/* Which of the writer's bells the reader sleeps on. O(1). */
void foreign_link_sleepers(const struct writer_link *link, bool *on_writer_bell,
                           bool *on_process_bell);

#endif
