/* Hold and reclaim: a chunk is never written again while a reader reads it, also when the writer has not
 * heard of the reader.
 *
 * The steps carry the names of the C functions: foreign_ring_hold() in foreign_ring.c, plib_reader_release() in
 * reader.c, publish(), retire() and free_parked() in writer_ring.c. A KEEP_LAST writer that laps its readers all
 * the time, on a ring of two slots. States count as in the code: 2 * (position + 1) while the sample may be
 * taken, odd otherwise, or 0 where the slot is empty.
 *
 * The writer looks at all holds in one step, as README.md says why.
 *
 *   spin -run -DREADERS=2 hold.pml
 */
#ifndef READERS
#define READERS 2
#endif
#ifndef SAMPLES
#define SAMPLES 4
#endif
#ifndef OTHERS
#define OTHERS 0 /* any number of further readers, who may say of any sample at any time that they hold it */
#endif

#define SLOTS 2
#define CHUNKS (SLOTS + READERS + OTHERS)
#define NONE 255
#define EVEN(position) (2 * ((position) + 1))
#define SLOT(position) ((position) % SLOTS)
#define POSITION(slot) (state[slot] / 2 - 1)

byte state[SLOTS];     /* descriptors */
byte chunk_of[SLOTS];
byte content[CHUNKS];  /* the sample that a chunk holds: its position + 1 */
byte head;
byte hold[READERS];    /* position + 1, 0: free; written by the reader */
byte attached;         /* so many readers may attach */
byte known;            /* so many the writer has heard of: it looks at their holds */
bool news;             /* the control epoch is ahead of what the writer has read */

bool is_free[CHUNKS];  /* the writer's own, as is the next */
byte parked[CHUNKS];   /* position of the retired sample that the chunk held; NONE: not parked */

/* Within a step. */
hidden byte held;
hidden byte c;
hidden byte r;

/* A part of a step. */
inline is_held(position)
{
    held = false;
    r = 0;
    do
    :: r < known -> held = held || hold[r] == (position) + 1; r++
    :: else -> break
    od;
    if
    :: OTHERS -> held = true
    :: true
    fi
}

/* Makes the sample untakeable, and its chunk free unless it is held. What could not be retired while plibd's news
 * were unread is odd already. */
inline retire(slot)
{
    if
    :: state[slot] != 0 ->
        state[slot] = state[slot] | 1;
        /* full_fence() in retire() */
        if
        :: news
        :: else ->
            atomic {
                is_held(POSITION(slot));
                if
                :: held -> parked[chunk_of[slot]] = POSITION(slot)
                :: else -> is_free[chunk_of[slot]] = true
                fi;
                state[slot] = 0
            }
        fi
    :: else
    fi
}

inline free_parked()
{
    atomic {
        c = 0;
        do
        :: c < CHUNKS && parked[c] == NONE -> c++
        :: c < CHUNKS && parked[c] != NONE ->
            is_held(parked[c]);
            if
            :: held
            :: else -> is_free[c] = true; parked[c] = NONE
            fi;
            c++
        :: c == CHUNKS -> break
        od
    }
}

/* The writer's own memory. */
inline take_chunk()
{
    d_step {
        c = 0;
        do
        :: c < CHUNKS && !is_free[c] -> c++
        :: c < CHUNKS && is_free[c] -> is_free[c] = false; mine = c; break
        :: c == CHUNKS -> break
        od
    }
}

inline publish()
{
    content[mine] = head + 1; /* the application fills it */
    chunk_of[SLOT(head)] = mine;
    mine = NONE;
    state[SLOT(head)] = EVEN(head);
    head++
}

proctype Writer()
{
    byte mine = NONE;

    do
    :: head < SAMPLES ->
        /* plib_participant_poll(): the matches first, then the epoch. */
        if
        :: d_step { news -> known = attached; news = false }
        :: true
        fi;
        free_parked();
        retire(SLOT(head));
        if
        :: state[SLOT(head)] != 0 /* no room until the news are read */
        :: else ->
            take_chunk();
            if
            :: mine == NONE /* nor until somebody lets go */
            :: else -> publish()
            fi
        fi
    :: else -> break
    od
}

/* plibd: the epoch, then the reader. */
proctype Plibd()
{
end:
    do
    :: d_step { attached < READERS -> news = true; attached++ }
    :: OTHERS && !news -> news = true
    od
}

/* Takes the newest sample, again and again. */
proctype Reader(byte me)
{
    byte position;
    byte chunk;

    attached > me;
end:
    do
    :: d_step { head > 0 -> position = head - 1 };
        if
        :: state[SLOT(position)] != EVEN(position)
        :: else ->
            chunk = chunk_of[SLOT(position)];
            if
            :: state[SLOT(position)] != EVEN(position) /* a seqlock */
            :: else ->
                hold[me] = position + 1;
                /* full_fence() in foreign_ring_hold() */
                if
                :: state[SLOT(position)] != EVEN(position)
                :: else ->
                    /* It is read for as long as the application likes. */
                    assert(content[chunk] == position + 1)
                fi;
                hold[me] = 0 /* plib_reader_release() */
            fi
        fi;
        d_step { position = 0; chunk = 0 }
    od
}

init {
    atomic {
        do
        :: c < CHUNKS -> is_free[c] = true; parked[c] = NONE; c++
        :: else -> break
        od;
        run Writer();
        run Plibd();
        r = 0;
        do
        :: r < READERS -> run Reader(r); r++
        :: else -> break
        od
    }
}
