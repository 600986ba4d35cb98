/* Hold and reclaim: a chunk is never written again while a reader reads it, also when the writer has not
 * heard of the reader.
 *
 * The steps carry the names of the C functions: foreign_ring_hold() in foreign_ring.c, plib_reader_release() in
 * reader.c, publish(), retire() and free_parked() in writer_ring.c. Three chunks, a ring of two slots: a
 * KEEP_LAST writer that laps its readers all the time. States count as in the code: 2 * (position + 1)
 * while the sample may be taken, odd otherwise.
 *
 *   spin -run -DREADERS=2 hold.pml
 */
#include "common.pml"

#ifndef READERS
#define READERS 2
#endif
#ifndef SAMPLES
#define SAMPLES 4
#endif
#ifndef NEWS_CHECKED
#define NEWS_CHECKED 1 /* retire() reuses nothing while plibd's news are unread */
#endif
#ifndef SECOND_LOOK
#define SECOND_LOOK 1 /* foreign_ring_hold() looks at the state again after it has placed its hold */
#endif

#define SLOTS 2
#define CHUNKS 5
#define NONE 255

byte state[SLOTS];     /* descriptors */
byte chunk_of[SLOTS];
byte content[CHUNKS];  /* the sample that a chunk holds: its position + 1 */
byte hold[READERS];    /* position + 1, 0: free; written by the reader */
bool known[READERS];   /* the writer looks at that reader's holds */
bool attached[READERS];
bool news;             /* the control epoch is ahead of what the writer has read */
byte head;

bool is_free[CHUNKS];
byte parked[CHUNKS];   /* position of the retired sample that the chunk held; NONE: not parked */

/* One step: what a reader does depends on no other reader. */
inline is_held(position)
{
    d_step {
        held = false;
        r = 0;
        do
        :: r < READERS ->
            held = held || (known[r] && hold[r] == position + 1);
            r++
        :: else -> break
        od;
        r = 0
    }
}

inline free_parked()
{
    c = 0;
    do
    :: c < CHUNKS ->
        if
        :: parked[c] != NONE ->
            is_held(parked[c]);
            if
            :: held
            :: else -> is_free[c] = true; parked[c] = NONE
            fi
        :: else
        fi;
        c++
    :: else -> break
    od;
    c = 0;
    held = false
}

/* Retire the sample in `slot`, if there is one, and its chunk unless it is held. What could not be retired
 * while plibd's news were unread is odd already. */
inline retire(slot)
{
    if
    :: state[slot] != 0 ->
        if
        :: state[slot] % 2 == 1 -> is_held((state[slot] / 2) - 1)
        :: state[slot] % 2 == 0 && FENCE_WRITER ->
            state[slot]++; /* odd */
            /* full_fence() in retire() */
            is_held((state[slot] / 2) - 1)
        :: state[slot] % 2 == 0 && !FENCE_WRITER ->
            is_held((state[slot] / 2) - 1);
            state[slot]++
        fi;
        if
        :: NEWS_CHECKED && news -> stays = true
        :: else ->
            if
            :: held -> parked[chunk_of[slot]] = (state[slot] / 2) - 1
            :: else -> is_free[chunk_of[slot]] = true
            fi;
            state[slot] = 0
        fi;
        held = false
    :: else
    fi
}

/* The writer's own memory, as is what it parked. */
inline take_chunk()
{
    d_step {
        c = 0;
        mine = NONE;
        do
        :: c < CHUNKS ->
            if
            :: is_free[c] && mine == NONE -> is_free[c] = false; mine = c
            :: else
            fi;
            c++
        :: else -> break
        od;
        c = 0
    }
}

proctype Writer()
{
    byte slot;
    byte mine;
    byte c;
    byte r;
    bool held;
    bool stays;

    do
    :: head < SAMPLES ->
        /* plib_participant_poll(): the matches first, then the epoch. */
        if
        :: atomic {
            news;
            r = 0;
            do
            :: r < READERS -> known[r] = known[r] || attached[r]; r++
            :: else -> break
            od;
            r = 0;
            news = false
        }
        :: true
        fi;
        slot = head % SLOTS;
        stays = false;
        retire(slot);
        free_parked();
        if
        :: stays -> skip /* no room until the news are read */
        :: else ->
            take_chunk();
            if
            :: mine == NONE -> skip
            :: else ->
                content[mine] = head + 1; /* the application fills it */
                chunk_of[slot] = mine;
                state[slot] = 2 * (head + 1);
                head++
            fi
        fi;
        mine = 0
    :: else -> break
    od
}

/* plibd: the epoch, then the reader. */
proctype Plibd()
{
    byte r;

    do
    :: r < READERS ->
        atomic { news = true; attached[r] = true };
        r++
    :: else -> break
    od
}

proctype Reader(byte me)
{
    byte position;
    byte slot;
    byte chunk;
    bool got;
    byte tries;

    attached[me];
    do
    :: tries < 3 ->
        /* The newest sample that there is. */
        if
        :: head == 0 -> skip
        :: else ->
            position = head - 1;
            slot = position % SLOTS;
            if
            :: state[slot] != 2 * (position + 1) -> skip
            :: else ->
                chunk = chunk_of[slot];
                if
                :: state[slot] != 2 * (position + 1) -> skip /* a seqlock */
                :: else ->
                    if
                    :: hold[me] = position + 1;
                        /* full_fence() in foreign_ring_hold() */
                        got = (state[slot] == 2 * (position + 1)) || !SECOND_LOOK
                    :: !FENCE_READER ->
                        got = (state[slot] == 2 * (position + 1)) || !SECOND_LOOK;
                        hold[me] = position + 1
                    fi;
                    if
                    :: got ->
                        /* It is read for as long as the application likes. */
                        assert(content[chunk] == position + 1);
                        assert(content[chunk] == position + 1)
                    :: else
                    fi;
                    hold[me] = 0 /* plib_reader_release() */
                fi
            fi
        fi;
        tries++;
        got = false;
        chunk = 0;
        slot = 0;
        position = 0
    :: else -> break
    od
}

init {
    byte i;

    atomic {
        do
        :: i < CHUNKS -> is_free[i] = true; parked[i] = NONE; i++
        :: else -> break
        od;
        i = 0;
        run Writer();
        run Plibd();
        do
        :: i < READERS -> run Reader(i); i++
        :: else -> break
        od
    }
}
