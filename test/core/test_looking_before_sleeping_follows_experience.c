/* A thread looks before it sleeps where its waits are short, tries it the less often the more often in
 * vain, for as long as it works itself when that is long, and never on the only CPU or when the user
 * says so. */
#include <sched.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "plib/plib.h"
#include "spin.h"

enum {
    LIMIT = 40000,
    QUICK = 1000,
    LATE = LIMIT + 1,
    SHORT = 5 * LIMIT,
    LONG = 1000000,
    MOST = 1000000
};

static void short_waits(int count)
{
    for (int i = 0; i < count; i++)
        spin_slept(SHORT);
}

static void looks(int count, int64_t duration)
{
    for (int i = 0; i < count; i++)
        spin_looked(true, duration);
}

/* How many of `count` short waits begin with a look, which tells after `duration`, or is in vain. */
static int count_looks(int count, bool saw, int64_t duration)
{
    int looked = 0;

    for (int i = 0; i < count; i++) {
        if (spin_time() > 0) {
            spin_looked(saw, duration);
            looked++;
        }
        if (!saw || spin_time() == 0)
            spin_slept(SHORT);
    }
    return looked;
}

static void tries_where_waits_are_short(void)
{
    CHECK_EQUAL(spin_time(), 0);
    short_waits(1);
    spin_slept(LONG);
    short_waits(1);
    CHECK_EQUAL(spin_time(), 0);
    short_waits(1);
    CHECK(spin_time() > LIMIT); /* a trial reaches further */
}

static void goes_on_where_it_pays(void)
{
    tries_where_waits_are_short();
    looks(16, QUICK);
    CHECK_EQUAL(spin_time(), LIMIT);
    spin_looked(false, LIMIT);
    CHECK_EQUAL(spin_time(), LIMIT); /* once may be chance */
    looks(16, QUICK);
    for (int i = 0; i < 5; i++)
        spin_looked(false, LIMIT);
    CHECK_EQUAL(spin_time(), 0);
}

/* Others run on the CPU that it yields while it looks, and what it waits for comes meanwhile. */
static void stops_where_others_want_the_cpu(void)
{
    tries_where_waits_are_short();
    looks(16, QUICK);
    for (int i = 0; i < 5; i++)
        spin_looked(true, LONG);
    CHECK_EQUAL(spin_time(), 0);
    CHECK(count_looks(20000, true, LONG) < 20000 / 50);
}

static void stops_where_it_does_not(void)
{
    int looked;

    tries_where_waits_are_short();
    looked = count_looks(20000, false, INT64_C(4) * LIMIT);
    CHECK(looked > 1);
    CHECK(looked < 20000 / 50);
    /* What comes in a trial, but later than the limit, is no reason to look on. */
    looked = count_looks(20000, true, LATE);
    CHECK(looked > 16);
    CHECK(looked < 20000 / 20);
    /* What pays now is found out. */
    short_waits(2000);
    CHECK(spin_time() > LIMIT);
    looks(16, QUICK);
    CHECK_EQUAL(spin_time(), LIMIT);
}

static int64_t cpu_time(void)
{
    struct timespec now;

    CHECK_EQUAL(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void work(int64_t duration)
{
    int64_t end = cpu_time() + duration;

    while (cpu_time() < end)
        continue;
}

static void wait_after_work(int64_t duration)
{
    spin_wait_ends(plib_now());
    work(duration);
    spin_wait_begins(plib_now());
}

static void looks_as_long_as_it_works(void)
{
    const struct timespec elsewhere = {.tv_nsec = 3000000};

    tries_where_waits_are_short();
    looks(16, QUICK);
    wait_after_work(INT64_C(3) * LIMIT);
    wait_after_work(INT64_C(3) * LIMIT); /* the first told that CPU time is worth a look */
    CHECK(spin_time() >= INT64_C(3) * LIMIT);
    looks(16, INT64_C(2) * LIMIT); /* within what it may */
    CHECK(spin_time() >= INT64_C(3) * LIMIT);
    wait_after_work(INT64_C(5) * MOST);
    CHECK_EQUAL(spin_time(), MOST);
    /* To sleep elsewhere is no work, or it would be the most; an emulator works a little for it. */
    spin_wait_ends(plib_now());
    CHECK_EQUAL(nanosleep(&elsewhere, NULL), 0);
    spin_wait_begins(plib_now());
    CHECK(spin_time() < MOST);
}

static void looks_never(void)
{
    short_waits(100);
    CHECK_EQUAL(spin_time(), 0);
    wait_after_work(INT64_C(3) * LIMIT);
    wait_after_work(INT64_C(3) * LIMIT);
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
    in_a_child(goes_on_where_it_pays);
    in_a_child(stops_where_it_does_not);
    in_a_child(stops_where_others_want_the_cpu);
    in_a_child(looks_as_long_as_it_works);
    return 0;
}
