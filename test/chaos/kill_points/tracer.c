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
#include "user.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

enum { CANNOT_BE_TRIED = 77, SYSCALL_INSTRUCTION = 0x050f, TRACE_GROWTH = 4096 };

static void be_traced(const char *operation, uid_t user)
{
    char self[] = "/proc/self/exe";
    char victim[] = "victim";
    char *arguments[] = {self, victim, (char *)(uintptr_t)operation, NULL};

    /* The same addresses each time, so that a failure's can be looked up. The linker's work is done before. */
    (void)personality(ADDR_NO_RANDOMIZE);
    (void)setenv("LD_BIND_NOW", "1", 1);
    if (user != 0 && !become_user(user))
        _exit(CANNOT_BE_TRIED);
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

void tracer_start(struct tracee *tracee, const char *operation, uid_t user)
{
    *tracee = (struct tracee){.process = fork()};
    if (tracee->process == 0)
        be_traced(operation, user);
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

/* It is to be stopped by SIGTRAP, and by SIGILL at the end. False: it ended by itself. */
static bool await_step(struct tracee *tracee)
{
    int signal = await_stop(tracee);

    tracee->ended = signal == SIGILL;
    return signal == SIGTRAP || signal == SIGILL;
}

static bool go_on(struct tracee *tracee, enum __ptrace_request how)
{
    return ptrace(how, tracee->process, NULL, NULL) == 0 && await_step(tracee);
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

/* The next instruction is a call that sleeps, unless there is no need to: carry it out as well. */
static bool sleep_and_wake(struct tracee *tracee, uint64_t count, const struct waker *waker)
{
    int signal;

    if (ptrace(PTRACE_SINGLESTEP, tracee->process, NULL, NULL) != 0)
        return false;
    if (has_fallen_asleep(tracee)) {
        tracee->asleep = ++tracee->steps == count;
        if (tracee->asleep)
            return true;
        waker->wake(waker->context);
    }
    signal = await_stop(tracee);
    tracee->steps++;
    return signal == SIGTRAP;
}

/* One step, or two with the one of being asleep, unless that makes `count`. */
static bool go_on_a_step(struct tracee *tracee, uint64_t count, const struct waker *waker)
{
    if (waker->wake != NULL && is_about_to_sleep(tracee))
        return sleep_and_wake(tracee, count, waker);
    return step(tracee);
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
    for (uint64_t i = 1; i < trace->count; i++) {
        bool is_near = i <= trace->awake && !is_found_before(trace, i);

        trace->near[i] = is_near ? i : trace->near[i - 1];
    }
    return true;
}

bool tracer_record(struct tracee *tracee, struct trace *trace, const struct waker *waker)
{
    trace->awake = UINT64_MAX;
    do {
        unsigned long address = tracer_address(tracee);
        uint64_t before = tracee->steps;

        if (trace->awake == UINT64_MAX && is_about_to_sleep(tracee))
            trace->awake = before;
        if (!append(trace, address) || !go_on_a_step(tracee, UINT64_MAX, waker))
            return false;
        /* It was asleep at this instruction. */
        if (tracee->steps > before + 1 && !append(trace, address))
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

/* Run to an instruction of the trace. A victim that sleeps before, since it came another way, stays there. */
static bool run_to(struct tracee *tracee, const struct trace *trace, uint64_t index,
                   const struct waker *waker)
{
    set_debug_register(tracee, 0, trace->addresses[index]);
    /* Stop before the instruction at the address in register 0. */
    set_debug_register(tracee, 7, 1);
    if (ptrace(PTRACE_CONT, tracee->process, NULL, NULL) != 0)
        return false;
    tracee->steps = index;
    tracee->asleep = waker->wake != NULL && has_fallen_asleep(tracee);
    if (tracee->asleep)
        return true;
    if (!await_step(tracee))
        return false;
    set_debug_register(tracee, 7, 0);
    return true;
}

bool tracer_run(struct tracee *tracee, const struct trace *trace, uint64_t count,
                const struct waker *waker)
{
    uint64_t near = trace->near[count < trace->count ? count : trace->count - 1];

    if (near > 0 && !run_to(tracee, trace, near, waker))
        return false;
    if (tracee->asleep)
        return true;
    while (tracee->steps < count && !tracee->ended) {
        if (!go_on_a_step(tracee, count, waker))
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
