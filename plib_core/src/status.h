/* QoS statuses: what writers and readers know about their matches, deadlines and liveliness.
 *
 * Nobody runs a timer: whoever asks for a status, or waits for it to change, has what depends on the
 * time worked out then, and a wait ends when the next change is due. */
#ifndef PLIB_STATUS_H
#define PLIB_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "plib/plib.h"
#include "plib/protocol.h"

/* A period within which each sample must follow the one before. */
struct deadline {
    int64_t period; /* ns; INT64_MAX: none */
    int64_t last;   /* CLOCK_MONOTONIC ns of the last sample or counted miss; 0: no sample yet */
};

/* A sample came at `at`: count the periods that passed before it. O(1). */
void deadline_sample(struct deadline *deadline, struct plib_status *status, int64_t at);

/* Count the periods that passed until `now`. O(1). */
void deadline_look(struct deadline *deadline, struct plib_status *status, int64_t now);

/* When the next period ends: CLOCK_MONOTONIC ns, INT64_MAX: never. O(1). */
int64_t deadline_due(const struct deadline *deadline);

/* The end of a lease that was renewed at `asserted`; INT64_MAX: never. O(1). */
int64_t lease_end(int64_t asserted, int64_t lease);

/* Set `current` of a status; count it as a change when it is another value. O(1). */
void status_set_current(struct plib_status *status, uint32_t current);

/* plibd met an endpoint on the topic that cannot be matched with this one. O(1). */
void status_incompatible(struct plib_status *statuses, const struct plib_msg_incompatible *message);

/* True when `item`, an event, changed since it was seen; `due` gets the earlier of its value and the
 * time when the item may change by itself. O(matched endpoints). */
bool status_has_changed(const struct plib_wait_item *item, int64_t *due);

#endif
