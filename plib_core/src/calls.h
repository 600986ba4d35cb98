/* The call record: what each thread of this process is doing inside the library, for plibd's watchdog.
 * Own memory, which plibd reads. */
#ifndef PLIB_CALLS_H
#define PLIB_CALLS_H

#include "participant.h"

/* Note that the calling thread is in `function` since now. Returns its record for call_end(); NULL when
 * PLIB_CALLS_MAX other threads have one. O(1), O(PLIB_CALLS_MAX) in a thread's first call. */
struct plib_call *call_begin(const struct plib_participant *participant,
                             enum plib_call_function function);
void call_end(struct plib_call *record);

/* The calling thread's record was its parent's. Signals: safe. */
void calls_forget(void);

#endif
