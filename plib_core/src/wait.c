/* plib_wait: one futex_waitv over everything that may end the wait, with nothing held.
 *
 * No wake-up is lost, because each side announces itself before it looks:
 *   this side   raises its sleep flags, notes the bells' values, fences, looks at the heads, sleeps
 *   the writer  advances its head, fences, looks at the sleep flags, changes the bell, wakes
 * One of the two sees the other; and a bell that changed since it was noted ends the sleep at once.
 */
#include <errno.h>
#include <time.h>

#include "atomics.h"
#include "domain.h"
#include "error.h"
#include "futex.h"
#include "guard.h"
#include "inherited.h"
#include "reader.h"
#include "relay.h"
#include "spin.h"
#include "status.h"

enum {
    OWN_WORDS = 4, /* private bell, control epoch, alive, graph epoch */
    LINK_WORDS_MAX = PLIB_WAIT_WORDS_MAX - OWN_WORDS
};

/* More bells than one futex_waitv takes, and no thread to sleep on them: they are looked at this often. */
static const int64_t overflow_slice = INT64_C(2000000);

/* One sleep's state. */
struct vigil {
    struct plib_participant *participant;
    struct plib_wait_item *items;
    size_t count;
    int64_t due;          /* when a status may change by itself */
    uint64_t ticket;      /* links born before it are armed */
    bool process_bells;   /* one word a process instead of one a writer */
    struct relay *relays; /* sleep on the bells that have no place in words */
    bool overflow;        /* and some that no relay sleeps on */
    struct futex_waitv words[PLIB_WAIT_WORDS_MAX];
    uint32_t word_count;
};

int64_t plib_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool is_ready(struct vigil *vigil, struct plib_wait_item *item)
{
    switch (item->kind) {
    case PLIB_WAIT_READER:
        return plib_reader_ready(item->object);
    case PLIB_WAIT_ARRIVAL:
        return reader_has_arrivals(item->object);
    case PLIB_WAIT_GUARD:
        return guard_take(item->object);
    default:
        return status_has_changed(item, &vigil->due);
    }
}

/* A guard that is listed more than once has happened for each of its items, whichever took the trigger. */
static void share_triggers(const struct vigil *vigil)
{
    for (size_t i = 0; i < vigil->count; i++) {
        const struct plib_wait_item *item = &vigil->items[i];

        if (item->kind != PLIB_WAIT_GUARD || item->ready == 0)
            continue;
        for (size_t k = 0; k < vigil->count; k++) {
            if (vigil->items[k].kind == PLIB_WAIT_GUARD && vigil->items[k].object == item->object)
                vigil->items[k].ready = 1;
        }
    }
}

static bool look(struct vigil *vigil)
{
    bool any = false;
    bool any_guard = false;

    vigil->due = INT64_MAX;
    for (size_t i = 0; i < vigil->count; i++) {
        bool ready = is_ready(vigil, &vigil->items[i]);

        vigil->items[i].ready = ready;
        any = any || ready;
        any_guard = any_guard || (ready && vigil->items[i].kind == PLIB_WAIT_GUARD);
    }
    if (any_guard)
        share_triggers(vigil);
    return any;
}

/* Whether writers are to ring for it: samples, which may overwrite others; a manual writer that lives
 * again; the first sample, with which the deadline begins. */
static bool is_rung_for(const struct plib_wait_item *item)
{
    switch (item->kind) {
    case PLIB_WAIT_READER:
    case PLIB_WAIT_ARRIVAL:
        return true;
    case PLIB_WAIT_READER_EVENT:
        return item->event == PLIB_EVENT_LIVELINESS || item->event == PLIB_EVENT_LOST ||
               (item->event == PLIB_EVENT_DEADLINE_MISSED && reader_awaits_deadline(item->object));
    default:
        return false;
    }
}

static uint32_t *sleep_flag(const struct vigil *vigil, struct reader_link *link)
{
    return vigil->process_bells ? &link->record->sleepers_process : &link->record->sleepers_writer;
}

static void add_bell(struct vigil *vigil, const uint32_t *bell)
{
    uint32_t value = load32_acquire(bell);

    if (vigil->word_count < PLIB_WAIT_WORDS_MAX) {
        futex_entry(&vigil->words[vigil->word_count++], bell, value, true);
        return;
    }
    if (vigil->relays == NULL || !relay_add(vigil->relays, bell, value)) {
        struct relay *relay = relay_get(&vigil->participant->relays, vigil->relays);

        if (relay == NULL) {
            vigil->overflow = true;
            return;
        }
        vigil->relays = relay;
        (void)relay_add(relay, bell, value);
    }
}

static void add_bell_of(struct vigil *vigil, struct reader_link *link)
{
    /* Two waits that overwrite each other's ticket sleep on a word twice, which does no harm. */
    if (!vigil->process_bells)
        add_bell(vigil, link->writer_bell);
    else if (__atomic_exchange_n(&link->process->ticket, vigil->ticket, __ATOMIC_RELAXED) !=
             vigil->ticket)
        add_bell(vigil, link->process_bell);
}

static void arm_reader(struct vigil *vigil, struct plib_reader *reader)
{
    pthread_mutex_lock(&reader->lock);
    for (uint32_t i = 0; i < reader->link_count; i++) {
        struct reader_link *link = reader->links[i];

        if (link->born >= vigil->ticket)
            continue; /* the thread that added it wakes this one */
        link->armed++;
        add32(sleep_flag(vigil, link), 1);
        add_bell_of(vigil, link);
    }
    pthread_mutex_unlock(&reader->lock);
}

static void disarm_reader(struct vigil *vigil, struct plib_reader *reader)
{
    pthread_mutex_lock(&reader->lock);
    for (uint32_t i = 0; i < reader->link_count; i++) {
        struct reader_link *link = reader->links[i];

        if (link->born >= vigil->ticket)
            continue;
        add32(sleep_flag(vigil, link), UINT32_MAX);
        link->armed--;
        if (link->gone && link->armed == 0)
            participant_want_reap(vigil->participant);
    }
    pthread_mutex_unlock(&reader->lock);
}

static uint64_t count_links(const struct vigil *vigil)
{
    uint64_t count = 0;

    for (size_t i = 0; i < vigil->count; i++) {
        struct plib_reader *reader = vigil->items[i].object;

        if (vigil->items[i].armed == 0)
            continue;
        pthread_mutex_lock(&reader->lock);
        count += reader->link_count;
        pthread_mutex_unlock(&reader->lock);
    }
    return count;
}

/* The process's own word, and plibd's while it is there. */
static void add_own_words(struct vigil *vigil, uint32_t control_seen, const uint32_t *bell,
                          uint32_t bell_value, bool graph)
{
    const struct plib_participant *participant = vigil->participant;
    const struct daemon_words *words = participant_words(participant);

    vigil->word_count = 0;
    futex_entry(&vigil->words[vigil->word_count++], bell, bell_value, false);
    if (words == NULL || daemon_is_dead(words))
        return;
    futex_entry(&vigil->words[vigil->word_count++], &words->mailbox->control_epoch, control_seen,
                true);
    futex_entry(&vigil->words[vigil->word_count++], &words->mailbox->alive, words->alive, true);
    if (graph)
        futex_entry(&vigil->words[vigil->word_count++], &words->mailbox->graph_epoch,
                    load32(&participant->seen_graph), true);
}

static bool has_graph_guard(const struct vigil *vigil)
{
    for (size_t i = 0; i < vigil->count; i++) {
        const struct plib_guard *guard = vigil->items[i].object;

        if (vigil->items[i].kind == PLIB_WAIT_GUARD && guard->participant == vigil->participant)
            return true;
    }
    return false;
}

static int64_t sleep_limit(const struct vigil *vigil, int64_t deadline)
{
    int64_t due = participant_next_due(vigil->participant);

    if (vigil->due < due)
        due = vigil->due;
    if (vigil->overflow && plib_now() + overflow_slice < due)
        due = plib_now() + overflow_slice;
    return due < deadline ? due : deadline;
}

static int sleep_on_all(struct vigil *vigil, int64_t deadline)
{
    for (struct relay *relay = vigil->relays; relay != NULL; relay = relay_next(relay))
        relay_start(relay);
    return futex_sleep(vigil->words, vigil->word_count, sleep_limit(vigil, deadline));
}

static void rest_relays(struct vigil *vigil)
{
    while (vigil->relays != NULL) {
        struct relay *relay = vigil->relays;

        vigil->relays = relay_next(relay);
        relay_rest(&vigil->participant->relays, relay);
    }
}

/* Arm, look once more, sleep, disarm. Returns 1 when something was ready, 0 to look again. */
static int sleep_once(struct vigil *vigil, int64_t deadline)
{
    struct plib_participant *participant = vigil->participant;
    bool graph = has_graph_guard(vigil);
    uint32_t bell_value;
    const uint32_t *bell = guard_bell_arm(&bell_value);
    uint32_t control = participant_control_epoch(participant);
    int result = 0;

    for (size_t i = 0; i < vigil->count; i++)
        vigil->items[i].armed = is_rung_for(&vigil->items[i]);
    vigil->ticket = __atomic_add_fetch(&participant->ticket, 1, __ATOMIC_SEQ_CST);
    vigil->process_bells = count_links(vigil) > LINK_WORDS_MAX;
    vigil->relays = NULL;
    vigil->overflow = false;
    add_own_words(vigil, control, bell, bell_value, graph);
    for (size_t i = 0; i < vigil->count; i++) {
        if (vigil->items[i].armed != 0)
            arm_reader(vigil, vigil->items[i].object);
    }
    full_fence();
    if (look(vigil))
        result = 1;
    else if (!plib_participant_pending(participant) || participant_is_busy(participant))
        result = sleep_on_all(vigil, deadline);
    rest_relays(vigil);
    for (size_t i = 0; i < vigil->count; i++) {
        if (vigil->items[i].armed != 0)
            disarm_reader(vigil, vigil->items[i].object);
    }
    guard_bell_disarm();
    return result;
}

/* Look for a moment. True when something was ready. */
static bool look_awhile(struct vigil *vigil, int64_t now, int64_t deadline)
{
    int64_t time = spin_time();
    int64_t end = deadline - now < time ? deadline : now + time;
    int64_t last = now;
    bool yielded = false;
    bool ready = false;

    if (time == 0)
        return false;
    for (uint32_t count = 1; !ready && last < end; count++) {
        if (plib_participant_pending(vigil->participant))
            return false;
        participant_look_at_graph(vigil->participant);
        yielded = spin_pause(count);
        ready = look(vigil);
        if (!ready || yielded)
            last = plib_now();
    }
    spin_looked(ready, last - now);
    if (ready)
        spin_wait_ends(last);
    return ready;
}

/* The wait that began at `start` slept, and is over. */
static void end_sleep(int64_t start)
{
    int64_t now = plib_now();

    spin_slept(now - start);
    spin_wait_ends(now);
}

int plib_wait(struct plib_participant *participant, struct plib_wait_item *items, size_t count,
              int64_t deadline)
{
    DOMAIN_GATE;
    struct vigil vigil;
    int64_t start = 0;
    int error = refuse_inherited(participant);

    if (error != 0)
        return error;
    vigil.participant = participant;
    vigil.items = items;
    vigil.count = count;
    for (;;) {
        int64_t now;

        if (plib_participant_pending(participant) || participant_is_due(participant))
            (void)plib_participant_poll(participant);
        participant_look_at_graph(participant);
        if (look(&vigil)) {
            if (start != 0)
                end_sleep(start);
            return 0;
        }
        if (error == -EINTR)
            return error;
        now = plib_now();
        if (now >= deadline)
            return -ETIMEDOUT;
        if (start == 0) {
            start = now;
            spin_wait_begins(now);
            if (look_awhile(&vigil, now, deadline))
                return 0;
        }
        error = sleep_once(&vigil, deadline);
        if (error > 0) {
            end_sleep(start);
            return 0;
        }
        if (error != 0 && error != -ETIMEDOUT && error != -EINTR)
            return fail(error, "the kernel refuses to wait (futex_waitv)");
    }
}
