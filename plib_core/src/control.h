/* The conversation with plibd. */
#ifndef PLIB_CONTROL_H
#define PLIB_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "participant.h"
#include "plib/protocol.h"

/* Longest time that a set-up call takes, ns. */
#define CONTROL_TIMEOUT INT64_C(5000000000)

/* Send a request and apply all that arrives until its reply came, at a plibd that is connected to first if
 * none is; when the connection is lost meanwhile, again at the next. Call with the lock.
 * Returns the reply's status (its text is kept as the error text), -ENOTCONN when plibd is away,
 * -ETIMEDOUT. */
int control_request(struct plib_participant *participant, struct plib_msg_header *request);

/* The same at the plibd that is connected, only: -ENOTCONN when it goes away. Call with the lock. */
int control_request_once(struct plib_participant *participant, struct plib_msg_header *request);

/* True while no plibd has welcomed the participant. Call with the lock. */
bool control_is_away(const struct plib_participant *participant);

/* Send without waiting for the reply. -ENOTCONN: plibd is gone, and what it sent is still to be received.
 * Call with the lock. */
int control_send(struct plib_participant *participant, struct plib_msg_header *message);

/* Apply all that has arrived. Call with the lock. Returns 0 or -ENOTCONN. */
int control_drain(struct plib_participant *participant);

/* Introduce the participant on a fresh connection. plibd's answer is applied when it comes:
 * participant_joined() or participant_refused(). Call with the lock. */
int control_hello(struct plib_participant *participant);

/* Wait for that answer, if there is one to come. 0, -ETIMEDOUT or why it did not join. Call with the lock. */
int control_await_welcome(struct plib_participant *participant, int64_t deadline);

/* Tell plibd that an ended match is no longer read. Call with the lock. */
void control_released(struct plib_participant *participant, uint64_t match);

/* The connection is gone: close it, so that the participant looks for plibd again. With the lock. */
void control_lost(struct plib_participant *participant);

/* The same, and what plibd sent before holds: readers may have attached by it. With the lock. */
void control_end(struct plib_participant *participant);

#endif
