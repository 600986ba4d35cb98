/* Starting plibd on demand.
 *
 * Two participants may find nobody listening at the same time. Who locks plibd.lock beside the socket first starts
 * plibd and lets it inherit the locked descriptor; plibd removes and closes it when it listens. So the lock is
 * held exactly while a plibd is on its way, and is released by the kernel if that plibd dies. It is a file that
 * nobody else may open: a lock on the directory could be held for ever by any user who may read that.
 */
#include "launch.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "plib/plib.h"

enum { LOCK_FD = 3 }; /* in the started daemon */

struct launch {
    char program[PATH_MAX];
    char home[PATH_MAX];
    char path_variable[PATH_MAX];
    const char *socket;
    int lock;
    int log;
};

/* plibd stands in bin/ beside the lib/ that this library was loaded from; $PLIBD overrides. */
static void find_program(char *program)
{
    const char *chosen = getenv("PLIBD");
    char library[PATH_MAX];
    Dl_info info;

    (void)snprintf(program, PATH_MAX, "plibd");
    if (chosen != NULL && chosen[0] == '/') {
        (void)snprintf(program, PATH_MAX, "%s", chosen);
        return;
    }
    if (dladdr((const void *)(uintptr_t)&launch_daemon, &info) == 0 ||
        realpath(info.dli_fname, library) == NULL)
        return;
    char candidate[PATH_MAX + 16];
    (void)snprintf(candidate, sizeof(candidate), "%s/../bin/plibd", dirname(library));
    if (access(candidate, X_OK) == 0 && strlen(candidate) < PATH_MAX)
        memcpy(program, candidate, strlen(candidate) + 1);
}

static void exec_daemon(const struct launch *launch) __attribute__((noreturn));

/* Runs after fork in a process that may have had threads: async-signal-safe calls only. */
static void exec_daemon(const struct launch *launch)
{
    char *arguments[] = {(char *)(uintptr_t)launch->program,
                         "--socket",
                         (char *)(uintptr_t)launch->socket,
                         "--start-lock-fd",
                         "3",
                         NULL};
    /* Nothing of the application's environment but what a Python daemon needs: no PYTHONPATH, no
     * LD_PRELOAD, no RMW_IMPLEMENTATION. */
    char *environment[] = {(char *)(uintptr_t)launch->home,
                           (char *)(uintptr_t)launch->path_variable, "LANG=C.UTF-8", NULL};
    sigset_t none;

    (void)sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        (void)signal(number, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (chdir("/") != 0 || dup2(launch->log, STDOUT_FILENO) < 0 ||
        dup2(launch->log, STDERR_FILENO) < 0 || dup2(launch->lock, LOCK_FD) < 0)
        _exit(127);
    (void)close(STDIN_FILENO);
    (void)open("/dev/null", O_RDONLY);
    (void)syscall(SYS_close_range, LOCK_FD + 1, ~0U, 0);
    if (strchr(launch->program, '/') != NULL)
        (void)execve(launch->program, arguments, environment);
    else
        (void)execvpe(launch->program, arguments, environment);
    _exit(127);
}

/* A grandchild in a session of its own: the application never has to reap it, and signals of its
 * terminal do not reach it. */
static int fork_daemon(const struct launch *launch)
{
    pid_t child = fork();
    int status;

    if (child < 0)
        return fail(-errno, "cannot start plibd: %s", strerror(errno));
    if (child == 0) {
        (void)setsid();
        child = fork();
        if (child == 0)
            exec_daemon(launch);
        _exit(child < 0 ? 1 : 0);
    }
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            break; /* the application ignores SIGCHLD: nothing to reap */
    }
    return 0;
}

/* Descriptors above those that the daemon's standard ones and lock take. */
static int open_high(const char *name, int flags)
{
    int fd = open(name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    int high;

    if (fd < 0)
        return fail(-errno, "cannot open %s: %s", name, strerror(errno));
    high = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    (void)close(fd);
    return high < 0 ? fail(-errno, "cannot open %s: %s", name, strerror(errno)) : high;
}

static int launch_locked(const char *path, const char *directory, int lock)
{
    struct launch *launch = calloc(1, sizeof(*launch));
    char log_name[PATH_MAX + sizeof("/plibd.log")];
    int error;

    if (launch == NULL)
        return fail(-ENOMEM, "no memory to start plibd");
    find_program(launch->program);
    (void)snprintf(launch->home, sizeof(launch->home), "HOME=%s",
                   getenv("HOME") ? getenv("HOME") : "/");
    (void)snprintf(launch->path_variable, sizeof(launch->path_variable), "PATH=%s",
                   getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
    (void)snprintf(log_name, sizeof(log_name), "%s/plibd.log", directory);
    launch->socket = path;
    launch->lock = lock;
    launch->log = open_high(log_name, O_WRONLY | O_APPEND | O_CREAT);
    error = launch->log < 0 ? launch->log : fork_daemon(launch);
    if (launch->log >= 0)
        (void)close(launch->log);
    free(launch);
    return error;
}

/* Then the lock was another one's, who has done with it: there is a plibd now. */
static bool is_removed(int lock)
{
    struct stat status;

    return fstat(lock, &status) != 0 || status.st_nlink == 0;
}

int launch_daemon(const char *path, int *launches)
{
    const char *slash = strrchr(path, '/');
    char directory[PATH_MAX];
    char lock_name[PATH_MAX + sizeof("/plibd.lock")];
    int lock;
    int error = 0;

    (void)snprintf(directory, sizeof(directory), "%.*s", slash == NULL ? 1 : (int)(slash - path),
                   slash == NULL ? "." : path);
    (void)snprintf(lock_name, sizeof(lock_name), "%s/plibd.lock", directory);
    lock = open_high(lock_name, O_RDONLY | O_CREAT);
    if (lock < 0)
        return lock;
    if (flock(lock, LOCK_EX | LOCK_NB) == 0 && !is_removed(lock) && ++*launches > 0)
        error = launch_locked(path, directory, lock);
    (void)close(lock);
    return error;
}
