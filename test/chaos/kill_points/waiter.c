#include "waiter.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "process.h"
#include "sample.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

static void *wait_until_taken(void *context)
{
    struct waiter *waiter = context;

    atomic_store(&waiter->id, (pid_t)syscall(SYS_gettid));
    waiter->error = plib_writer_wait_taken(waiter->writer, waiter->deadline);
    return NULL;
}

bool waiter_sleeps(struct waiter *waiter)
{
    pid_t id = atomic_load(&waiter->id);

    return id != 0 && sleeps_in(id, SYS_futex_waitv);
}

int waiter_join(struct waiter *waiter)
{
    if (waiter->writer == NULL)
        return 0;
    must(-pthread_join(waiter->thread, NULL), "thread");
    waiter->writer = NULL;
    return waiter->error;
}

void waiter_start(struct waiter *waiter, struct plib_writer *writer, int64_t deadline)
{
    (void)waiter_join(waiter); /* of a victim with which something was wrong */
    waiter->writer = writer;
    waiter->deadline = deadline;
    atomic_store(&waiter->id, 0);
    must(-pthread_create(&waiter->thread, NULL, wait_until_taken, waiter), "thread");
}
