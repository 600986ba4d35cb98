/* Whether to look again and again for a moment before sleeping.
 *
 * To sleep and be woken costs both sides system calls, and on a virtual machine 10 to 20 us until the
 * sleeper runs. A wait that is short anyway is over sooner, and for less CPU time, when the sleeper
 * looks instead. To look for as long as sleeping would cost is at most twice as dear as the best choice
 * (A. R. Karlin et al., "Competitive randomized algorithms for nonuniform problems", 1994); what a
 * thread's last waits were like makes it rarely so: it looks only where waits are short, or become short
 * when both sides look, which it tries the less often, the more often in vain.
 *
 * A thread that works longer between its waits than that, with large messages, may look as long as it
 * worked and a quarter more: where two do the same in turns, this is how long the other's answer takes,
 * and to look costs at most what the work does. */
#ifndef PLIB_SPIN_H
#define PLIB_SPIN_H

#include <stdbool.h>
#include <stdint.h>

/* The calling thread found nothing ready and begins to wait at `now`, CLOCK_MONOTONIC ns. O(1), with a
 * system call when it worked long. Signals: no. */
void spin_wait_begins(int64_t now);

/* The wait that began is over at `now`. O(1), as above. */
void spin_wait_ends(int64_t now);

/* How long the calling thread should look before it sleeps this time: ns, 0 for not at all.
 * PLIB_SPIN_US in the environment is the least limit outside trials, 50 when it is not set. O(1).
 * Signals: no. */
int64_t spin_time(void);

/* The calling thread looked, and saw what it waited for after `duration` ns, or did not. Longer than it meant to
 * look: others had the CPU meanwhile, and to sleep would have been as good. O(1). */
void spin_looked(bool ready, int64_t duration);

/* The calling thread slept, and its wait took `duration` ns. O(1). */
void spin_slept(int64_t duration);

/* Let a moment pass between two looks, the `count`-th since the first; whoever else wants to run on
 * this CPU is let. True when the moment may have been long. */
bool spin_pause(uint32_t count);

#endif
