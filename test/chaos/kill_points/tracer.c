#include "tracer.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

enum { CANNOT_BE_TRIED = 77, SYSCALL_INSTRUCTION = 0x050f, TRACE_GROWTH = 4096 };

static void be_traced(const char *operation)
{
    char self[] = "/proc/self/exe";
    char victim[] = "victim";
    char *arguments[] = {self, victim, (char *)(uintptr_t)operation, NULL};

    /* The same addresses each time, so that a failure's can be looked up. The linker's work is done before. */
    (void)personality(ADDR_NO_RANDOMIZE);
    (void)setenv("LD_BIND_NOW", "1", 1);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(CANNOT_BE_TRIED);
    (void)execv(self, arguments);
    _exit(1);
}

/* The signal that stopped it; -1: it ended, and its number may be another process's. */
static int await_stop(struct tracee *tracee)
{
    int status;

    if (waitpid(tracee->process, &status, 0) != tracee->process)
        return -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_BE_TRIED) {
        (void)fprintf(stderr, "nothing may be traced here\n");
        exit(CANNOT_BE_TRIED);
    }
    tracee->gone = !WIFSTOPPED(status);
    return tracee->gone ? -1 : WSTOPSIG(status);
}

void tracer_start(struct tracee *tracee, const char *operation)
{
    *tracee = (struct tracee){.process = fork()};
    if (tracee->process == 0)
        be_traced(operation);
    if (tracee->process < 0 || await_stop(tracee) != SIGTRAP ||
        ptrace(PTRACE_SETOPTIONS, tracee->process, NULL, PTRACE_O_EXITKILL) != 0 ||
        ptrace(PTRACE_CONT, tracee->process, NULL, NULL) != 0) {
        perror("cannot start a victim");
        exit(1);
    }
}

bool tracer_await_mark(struct tracee *tracee)
{
    return await_stop(tracee) == SIGTRAP;
}

static unsigned long peek_register(const struct tracee *tracee, size_t offset)
{
    return (unsigned long)ptrace(PTRACE_PEEKUSER, tracee->process, offset, NULL);
}

unsigned long tracer_address(const struct tracee *tracee)
{
    return peek_register(tracee, offsetof(struct user_regs_struct, rip));
}

static bool is_about_to_sleep(const struct tracee *tracee)
{
    unsigned long code;

    if (peek_register(tracee, offsetof(struct user_regs_struct, rax)) != SYS_futex_waitv)
        return false;
    code = (unsigned long)ptrace(PTRACE_PEEKTEXT, tracee->process, tracer_address(tracee), NULL);
    return (code & 0xffff) == SYSCALL_INSTRUCTION;
}

/* Wait until it sleeps, or stops because it need not. No event tells of it. */
static bool has_fallen_asleep(const struct tracee *tracee)
{
    siginfo_t stopped = {.si_pid = 0};

    while (waitid(P_PID, (id_t)tracee->process, &stopped, WSTOPPED | WEXITED | WNOHANG | WNOWAIT) ==
               0 &&
           stopped.si_pid == 0) {
        if (sleeps_in(tracee->process, SYS_futex_waitv))
            return true;
    }
    return false;
}

/* Have it stopped by SIGTRAP, and by SIGILL at the end. False: it ended by itself. */
static bool go_on(struct tracee *tracee, enum __ptrace_request how)
{
    int signal;

    if (ptrace(how, tracee->process, NULL, NULL) != 0)
        return false;
    signal = await_stop(tracee);
    tracee->ended = signal == SIGILL;
    return signal == SIGTRAP || signal == SIGILL;
}

/* The rounds of a repeated instruction (rep stos, which clears memory) end a step each, and are one here:
 * there may be more of them than of all others together, and most kills would be among them. */
static bool step(struct tracee *tracee)
{
    unsigned long address = tracer_address(tracee);

    do {
        if (!go_on(tracee, PTRACE_SINGLESTEP))
            return false;
    } while (!tracee->ended && tracer_address(tracee) == address);
    tracee->steps += !tracee->ended;
    return true;
}

bool tracer_step(struct tracee *tracee, uint64_t count, void (*wake)(void *context), void *context)
{
    while (tracee->steps < count && !tracee->ended) {
        int signal;

        if (!is_about_to_sleep(tracee)) {
            if (!step(tracee))
                return false;
            continue;
        }
        if (ptrace(PTRACE_SINGLESTEP, tracee->process, NULL, NULL) != 0)
            return false;
        if (has_fallen_asleep(tracee)) {
            if (++tracee->steps == count)
                return true;
            wake(context);
        }
        signal = await_stop(tracee);
        tracee->steps++;
        if (signal != SIGTRAP)
            return false;
    }
    return true;
}

static bool append(struct trace *trace, unsigned long address)
{
    if (trace->count % TRACE_GROWTH == 0) {
        size_t size = (trace->count + TRACE_GROWTH) * sizeof(*trace->addresses);
        unsigned long *addresses = realloc(trace->addresses, size);

        if (addresses == NULL)
            return false;
        trace->addresses = addresses;
    }
    trace->addresses[trace->count++] = address;
    return true;
}

static bool is_found_before(const struct trace *trace, uint64_t index)
{
    for (uint64_t i = 0; i < index; i++) {
        if (trace->addresses[i] == trace->addresses[index])
            return true;
    }
    return false;
}

static bool find_near(struct trace *trace)
{
    trace->near = calloc(trace->count, sizeof(*trace->near));
    if (trace->near == NULL)
        return false;
    for (uint64_t i = 1; i < trace->count; i++)
        trace->near[i] = is_found_before(trace, i) ? trace->near[i - 1] : i;
    return true;
}

bool tracer_record(struct tracee *tracee, struct trace *trace)
{
    do {
        if (!append(trace, tracer_address(tracee)) || !step(tracee))
            return false;
    } while (!tracee->ended);
    return find_near(trace);
}

static void set_debug_register(const struct tracee *tracee, size_t number, unsigned long value)
{
    size_t offset = offsetof(struct user, u_debugreg) + number * sizeof(value);

    if (ptrace(PTRACE_POKEUSER, tracee->process, offset, value) != 0) {
        perror("no hardware breakpoints");
        exit(CANNOT_BE_TRIED);
    }
}

bool tracer_run(struct tracee *tracee, const struct trace *trace, uint64_t count)
{
    uint64_t near = trace->near[count < trace->count ? count : trace->count - 1];

    if (near > 0) {
        set_debug_register(tracee, 0, trace->addresses[near]);
        set_debug_register(tracee, 7,
                           1); /* stop before the instruction at the address in register 0 */
        if (!go_on(tracee, PTRACE_CONT))
            return false;
        set_debug_register(tracee, 7, 0);
        tracee->steps = near;
    }
    while (tracee->steps < count && !tracee->ended) {
        if (!step(tracee))
            return false;
    }
    return true;
}

void tracer_kill(struct tracee *tracee)
{
    if (tracee->gone)
        return;
    (void)kill(tracee->process, SIGKILL);
    while (waitpid(tracee->process, NULL, 0) != tracee->process && errno != ECHILD)
        continue;
}
