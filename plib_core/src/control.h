/* The conversation with plibd. */
#ifndef PLIB_CONTROL_H
#define PLIB_CONTROL_H

#include <stdint.h>

#include "participant.h"
#include "plib/protocol.h"

/* Longest time that a set-up call takes, ns. */
#define CONTROL_TIMEOUT INT64_C(5000000000)

/* Send a request and apply all that arrives until its reply came. Call with the lock.
 * Returns the reply's status (its text is kept as the error text), -ENOTCONN when plibd is away,
 * -ETIMEDOUT. */
int control_request(struct plib_participant *participant, struct plib_msg_header *request);

/* Send without waiting for the reply. Call with the lock. */
int control_send(struct plib_participant *participant, struct plib_msg_header *message);

/* Apply all that has arrived. Call with the lock. Returns 0 or -ENOTCONN. */
int control_drain(struct plib_participant *participant);

/* Introduce the participant on a fresh connection and wait for the welcome. Call with the lock. */
int control_hello(struct plib_participant *participant);

/* Tell plibd that an ended match is no longer read. Call with the lock. */
void control_released(struct plib_participant *participant, uint64_t match);

/* The connection is gone: close it, so that the participant looks for plibd again. With the lock. */
void control_lost(struct plib_participant *participant);

#endif
