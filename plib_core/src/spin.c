#include "spin.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

enum {
    DEFAULT_LIMIT_US = 50,
    LIMIT_US_MAX = 1000,
    ENOUGH = 2, /* short waits in a row before it is tried */
    REACH = 4,  /* times the limit: how long a trial looks */
    SHORT = 6, /* times the limit: a wait that a trial may shorten; to be woken took time as well */
    WORTH = 2, /* both, times the thread's own work: beside it, to be woken takes little */
    TRIAL = 24,       /* looks a trial; one in vain counts for four */
    TRIAL_PASSED = 8, /* of them within the limit: it pays */
    CREDIT_MAX = 16,  /* looks remembered */
    FAILURE = 4,      /* looks that one in vain outweighs */
    SKIPPED_MAX = 1023,
    LOOKS_A_YIELD = 8
};

/* What the calling thread's last waits were like.
 *
 * A trial looks longer than it would pay: where the other side sleeps as well, the first answers come
 * late, and only when both look are they quick. Looking goes on when that came of it. */
struct experience {
    uint32_t credit;  /* short waits while it sleeps, else looks of late that were worth it */
    uint32_t trial;   /* looks that are left of one */
    uint32_t skipped; /* short waits to sleep through before the next trial */
    uint32_t penalty; /* how many after the next failure */
    bool looks;       /* outside a trial */
    bool works_long;  /* longer than the limit, so that its CPU time is worth a system call */
    int64_t ended;    /* the last wait, CLOCK_MONOTONIC ns */
    int64_t consumed; /* CPU time until then, ns; 0: not known */
    int64_t own;      /* limit for this wait by the thread's own work, ns; 0: none */
};

static _Thread_local struct experience experience;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int64_t limit;     /* ns */
static int64_t limit_max; /* ns */

static void find_limit(void)
{
    const char *text = getenv("PLIB_SPIN_US");
    char *end = NULL;
    long microseconds = text == NULL ? DEFAULT_LIMIT_US : strtol(text, &end, 10);
    cpu_set_t cpus;

    if (text != NULL && (end == text || *end != '\0' || microseconds < 0))
        microseconds = DEFAULT_LIMIT_US;
    if (microseconds > LIMIT_US_MAX)
        microseconds = LIMIT_US_MAX;
    /* On the only CPU nothing happens while one looks. */
    if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) < 2)
        microseconds = 0;
    limit = (int64_t)microseconds * 1000;
    limit_max = limit == 0 ? 0 : (int64_t)LIMIT_US_MAX * 1000;
}

static int64_t longer(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

static int64_t cpu_time(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void spin_wait_begins(int64_t now)
{
    int64_t work = 0;

    (void)pthread_once(&once, find_limit);
    experience.works_long = experience.ended != 0 && now - experience.ended > limit;
    if (experience.works_long && experience.consumed != 0)
        work = cpu_time() - experience.consumed;
    experience.own = work > limit ? work + work / 4 : 0;
    if (experience.own > limit_max)
        experience.own = limit_max;
}

void spin_wait_ends(int64_t now)
{
    experience.ended = now;
    experience.consumed = experience.works_long && limit > 0 ? cpu_time() : 0;
}

int64_t spin_time(void)
{
    (void)pthread_once(&once, find_limit);
    if (experience.looks)
        return longer(limit, experience.own);
    return experience.trial > 0 ? longer(REACH * limit, WORTH * experience.own) : 0;
}

static void give_up(void)
{
    experience.looks = false;
    experience.trial = 0;
    experience.credit = 0;
    experience.skipped = experience.penalty;
    if (experience.penalty < SKIPPED_MAX)
        experience.penalty = 2 * experience.penalty + 1;
}

/* The two sides' trials need not begin together: what counts is that they meet. */
static void go_on_trying(bool saw)
{
    experience.trial -= saw || experience.trial < FAILURE ? 1 : FAILURE;
    if (experience.credit >= TRIAL_PASSED) {
        experience.looks = true;
        experience.trial = 0;
    } else if (experience.trial == 0) {
        give_up();
    }
}

void spin_looked(bool ready, int64_t duration)
{
    bool saw = ready && duration <= spin_time();
    bool quick = saw && duration <= longer(limit, experience.own);

    if (quick && experience.credit < CREDIT_MAX)
        experience.credit++;
    if (!experience.looks) {
        go_on_trying(saw);
        return;
    }
    if (saw) {
        experience.penalty /= 2;
    } else if (experience.credit < FAILURE) {
        give_up();
    } else {
        experience.credit -= FAILURE;
    }
}

void spin_slept(int64_t duration)
{
    if (experience.looks || experience.trial > 0)
        return; /* it looked first, in vain: that counted */
    if (duration > longer(SHORT * limit, WORTH * experience.own)) {
        experience.credit = 0;
        return;
    }
    experience.credit += experience.credit < CREDIT_MAX;
    if (experience.skipped > 0) {
        experience.skipped--;
    } else if (experience.credit >= ENOUGH && limit > 0) {
        experience.trial = TRIAL;
        experience.credit = 0;
    }
}

bool spin_pause(uint32_t count)
{
    if (count % LOOKS_A_YIELD == 0) {
        (void)sched_yield();
        return true;
    }
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
    return false;
}
