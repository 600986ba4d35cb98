/* What plibd, which is Python, needs in C: atomic writes to the memory that it publishes, and the
 * robust futexes by which the kernel tells every participant that plibd has died.
 *
 * For plibd only; all of it is called from its main thread. Not part of the public API.
 */
#ifndef PLIB_DAEMON_H
#define PLIB_DAEMON_H

#include <stddef.h>
#include <stdint.h>

#include "plib/layout.h"
#include "plib/plib.h"

#ifdef __cplusplus
extern "C" {
#endif

/* cffi: begin */
struct plib_mailboxes;

/* Room for `count` mailboxes (at most 2000: the kernel walks no more robust futexes). One a process.
 * -ENOMEM, or -EINVAL when count is too large. */
PLIB_SETUP int plib_mailboxes_create(uint32_t count, struct plib_mailboxes **out);
PLIB_SETUP void plib_mailboxes_destroy(struct plib_mailboxes *boxes);

/* Map the mailbox `fd` (PLIB_MAILBOX_SIZE bytes, writable) and mark plibd alive in it. Returns its
 * index or -ENOSPC, -errno of mmap. */
PLIB_SETUP int plib_mailboxes_add(struct plib_mailboxes *boxes, int fd);

/* Give a mailbox up; its participant, if it lives, is told as if plibd had died. */
PLIB_SETUP void plib_mailboxes_remove(struct plib_mailboxes *boxes, uint32_t index);

/* Raise an epoch and wake the participant. Bounded. */
PLIB_BOUNDED void plib_mailboxes_raise_control(struct plib_mailboxes *boxes, uint32_t index);
PLIB_BOUNDED void plib_mailboxes_raise_graph(struct plib_mailboxes *boxes, uint32_t index);

/* Write (kind FREE: clear) record `index` of a mapped board. Bounded. */
PLIB_BOUNDED void plib_board_write(void *board, uint32_t index,
                                   const struct plib_board_record *record);

/* Announce `count` records and a new version. Bounded. */
PLIB_BOUNDED void plib_board_publish(void *board, uint32_t count);

/* Map `size` bytes of `fd` writable (the board) or read-only (calls); NULL and errno on error. */
PLIB_SETUP void *plib_daemon_map(int fd, uint64_t size, int writable);
PLIB_SETUP void plib_daemon_unmap(void *address, uint64_t size);

/* A call that lasts: thread, function and when it began, as the process says. */
struct plib_long_call {
    uint32_t thread;
    uint32_t function; /* enum plib_call_function, not NONE */
    int64_t entered;   /* CLOCK_MONOTONIC ns, in the past */
};

/* Find the first call from record `*place` on that began before `before` (CLOCK_MONOTONIC ns) in a mapped
 * call record, which its process may change meanwhile. True and `*place` behind it, or false. Bounded:
 * O(PLIB_CALLS_MAX). */
PLIB_BOUNDED int plib_calls_find_long(const void *calls, int64_t before, uint32_t *place,
                                      struct plib_long_call *out);

/* A function's name as in plib.h; "?" for none. Bounded: O(1). */
PLIB_BOUNDED const char *plib_call_name(uint32_t function);
/* cffi: end */

#ifdef __cplusplus
}
#endif
#endif
