/* A thread of the witness's that sleeps until all its readers have taken what it published. */
#ifndef PLIB_TEST_WAITER_H
#define PLIB_TEST_WAITER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "plib/plib.h"

struct waiter {
    struct plib_writer *writer; /* NULL: there is no thread */
    int64_t deadline;
    pthread_t thread;
    _Atomic pid_t id; /* 0: it has not begun */
    int error;        /* of its wait */
};

/* Begin to wait, at most until `deadline`. */
void waiter_start(struct waiter *waiter, struct plib_writer *writer, int64_t deadline);

bool waiter_sleeps(struct waiter *waiter);

/* Wait for its end. Returns what its wait returned, 0 when it had none. */
int waiter_join(struct waiter *waiter);

#endif
