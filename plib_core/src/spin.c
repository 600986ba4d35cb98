#include "spin.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum {
    DEFAULT_LIMIT_US = 50,
    LIMIT_US_MAX = 1000,
    ENOUGH = 2,      /* short waits in a row before it is tried */
    CREDIT_MAX = 16, /* short waits remembered */
    FAILURE = 4,     /* short waits that a look in vain outweighs */
    SKIPPED_MAX = 1024,
    LOOKS_A_YIELD = 8
};

/* What the calling thread's last waits were like. */
struct experience {
    uint32_t credit;  /* short waits of late */
    uint32_t skipped; /* short waits to sleep through before the next try */
    uint32_t penalty; /* short waits to skip after the next failure */
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
    return experience.credit >= ENOUGH && experience.skipped == 0 ? limit : 0;
}

void spin_looked(bool saw)
{
    if (saw) {
        experience.credit += experience.credit < CREDIT_MAX;
        experience.penalty /= 2;
        return;
    }
    experience.credit -= experience.credit < FAILURE ? experience.credit : FAILURE;
    if (experience.credit >= ENOUGH)
        return;
    experience.skipped = experience.penalty;
    if (experience.penalty < SKIPPED_MAX)
        experience.penalty = 2 * experience.penalty + 1;
}

void spin_slept(int64_t duration)
{
    /* To be woken took time as well. */
    if (duration > 2 * limit) {
        experience.credit = 0;
        return;
    }
    experience.credit += experience.credit < CREDIT_MAX;
    experience.skipped -= experience.skipped > 0;
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
