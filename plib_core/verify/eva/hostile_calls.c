/* plibd's look at a record of calls whose every word is anything at any time. */
#include "plib/daemon.h"

volatile uint32_t any32;
volatile uint64_t any64;

static struct plib_call calls[PLIB_CALLS_MAX];

int main(void)
{
    const int64_t before = 1000000;
    struct plib_long_call call = {0};
    uint32_t place = 0;
    bool found = true;

    /* At most one of each record. */
    for (uint32_t i = 0; i <= PLIB_CALLS_MAX && found; i++) {
        found = plib_calls_find_long(calls, before, &place, &call) != 0;
        /*@ assert place <= PLIB_CALLS_MAX; */
        (void)*plib_call_name(call.function);
    }
    (void)*plib_call_name(any32);
    return 0;
}
