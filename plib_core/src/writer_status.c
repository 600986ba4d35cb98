/* A writer's QoS statuses. */
#include <errno.h>

#include "atomics.h"
#include "calls.h"
#include "domain.h"
#include "error.h"
#include "inherited.h"
#include "writer.h"

/* It was alive by its own hand, and let its lease run out: counted once until it asserts again. */
static int64_t look_at_liveliness(struct plib_writer *writer, int64_t now)
{
    struct plib_status *status = &writer->statuses[PLIB_EVENT_LIVELINESS];
    int64_t end;

    if (!writer->manual || writer->asserted == 0 || writer->is_lost)
        return INT64_MAX;
    end = lease_end(writer->asserted, writer->options.qos.lease);
    if (now < end)
        return end;
    writer->is_lost = true;
    status->total++;
    status->changes++;
    return INT64_MAX;
}

int64_t writer_status(struct plib_writer *writer, uint32_t event, struct plib_status *status)
{
    int64_t now = plib_now();
    int64_t due = INT64_MAX;

    pthread_mutex_lock(&writer->lock);
    if (event == PLIB_EVENT_DEADLINE_MISSED) {
        deadline_look(&writer->deadline, &writer->statuses[event], now);
        due = deadline_due(&writer->deadline);
    } else if (event == PLIB_EVENT_LIVELINESS) {
        due = look_at_liveliness(writer, now);
    }
    *status = writer->statuses[event];
    pthread_mutex_unlock(&writer->lock);
    return due;
}

int plib_writer_status(struct plib_writer *writer, uint32_t event, struct plib_status *status)
{
    DOMAIN_GATE;
    struct plib_call *call;
    int error = refuse_inherited(writer->participant);

    if (error != 0)
        return error;
    if (event >= PLIB_EVENT_LOST)
        return fail(-EINVAL, "a writer has no status %u", event);
    call = call_begin(writer->participant, PLIB_CALL_WRITER_STATUS);
    (void)writer_status(writer, event, status);
    call_end(call);
    return 0;
}

bool writer_assert(struct plib_writer *writer, int64_t now)
{
    bool was_alive;

    if (!writer->manual)
        return false;
    (void)look_at_liveliness(writer, now);
    was_alive = writer->asserted != 0 && !writer->is_lost;
    writer->asserted = now;
    writer->is_lost = false;
    store64_release(&writer->ring->asserted, (uint64_t)now);
    return !was_alive;
}

int plib_writer_assert(struct plib_writer *writer)
{
    DOMAIN_GATE;
    struct plib_call *call;
    int error = refuse_inherited(writer->participant);

    if (error != 0)
        return error;
    call = call_begin(writer->participant, PLIB_CALL_ASSERT);
    pthread_mutex_lock(&writer->lock);
    /* Readers sleep until the lease ends; only one that is over, or begins, is news to them, and
     * to whoever waits for this writer's to end. */
    if (writer_assert(writer, plib_now())) {
        writer_wake_readers(writer);
        participant_wake_self();
    }
    pthread_mutex_unlock(&writer->lock);
    call_end(call);
    return 0;
}
