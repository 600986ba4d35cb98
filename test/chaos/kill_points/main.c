/* Kills a process after each single instruction of an operation, and checks what becomes of the others.
 *
 *   kill_points OPERATION [KILLS PHASE]    kill after each of its instructions, or about KILLS times: after
 *                                          PHASE instructions and then after every so many, where PHASE is
 *                                          taken modulo their distance
 *   kill_points list                       say which operations there are
 *
 * For each kill a victim is started, which joins the plibd at $PLIB_SOCKET, makes its endpoints, comes to
 * its mark and is then stepped (PTRACE_SINGLESTEP). The witness, which is this process, and the bystander
 * are the ends that live on. All three come to rest before the first step, so that the operation is the same
 * each time. */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "operation.h"
#include "tracer.h"
#include "user.h"
#include "witness.h"

enum {
    CANNOT_BE_TRIED = 77,
    WRONG_MAX = 3,  /* after so many it gives up: each may have waited in vain */
    KILL_TIME = 60, /* s; beyond that the witness stays in a call that should have ended */
    /* KiB that a process may grow by in the last two thirds of all kills, beside half a KiB for each. */
    MEMORY_MAX = 512
};

struct run {
    struct witness witness;
    struct trace trace;
    uint64_t instructions;
    unsigned kills;
    unsigned wrong;
};

static void wake_victim(void *context)
{
    (void)witness_wake(context);
}

/* What is being tried, for when it does not end. */
static char trial[128];

static void give_up(int number)
{
    static const char text[] = ": the witness stays in a call\n";

    (void)number;
    if (write(STDERR_FILENO, trial, strlen(trial)) < 0 ||
        write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        _exit(2);
    _exit(1);
}

static bool run_victim(struct run *run, struct tracee *tracee, uint64_t count)
{
    bool sleeps = run->witness.operation->wake != WAKE_NOT_NEEDED;
    const struct waker waker = {.wake = sleeps ? wake_victim : NULL, .context = &run->witness};

    return run->trace.count == 0 ? tracer_record(tracee, &run->trace, &waker)
                                 : tracer_run(tracee, &run->trace, count, &waker);
}

/* Kill a victim after `count` instructions. False when its operation has fewer. */
static bool kill_one(struct run *run, uint64_t count)
{
    struct witness *witness = &run->witness;
    const struct operation *operation = witness->operation;
    struct tracee tracee;
    char place[128] = "?";
    bool well;

    (void)snprintf(trial, sizeof(trial), "%s, killed after %" PRIu64 " instructions",
                   operation->name, count);
    (void)alarm(KILL_TIME);
    tracer_start(&tracee, operation->name, operation->foreign ? VICTIM_USER : 0);
    witness->victim = tracee.process;
    witness->problem[0] = '\0';
    well = witness_supply(witness);
    if (well && !tracer_await_mark(&tracee)) {
        (void)fprintf(stderr, "the victim ended before its mark\n");
        exit(1);
    }
    well = well && witness_prepare(witness) && run_victim(run, &tracee, count) &&
           witness->problem[0] == '\0'; /* as it woke the victim */
    if (well)
        describe_address(tracee.process, tracer_address(&tracee), place, sizeof(place));
    well = well && witness_look(witness, tracee.ended);
    tracer_kill(&tracee);
    run->kills++;
    well = well && witness_check(witness, tracee.ended);
    if (!well) {
        run->wrong++;
        (void)fprintf(stderr, "%s, killed after %" PRIu64 " instructions at %s: %s\n",
                      operation->name, tracee.steps, place,
                      witness->problem[0] == '\0' ? "the victim ended by itself"
                                                  : witness->problem);
    }
    if (tracee.ended && tracee.steps > run->instructions)
        run->instructions = tracee.steps;
    return !tracee.ended;
}

static void note_memory(const struct run *run, long memory[3])
{
    memory[0] = private_memory_of(getpid());
    memory[1] = private_memory_of(run->witness.bystander);
    memory[2] = private_memory_of(run->witness.plibd);
}

static void check_memory(struct run *run, const long before[3], unsigned kills)
{
    static const char *const names[] = {"the witness", "the bystander", "plibd"};
    long now[3];

    note_memory(run, now);
    for (int i = 0; i < 3; i++) {
        if (now[i] - before[i] <= MEMORY_MAX + (long)kills / 2)
            continue;
        run->wrong++;
        (void)fprintf(stderr, "%s: %s grew from %ld KiB to %ld KiB by %u deaths\n",
                      run->witness.operation->name, names[i], before[i], now[i], kills);
    }
}

/* An operation that is to sleep, and does not, tries nothing. */
static bool operation_sleeps_not(const struct run *run)
{
    const struct witness *witness = &run->witness;

    if (witness->operation->wake == WAKE_NOT_NEEDED || witness->wakes > 0)
        return false;
    (void)fprintf(stderr, "%s does not sleep\n", witness->operation->name);
    return true;
}

static void kill_all(struct run *run, uint64_t kills, uint64_t phase)
{
    unsigned noted = 0;
    long memory[3];
    uint64_t stride;

    /* The first one is to tell how many instructions there are. */
    (void)kill_one(run, UINT64_MAX);
    if (run->wrong == 0 && operation_sleeps_not(run))
        run->wrong++;
    if (run->wrong > 0)
        return;
    stride = kills == 0 || kills > run->instructions ? 1 : run->instructions / kills;
    note_memory(run, memory);
    for (uint64_t count = phase % stride; run->wrong < WRONG_MAX; count += stride) {
        bool before_end = kill_one(run, count);

        /* Not each run has as many: what plibd sends comes in one go or in two. */
        if (!before_end && count >= run->instructions)
            break;
        if (count < run->instructions / 3) {
            note_memory(run, memory);
            noted = run->kills;
        }
    }
    check_memory(run, memory, run->kills - noted);
}

/* Who serves $PLIB_SOCKET. */
static pid_t find_plibd(void)
{
    const char *path = getenv("PLIB_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct ucred peer = {.pid = 0};
    socklen_t size = sizeof(peer);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    (void)strncpy(address.sun_path, path == NULL ? "" : path, sizeof(address.sun_path) - 1);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        perror("no plibd at $PLIB_SOCKET");
        exit(1);
    }
    (void)close(fd);
    return peer.pid;
}

static pid_t start_bystander(const struct operation *operation)
{
    pid_t process = fork();

    if (process == 0) {
        char self[] = "/proc/self/exe";
        char role[] = "bystander";
        char *arguments[] = {self, role, (char *)(uintptr_t)operation->name, NULL};

        if (operation->foreign && !become_user(BYSTANDER_USER))
            _exit(1);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)execv(self, arguments);
        _exit(1);
    }
    return process;
}

/* A step is two switches between tracer and victim, which is quicker on one CPU than between two. */
static void stay_on_this_cpu(void)
{
    cpu_set_t cpus;

    CPU_ZERO(&cpus);
    CPU_SET(sched_getcpu(), &cpus);
    (void)sched_setaffinity(0, sizeof(cpus), &cpus);
}

static void run_all(struct run *run, const struct operation *operation, uint64_t kills,
                    uint64_t phase)
{
    pid_t plibd = find_plibd();
    pid_t bystander = start_bystander(operation);

    (void)signal(SIGALRM, give_up);
    stay_on_this_cpu();
    witness_create(&run->witness, operation, bystander, plibd);
    kill_all(run, kills, phase);
    witness_destroy(&run->witness);
    (void)kill(bystander, SIGKILL);
    (void)waitpid(bystander, NULL, 0);
    if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD) {
        run->wrong++;
        (void)fprintf(stderr, "%s: a process is left\n", operation->name);
    }
}

static int usage(void)
{
    (void)fprintf(stderr, "usage: kill_points OPERATION [KILLS PHASE] | list\n");
    return 2;
}

static int list(void)
{
    for (const struct operation *operation = operations; operation->name != NULL; operation++)
        (void)puts(operation->name);
    return 0;
}

int main(int argc, char **argv)
{
    bool is_part = argc == 3;
    const struct operation *operation;
    struct run run = {0};

    if (argc == 2 && strcmp(argv[1], "list") == 0)
        return list();
    operation = argc < 2 ? NULL : operation_find(argv[is_part ? 2 : 1]);
    if (operation == NULL)
        return usage();
    if (is_part && strcmp(argv[1], "victim") == 0)
        victim_main(operation);
    if (is_part && strcmp(argv[1], "bystander") == 0)
        bystander_main(operation);
    if (argc != 2 && argc != 4)
        return usage();
    if (operation->foreign && geteuid() != 0) {
        (void)fprintf(stderr, "only root may become other users\n");
        return CANNOT_BE_TRIED;
    }
    run_all(&run, operation, argc == 4 ? strtoull(argv[2], NULL, 10) : 0,
            argc == 4 ? strtoull(argv[3], NULL, 10) : 0);
    (void)printf("{\"instructions\": %" PRIu64 ", \"kills\": %u, \"wrong\": %u}\n",
                 run.instructions, run.kills, run.wrong);
    return run.wrong == 0 ? 0 : 1;
}
