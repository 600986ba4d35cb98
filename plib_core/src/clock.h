/* Wall-clock time, for the stamps of samples. */
#ifndef PLIB_CLOCK_H
#define PLIB_CLOCK_H

#include <stdint.h>
#include <time.h>

/* CLOCK_REALTIME in ns since the epoch. O(1), no system call where the vDSO has it. */
static inline int64_t clock_realtime(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

#endif
