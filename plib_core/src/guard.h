/* Guard conditions from the inside. */
#ifndef PLIB_GUARD_H
#define PLIB_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "participant.h"

/* True once for each trigger. O(1). */
bool guard_take(struct plib_guard *guard);

/* Trigger every graph guard of the participant, and wake this process's waits. O(graph guards). */
void guard_trigger_graph(struct plib_participant *participant);

/* The process's own wait word and its value; from here until disarm a trigger changes it. */
const uint32_t *guard_bell_arm(uint32_t *value);
void guard_bell_disarm(void);

#endif
