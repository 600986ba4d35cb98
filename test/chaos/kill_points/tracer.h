/* Runs a victim to its mark and then instruction by instruction. */
#ifndef PLIB_TEST_TRACER_H
#define PLIB_TEST_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The instructions of an operation, by their addresses. */
struct trace {
    unsigned long *addresses;
    /* Of each instruction: the last one that can be run through to on the way to it, which is up to it, before
     * the victim may have slept, and at an address that is not found before. */
    uint64_t *near;
    uint64_t awake; /* where it would sleep for the first time if need be; UINT64_MAX: nowhere */
    uint64_t count;
};

/* What ends a victim's sleep in futex_waitv. `wake` NULL: it does not sleep. */
struct waker {
    void (*wake)(void *context);
    void *context;
};

struct tracee {
    pid_t process;
    uint64_t steps; /* since its mark */
    bool ended;     /* its operation has */
    bool asleep;    /* it is, and not stopped */
    bool gone;      /* it has ended by itself */
};

/* Start a victim, as another user unless that is 0. Exits with 77 where nothing may be traced. */
void tracer_start(struct tracee *tracee, const char *operation, uid_t user);

/* Wait until it is at its mark. False: it ended before. */
bool tracer_await_mark(struct tracee *tracee);

/* Carry out all instructions of a victim that is at its mark, and note them. False: it ended by itself. */
bool tracer_record(struct tracee *tracee, struct trace *trace, const struct waker *waker);

/* Carry out `count` instructions, fewer if the operation ends before. A system call is one, and so is an
 * instruction that repeats itself; being asleep is one as well. Most are not stepped through, but run through
 * to the one of the trace that is near. False: the victim ended by itself. */
bool tracer_run(struct tracee *tracee, const struct trace *trace, uint64_t count,
                const struct waker *waker);

/* The address of its next instruction. */
unsigned long tracer_address(const struct tracee *tracee);

/* SIGKILL it, and wait until it is no more. */
void tracer_kill(struct tracee *tracee);

#endif
