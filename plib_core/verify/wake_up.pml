/* Sleep and wake: no reader sleeps while there is something to take, whatever the interleaving, also when a
 * reader attaches while the writer publishes and has not heard of it.
 *
 * The steps carry the names of the C functions: sleep_once() in wait.c, publish() and
 * writer_wake_readers() in writer_ring.c, attach() in reader_links.c, futex_sleep() is futex_waitv. plibd
 * raises the writer's control epoch before it tells the reader (matcher.py).
 *
 *   spin -run -DWRITERS=2 -DREADERS=2 wake_up.pml
 *
 * A reader that sleeps for ever is an invalid end state. */
#ifndef WRITERS
#define WRITERS 2
#endif
#ifndef READERS
#define READERS 2
#endif
#ifndef SAMPLES
#define SAMPLES 1 /* of each writer */
#endif
#ifndef OTHERS
#define OTHERS 0 /* any number of further writers and readers */
#endif

#define LINK(writer, reader) ((writer) * READERS + (reader))

byte head[WRITERS];            /* ring.head, written by the writer */
byte bell[WRITERS];            /* its wait word */
byte sleepers[WRITERS * READERS]; /* link record, written by the reader */
bool known[WRITERS * READERS]; /* the writer has applied the match */
bool told[READERS];            /* plibd has told the reader of the writers */
byte epoch[WRITERS];           /* control epoch, written by plibd */
byte seen[WRITERS];            /* what of it the writer has read */
bool asleep[READERS];          /* in futex_waitv */
byte noted[WRITERS * READERS]; /* the bells' values that the reader sleeps on */

/* What may be so because of the others, or not. */
inline others_may_make(what, value)
{
    if
    :: OTHERS -> what = value
    :: true
    fi
}

/* FUTEX_WAKE: whoever sleeps on that word goes on. */
inline ring_bell(w)
{
    atomic {
        bell[w]++;
        r = 0;
        do
        :: r < READERS ->
            if
            :: asleep[r] && noted[LINK(w, r)] != bell[w] -> asleep[r] = false
            :: else
            fi;
            r++
        :: else -> break
        od;
        r = 0
    }
}

/* Who sleeps, as the link records of known readers say; everybody, while plibd's news are unread. */
inline look_at_sleepers(w)
{
    atomic {
        rings = (epoch[w] != seen[w]);
        r = 0;
        do
        :: r < READERS ->
            if
            :: known[LINK(w, r)] && sleepers[LINK(w, r)] > 0 -> rings = true
            :: else
            fi;
            r++
        :: else -> break
        od;
        r = 0;
        others_may_make(rings, true)
    }
}

proctype Writer(byte w)
{
    byte published;
    byte r;
    bool rings;

    do
    :: published < SAMPLES ->
        /* plib_participant_poll(), at any time: all news at once, and then the epoch. */
        if
        :: atomic {
            epoch[w] != seen[w];
            seen[w] = epoch[w];
            r = 0;
            do
            :: r < READERS -> known[LINK(w, r)] = known[LINK(w, r)] || (epoch[w] > r); r++
            :: else -> break
            od;
            r = 0
        }
        :: true
        fi;
        head[w]++; /* publish() */
        /* full_fence() in writer_wake_readers() */
        look_at_sleepers(w);
        if
        :: rings -> ring_bell(w)
        :: else
        fi;
        rings = false;
        published++
    :: else -> break
    od
}

/* plibd tells writers of readers one after the other; epoch e means: readers 0 to e - 1. */
active proctype Plibd()
{
    byte reader;
    byte w;

    do
    :: reader < READERS ->
        do
        :: w < WRITERS -> epoch[w]++; w++
        :: else -> break
        od;
        told[reader] = true;
        w = 0;
        reader++
    :: else -> break
    od
}

/* True when nothing is there to take. */
inline look(me)
{
    atomic {
        ready = false;
        w = 0;
        do
        :: w < WRITERS ->
            if
            :: head[w] > cursor[w] -> ready = true
            :: else
            fi;
            w++
        :: else -> break
        od;
        w = 0;
        others_may_make(ready, true)
    }
}

inline arm(me)
{
    w = 0;
    do
    :: w < WRITERS ->
        sleepers[LINK(w, me)]++;
        noted[LINK(w, me)] = bell[w];
        w++
    :: else -> break
    od;
    w = 0
}

/* futex_waitv: the kernel compares all words and goes to sleep in one step. */
inline futex_sleep(me)
{
    atomic {
        w = 0;
        same = true;
        do
        :: w < WRITERS ->
            same = same && (noted[LINK(w, me)] == bell[w]);
            w++
        :: else -> break
        od;
        w = 0;
        others_may_make(same, false);
        asleep[me] = same
    }
    !asleep[me]
}

inline disarm(me)
{
    w = 0;
    do
    :: w < WRITERS -> sleepers[LINK(w, me)]--; w++
    :: else -> break
    od;
    w = 0
}

proctype Reader(byte me)
{
    byte cursor[WRITERS];
    byte taken;
    byte w;
    bool ready;
    bool same;

    told[me]; /* attach(): from here on every sample is this reader's, as its start was 0 */
    do
    :: taken == WRITERS * SAMPLES -> break
    :: else ->
        look(me);
        if
        :: ready
        :: else ->
            arm(me);
            /* full_fence() in sleep_once() */
            look(me);
            if
            :: ready
            :: else -> futex_sleep(me)
            fi;
            disarm(me)
        fi;
        /* Take what there is. */
        atomic {
            w = 0;
            do
            :: w < WRITERS ->
                taken = taken + head[w] - cursor[w];
                cursor[w] = head[w];
                w++
            :: else -> break
            od;
            w = 0;
            ready = false;
            same = false
        }
    od
}

#if OTHERS
/* Other writers ring for a while. */
active proctype Others()
{
    byte r;

    do
    :: d_step { asleep[r] -> asleep[r] = false }
    :: r = (r + 1) % READERS
    :: break
    od
}
#endif

init {
    byte i;

    atomic {
        do
        :: i < WRITERS -> run Writer(i); i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < READERS -> run Reader(i); i++
        :: else -> break
        od
    }
}
