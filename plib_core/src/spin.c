#include "spin.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum {
    DEFAULT_LIMIT_US = 50,
    LIMIT_US_MAX = 1000,
    ENOUGH = 2, /* short waits in a row before it is tried */
    REACH = 4,  /* times the limit: how long a trial looks */
    SHORT = 6, /* times the limit: a wait that a trial may shorten; to be woken took time as well */
    TRIAL = 16,       /* looks a trial */
    TRIAL_PASSED = 8, /* of them within the limit */
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
};

static _Thread_local struct experience experience;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int64_t limit; /* ns */

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
}

int64_t spin_time(void)
{
    (void)pthread_once(&once, find_limit);
    if (experience.looks)
        return limit;
    return experience.trial > 0 ? REACH * limit : 0;
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

static void end_trial(void)
{
    if (experience.credit >= TRIAL_PASSED)
        experience.looks = true;
    else
        give_up();
}

void spin_looked(bool saw, int64_t duration)
{
    if (!saw && (experience.trial > 0 || experience.credit < FAILURE)) {
        give_up();
        return;
    }
    if (!saw)
        experience.credit -= FAILURE;
    else if (duration <= limit && experience.credit < CREDIT_MAX)
        experience.credit++;
    if (experience.looks)
        experience.penalty /= saw ? 2 : 1;
    else if (--experience.trial == 0)
        end_trial();
}

void spin_slept(int64_t duration)
{
    if (experience.looks || experience.trial > 0)
        return; /* it looked first, in vain: that counted */
    if (duration > SHORT * limit) {
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

void spin_pause(uint32_t count)
{
    if (count % LOOKS_A_YIELD == 0) {
        (void)sched_yield();
        return;
    }
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}
