/* A thread looks before it sleeps only after waits that were short, the less often the more it looked in
 * vain, and never on the only CPU or when the user says so. */
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "spin.h"

enum { LIMIT = 40000, SHORT = 1000, LONG = 1000000 };

static void short_waits(int count)
{
    for (int i = 0; i < count; i++)
        spin_slept(SHORT);
}

/* How many of `count` short waits begin with a look, which is in vain. */
static int looks_in_vain(int count)
{
    int looks = 0;

    for (int i = 0; i < count; i++) {
        if (spin_time() > 0) {
            spin_looked(false);
            looks++;
        }
        spin_slept(SHORT);
    }
    return looks;
}

static void learns(void)
{
    int looks;

    CHECK_EQUAL(spin_time(), 0);
    short_waits(2);
    CHECK_EQUAL(spin_time(), LIMIT);
    spin_slept(LONG);
    CHECK_EQUAL(spin_time(), 0);
    short_waits(100);
    CHECK_EQUAL(spin_time(), LIMIT);
    spin_looked(false);
    CHECK_EQUAL(spin_time(), LIMIT); /* once may be chance */
    looks = looks_in_vain(10000);
    CHECK(looks > 1);
    CHECK(looks < 100);
    /* What pays again is found out and kept up. */
    short_waits(2000);
    CHECK_EQUAL(spin_time(), LIMIT);
    for (int i = 0; i < 100; i++)
        spin_looked(true);
    CHECK_EQUAL(spin_time(), LIMIT);
}

static void looks_never(void)
{
    short_waits(100);
    CHECK_EQUAL(spin_time(), 0);
}

/* The limit is found once a process. */
static void in_a_child(void (*run)(void))
{
    int status = 0;
    pid_t child = fork();

    CHECK(child >= 0);
    if (child == 0) {
        run();
        _exit(0);
    }
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK_EQUAL(status, 0);
}

int main(void)
{
    cpu_set_t cpus;
    cpu_set_t one;

    CHECK_EQUAL(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
    CHECK_EQUAL(setenv("PLIB_SPIN_US", "0", 1), 0);
    in_a_child(looks_never);
    CHECK_EQUAL(setenv("PLIB_SPIN_US", "40", 1), 0);
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    CHECK_EQUAL(sched_setaffinity(0, sizeof(one), &one), 0);
    in_a_child(looks_never);
    CHECK_EQUAL(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
    if (CPU_COUNT(&cpus) < 2)
        return 77;
    in_a_child(learns);
    return 0;
}
