/* A DataWriter from the inside. */
#ifndef PLIB_WRITER_H
#define PLIB_WRITER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "chunks.h"
#include "participant.h"
#include "plib/layout.h"
#include "plib/protocol.h"
#include "status.h"

/* A matched reader, as its writer sees it. */
struct writer_link {
    uint64_t match;
    uint8_t reader_gid[PLIB_GID_SIZE];
    uint32_t reader_uid;
    bool reliable;      /* it has to receive what is published */
    bool back_pressure; /* RELIABLE and KEEP_ALL: its cursor holds the writer up */
    uint64_t waited_at; /* its cursor when the writer last began to wait for space */
    int64_t owed; /* ns that the writer has waited since another user's reader took something */
    bool stale;   /* from before a restart of plibd, kept until it is matched anew */
    int64_t stale_until;
    bool
        parted; /* it did not come back in time: it is remembered, but no longer counted or waited for */
    uint32_t depth;                 /* samples that the reader may lag; UINT32_MAX: all */
    uint64_t cursor;                /* last value believed; only grows */
    const struct plib_link *record; /* the reader's, hostile; NULL: stale */
    uint32_t *writer_bell;          /* own words, on which that user's readers sleep */
    uint32_t *process_bell;
};

/* What the writer keeps for itself of a published sample. */
struct slot {
    chunk_t chunk;
    uint64_t offset; /* of the sample in the chunk */
    uint64_t length;
    int64_t source_timestamp;
    int64_t published;
    uint64_t related;
    uint32_t class;
    bool held; /* scratch of retire */
    bool lent; /* the same, by another user's reader */
};

/* A retired chunk that a reader still holds. */
struct parked {
    uint64_t position;
    chunk_t chunk;
    uint32_t class;
    bool held; /* when it was looked at last, by a reader of the same user */
    bool lent; /* the same, by another user's */
};

struct plib_writer {
    struct plib_participant *participant;
    struct plib_writer *next;
    uint32_t entity;
    uint32_t bell;
    struct plib_endpoint_options options; /* strings are own copies */
    uint8_t type_hash[PLIB_TYPE_HASH_SIZE];
    int64_t max_blocking_time;

    pthread_mutex_t lock;
    struct plib_ring *ring;
    struct plib_descriptor *descriptors;
    struct slot *slots; /* private twin of the ring */
    uint32_t capacity;  /* power of two */
    uint64_t head;
    uint64_t tail;
    uint64_t roomy; /* until the head is there, small samples are published without making room */
    uint32_t depth; /* own QoS depth; capacity for KEEP_ALL */
    struct chunks chunks;
    struct object *objects[PLIB_SEGMENTS_MAX]; /* where its segments come from */
    struct object *promised; /* the next one, of which plibd has not told all readers yet */
    struct parked *parked;
    uint32_t parked_count;
    uint32_t parked_capacity;
    struct writer_link **links;
    uint32_t link_count;
    uint32_t link_capacity;
    uint32_t matched; /* atomic copy of the number of live links */
    struct plib_status statuses[PLIB_EVENT_COUNT];
    struct deadline deadline;
    bool manual;         /* liveliness by topic */
    bool is_lost;        /* its lease ran out since it was asserted last */
    int64_t asserted;    /* CLOCK_MONOTONIC ns; 0: never */
    uint64_t bytes;      /* published so far */
    bool is_short;       /* plibd gave no more memory when it was asked last */
    uint64_t blocked_at; /* slowest cursor when a loan or commit last found no space */
};

/* True when the reader is another user's. O(1). */
static inline bool writer_is_foreign(const struct plib_writer *writer,
                                     const struct writer_link *link)
{
    /* Relaxed: plibd's successor may say otherwise, of a process that changed its user. */
    return link->reader_uid != __atomic_load_n(&writer->participant->uid, __ATOMIC_RELAXED);
}

/* Retire what every reader has taken or KEEP_LAST no longer keeps, so that there is room for one more
 * sample. Bounded: O(matched readers), at most 256 samples. Call with the writer's lock.
 * -EAGAIN when a KEEP_ALL reader has not taken what would have to go. */
int writer_make_room(struct plib_writer *writer);

/* Have room for `size` bytes where samples were that readers may lose; up to 256 of them. -EAGAIN when that was
 * not enough yet, -ENOMEM when there are no more. Bounded: O(matched readers). Call with the writer's lock. */
int writer_lose_oldest(struct plib_writer *writer, uint64_t size);

/* Slowest position of the readers that hold the writer up; head when there are none. With the lock. */
uint64_t writer_slowest(struct plib_writer *writer, struct writer_link **slowest);

/* Ring the bells of the readers that sleep. Bounded: O(matched readers). Call with the lock. */
void writer_wake_readers(struct plib_writer *writer);

/* A status, and when it may change by itself: CLOCK_MONOTONIC ns, INT64_MAX: never. */
int64_t writer_status(struct plib_writer *writer, uint32_t event, struct plib_status *status);

/* Note a sign of life. True when readers took the writer for dead, or did not know yet. With the lock. */
bool writer_assert(struct plib_writer *writer, int64_t now);

/* The first nodes of the writer's chunks: for a full ring and some loans. -ENOMEM. Setup. */
int writer_first_nodes(struct plib_writer *writer);

/* Continue in a new ring, from the current position on. With the participant's and writer's locks. */
int writer_move(struct plib_writer *writer, const struct object *ring);

/* The rest is called by control.c, with the participant's lock. */

/* Memory that plibd sent: the first ring, a ring after plibd's restart, or further payload, which is used
 * from the reply on. */
int writer_add_object(struct plib_writer *writer, struct object *object, uint32_t index);

/* The request for further payload is over: all readers know of it, or with an error it stays unused. */
void writer_end_reservation(struct plib_writer *writer, int error);

int writer_add_match(struct plib_writer *writer, const struct plib_msg_match *match,
                     const struct object *reader_page, const struct own_page *own_page);
void writer_incompatible(struct plib_writer *writer, const struct plib_msg_incompatible *message);
void writer_end_match(struct plib_writer *writer, uint64_t match);

/* The request that (re-)creates the writer at plibd. */
void writer_request(const struct plib_writer *writer, struct plib_msg_create_endpoint *request);

/* plibd is away: links stay in use, but are to be matched anew by its successor. */
void writer_mark_stale(struct plib_writer *writer);

/* Forget links that the successor did not match within the time allowed. */
void writer_drop_stale(struct plib_writer *writer, int64_t now);
bool writer_has_stale(struct plib_writer *writer);

#endif
