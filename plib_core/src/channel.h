/* The socket to plibd: finding it, starting plibd, sending and receiving packets. */
#ifndef PLIB_CHANNEL_H
#define PLIB_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include "plib/protocol.h"

/* Connect to plibd at `path`; `deadline` in CLOCK_MONOTONIC ns. Starts plibd where this user may
 * (path's directory is the user's own), unless `deadline` is 0: then one attempt, and where no plibd
 * answers one is started and -EAGAIN returned at once.
 * Returns the descriptor or -EACCES, -ECONNREFUSED, -ETIMEDOUT, -EPERM (somebody else's plibd). */
int channel_connect(const char *path, int64_t deadline);

/* Send one packet; waits while plibd's queue is full, at most CONTROL_TIMEOUT. 0 or -errno. */
int channel_send(int fd, const struct plib_msg_header *message);

/* Receive one packet of at most sizeof(*message) bytes, with at most one descriptor (-1: none).
 * Waits until `deadline`, 0: not at all. Returns 0, -EAGAIN (nothing there), -ENOTCONN (plibd closed),
 * -EPROTO (not a message). */
int channel_receive(int fd, union plib_any_message *message, int *descriptor, int64_t deadline);

#endif
