/* plibd's side of the call records: hostile memory, of which each field is loaded once. */
#include "atomics.h"
#include "plib/daemon.h"

static const char *const names[PLIB_CALL_COUNT] = {
    [PLIB_CALL_LOAN] = "plib_writer_loan",
    [PLIB_CALL_COMMIT] = "plib_writer_commit",
    [PLIB_CALL_DISCARD] = "plib_writer_discard",
    [PLIB_CALL_ASSERT] = "plib_writer_assert",
    [PLIB_CALL_WRITER_STATUS] = "plib_writer_status",
    [PLIB_CALL_TAKE] = "plib_reader_take",
    [PLIB_CALL_RELEASE] = "plib_reader_release",
    [PLIB_CALL_READY] = "plib_reader_ready",
    [PLIB_CALL_ARRIVALS] = "plib_reader_arrivals",
    [PLIB_CALL_UNREAD] = "plib_reader_unread",
    [PLIB_CALL_READER_STATUS] = "plib_reader_status",
    [PLIB_CALL_COUNTS] = "plib_reader_counts",
};

const char *plib_call_name(uint32_t function)
{
    return function < PLIB_CALL_COUNT && names[function] != NULL ? names[function] : "?";
}

int plib_calls_find_long(const void *calls, int64_t before, uint32_t *place,
                         struct plib_long_call *out)
{
    const struct plib_call *records = calls;

    for (uint32_t i = *place; i < PLIB_CALLS_MAX; i++) {
        const struct plib_call *record = &records[i];

        /* Acquire: pairs with the release in call_begin(), so that `entered` is this call's. */
        out->function = load32_acquire(&record->function);
        if (out->function == PLIB_CALL_NONE || out->function >= PLIB_CALL_COUNT)
            continue;
        out->entered = (int64_t)load64((const uint64_t *)(const void *)&record->entered);
        out->thread = load32(&record->thread);
        if (out->entered > 0 && out->entered < before) {
            *place = i + 1;
            return 1;
        }
    }
    return 0;
}
