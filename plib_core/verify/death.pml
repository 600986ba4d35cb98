/* Death at any step: a writer and a reader, one of which may be killed between any two steps, with a KEEP_ALL
 * history of one sample, so that each may sleep on the other. Whoever survives goes on: it does not sleep for
 * ever, loses nothing that was published, and reads no memory that was given back.
 *
 * The steps carry the names of the C functions: publish() and writer_wake_readers() in writer_ring.c,
 * wait_for_cursors() in writer.c, sleep_once() in wait.c, foreign_ring_take() and foreign_ring_advance() in
 * foreign_ring.c, reader_reap() in reader_links.c. plibd learns of a death by its pidfd, ends the match,
 * raises the survivor's control epoch (client.py) and, once the reader has let go, gives the ring back.
 *
 *   spin -run death.pml
 */
#ifndef SAMPLES
#define SAMPLES 3
#endif

bool writer_lives = true;
bool reader_lives = true;

byte head;          /* ring, written by the writer */
bool space_waiter;
byte bell;
byte cursor;        /* link record, written by the reader */
bool sleeper;

byte writer_epoch;  /* mailboxes, written by plibd */
byte reader_epoch;
bool released;      /* RELEASED: the reader's process no longer maps the ring */
bool given_back;    /* the ring's memory */

bool writer_asleep;
bool reader_asleep;
bool writer_done;
bool reader_done;

inline wake_reader() { reader_asleep = false }
inline wake_writer() { writer_asleep = false }

proctype Writer() provided (writer_lives)
{
    byte noted;
    byte news;
    bool matched = true;

    do
    :: head == SAMPLES -> break
    :: else ->
        news = writer_epoch;
        if
        :: news != 0 -> matched = false /* the match ended: nobody holds the writer up */
        :: else
        fi;
        if
        :: matched && head - cursor == 1 ->
            /* wait_for_cursors() */
            space_waiter = true;
            /* full_fence() in wait_begin() */
            noted = cursor;
            if
            :: head - noted != 1
            :: else ->
                /* It sleeps on the cursor and on plibd's word. */
                atomic { writer_asleep = (cursor == noted && writer_epoch == news) }
                !writer_asleep
            fi;
            space_waiter = false
        :: else ->
            /* publish(), writer_wake_readers() */
            head++;
            if
            :: matched && sleeper ->
                bell++;
                wake_reader()
            :: else
            fi
        fi
    od;
    writer_done = true
}

proctype Reader() provided (reader_lives)
{
    byte noted;
    byte news;
    byte seen;

    do
    :: true ->
        news = reader_epoch;
        seen = head;
        if
        :: cursor < seen ->
            /* foreign_ring_take(): what it reads is still there. */
            assert(!given_back);
            cursor++;
            /* full_fence() in foreign_ring_advance() */
            if
            :: space_waiter -> wake_writer()
            :: else
            fi
        :: cursor == seen && news != 0 ->
            /* reader_reap(): the writer is gone, and nothing is left to take. */
            seen = head;
            if
            :: cursor == seen -> break
            :: else
            fi
        :: cursor == seen && cursor == SAMPLES && writer_done -> break
        :: cursor == seen && news == 0 && !(cursor == SAMPLES && writer_done) ->
            /* sleep_once() */
            sleeper = true;
            noted = bell;
            /* full_fence() in sleep_once() */
            if
            :: cursor != head
            :: else ->
                /* It sleeps on the bell and on plibd's word. */
                atomic { reader_asleep = (bell == noted && reader_epoch == news) }
                !reader_asleep || (writer_done && cursor == head)
            fi;
            sleeper = false
        fi
    od;
    released = true;
    reader_done = true
}

/* It sees a death at some time after it, and tells the survivor. */
active proctype Plibd()
{
    if
    :: !writer_lives ->
        reader_epoch = 1;
        wake_reader();
        released || !reader_lives;
        given_back = true
    :: !reader_lives ->
        writer_epoch = 1;
        wake_writer()
    :: writer_done && reader_done
    fi
}

active proctype Killer()
{
    if
    :: writer_lives = false
    :: reader_lives = false
    :: true
    fi
}

/* Whoever lives comes to its end, and is not left behind when nothing moves any more; whoever was killed may
 * stand anywhere, so that Spin's own look at end states is turned off (-E). */
active proctype Witness()
{
    if
    :: (writer_done || !writer_lives) && (reader_done || !reader_lives) ->
        /* Nothing that was published is lost to a reader that lives. */
        assert(!reader_lives || cursor == head)
    :: timeout -> assert(false)
    fi
}

init {
    atomic {
        run Writer();
        run Reader()
    }
}
