/* Runs a victim to its mark and then instruction by instruction. */
#ifndef PLIB_TEST_TRACER_H
#define PLIB_TEST_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The instructions of an operation, by their addresses. */
struct trace {
    unsigned long *addresses;
    uint64_t
        *near; /* of each instruction: the last one up to it whose address is not found before */
    uint64_t count;
};

struct tracee {
    pid_t process;
    uint64_t steps; /* since its mark */
    bool ended;     /* its operation has */
    bool gone;      /* it has ended by itself */
};

/* Start a victim. Exits with 77 where nothing may be traced. */
void tracer_start(struct tracee *tracee, const char *operation);

/* Wait until it is at its mark. False: it ended before. */
bool tracer_await_mark(struct tracee *tracee);

/* Carry out all instructions of a victim that is at its mark, and note them. False: it ended by itself. */
bool tracer_record(struct tracee *tracee, struct trace *trace);

/* Carry out `count` instructions, fewer if the operation ends before. A system call is one, and so is an
 * instruction that repeats itself. Most are not
 * stepped through, but run through to the last one of the trace that can be told by its address.
 * False: the victim ended by itself. */
bool tracer_run(struct tracee *tracee, const struct trace *trace, uint64_t count);

/* The same, each of them stepped, and with a call of futex_waitv that sleeps. `wake` is called to end that;
 * being asleep is a step of its own. */
bool tracer_step(struct tracee *tracee, uint64_t count, void (*wake)(void *context), void *context);

/* The address of its next instruction. */
unsigned long tracer_address(const struct tracee *tracee);

/* SIGKILL it, and wait until it is no more. */
void tracer_kill(struct tracee *tracee);

#endif
