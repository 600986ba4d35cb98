/* Participants that a fork copied into a child. The child has their private state but not their
 * memory, and two processes must not write one ring: every call on them is refused there. */
#ifndef PLIB_INHERITED_H
#define PLIB_INHERITED_H

#include <stdbool.h>

#include "atomics.h"
#include "participant.h"

/* Forks between the process that loaded the library and this one. */
extern uint32_t inherited_forks;

/* True in a child of the process that made the participant. O(1). */
static inline bool is_inherited(const struct plib_participant *participant)
{
    return participant->forks != load32(&inherited_forks);
}

/* 0, or -EPERM with a text that says what to do, in a child. O(1). */
int refuse_inherited(const struct plib_participant *participant);

/* Watch over forks from now on: a child closes the participant's socket. Setup. */
void inherited_add(struct plib_participant *participant);
void inherited_remove(struct plib_participant *participant);

#endif
