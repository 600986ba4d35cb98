#include "status.h"

#include "reader.h"
#include "writer.h"

static void count(struct plib_status *status, uint64_t times)
{
    status->total += times;
    status->changes += times;
}

void deadline_look(struct deadline *deadline, struct plib_status *status, int64_t now)
{
    int64_t missed;

    if (deadline->period == INT64_MAX || deadline->last == 0 || now <= deadline->last)
        return;
    missed = (now - deadline->last) / deadline->period;
    deadline->last += missed * deadline->period;
    count(status, (uint64_t)missed);
}

void deadline_sample(struct deadline *deadline, struct plib_status *status, int64_t at)
{
    deadline_look(deadline, status, at);
    if (at > deadline->last)
        deadline->last = at;
}

int64_t deadline_due(const struct deadline *deadline)
{
    return deadline->last == 0 ? INT64_MAX : lease_end(deadline->last, deadline->period);
}

int64_t lease_end(int64_t asserted, int64_t lease)
{
    return lease > INT64_MAX - asserted ? INT64_MAX : asserted + lease;
}

void status_set_current(struct plib_status *status, uint32_t current)
{
    status->changes += status->current != current;
    status->current = current;
}

void status_incompatible(struct plib_status *statuses, const struct plib_msg_incompatible *message)
{
    struct plib_status *status;

    if (message->event != PLIB_EVENT_INCOMPATIBLE_QOS &&
        message->event != PLIB_EVENT_INCOMPATIBLE_TYPE)
        return;
    status = &statuses[message->event];
    status->policy = message->policy;
    count(status, 1);
}

bool status_has_changed(const struct plib_wait_item *item, int64_t *due)
{
    struct plib_status status;
    int64_t own_due = item->kind == PLIB_WAIT_READER_EVENT
                          ? reader_status(item->object, item->event, &status)
                          : writer_status(item->object, item->event, &status);

    if (own_due < *due)
        *due = own_due;
    return status.changes != item->seen;
}
