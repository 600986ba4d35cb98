/* The shared memory of plib: who writes each page, who reads it, and what is in it.
 *
 * Every page has exactly one writing process. Everyone else maps it read-only and treats each field
 * as hostile: load it once into a local, check the local, use the local. All words are accessed with
 * the C11 atomics of atomics.h on both sides.
 *
 *   object      written by          read by                             sleeps on it
 *   ring        publishing process  matched readers' processes          nobody
 *   payload     publishing process  matched readers' processes          nobody
 *   peer page   its process         one user's matched processes        that user's processes
 *   mailbox     plibd               its participant                     its participant
 *   board       plibd               every participant of the domain id  nobody
 *   calls       its process         plibd                               nobody
 *
 * Whoever maps a wait word, even read-only, can move its sleepers away (FUTEX_CMP_REQUEUE): hence a
 * peer page serves one peer user only, and rings carry no wait word.
 */
#ifndef PLIB_LAYOUT_H
#define PLIB_LAYOUT_H

#include <stdint.h>

#include "plib/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* cffi: begin */
/* One sample in the ring; 64 bytes, so that two samples never share a cache line.
 *
 * `state` is 2 * (position + 1) while the sample at `position` may be taken, odd while the slot is
 * being rewritten or its chunk has been retired. The slot of a position is position % capacity. */
struct plib_descriptor {
    uint64_t state;
    uint64_t chunk;           /* segment index << 48 | byte offset in that segment */
    uint64_t length;          /* bytes of payload */
    int64_t source_timestamp; /* ns since the epoch */
    uint64_t related;         /* in a reply: sequence number of its request; else 0 */
    int64_t published;        /* CLOCK_MONOTONIC ns, where the writer offers a deadline; else 0 */
    uint64_t reserved[2];
};

/* Head of a ring object; the descriptors start at PLIB_RING_DESCRIPTORS, the first payload at the
 * control size that plibd announces with the match. Sizes are never read from here. */
struct plib_ring {
    uint64_t head;  /* positions published so far: the next sample's position */
    uint64_t tail;  /* first position that has not been retired */
    uint64_t moved; /* 1: the writer goes on in another ring from position `head` on */
    uint64_t
        asserted;   /* CLOCK_MONOTONIC ns of the last sign of life, of a MANUAL_BY_TOPIC writer */
    uint64_t bytes; /* of payload published so far; for statistics only */
    uint64_t reserved0[3];
    uint64_t space_target;  /* a reader whose cursor reaches this wakes the waiting writer */
    uint32_t space_waiters; /* writer threads that sleep on a reader's cursor */
    uint32_t reserved1;
    /* Samples before this position may have been reused whatever another user's reader holds. Beside
     * space_waiters, at which readers look with each sample. */
    uint64_t void_before;
    uint64_t reserved2[5];
};

/* What a reader tells the writer it is matched with; 256 bytes.
 *
 * What changes with each take stands two cache lines behind what a writer looks at with each sample: while
 * both are busy, neither waits for the other's lines (CPUs fetch neighbouring lines in pairs). */
struct plib_link {
    uint64_t match;           /* id of the match this record is for, 0 before the reader attached */
    uint32_t sleepers_writer; /* threads asleep on the writer's own bell */
    uint32_t sleepers_process; /* threads asleep on the writer's process bell */
    uint32_t keep; /* samples to keep whatever its depth, at most PLIB_FILTER_REACH: it filters */
    uint32_t reserved0[27];
    uint64_t cursor;  /* next position to take; writers sleep on its low 32 bits */
    uint64_t hold[8]; /* position + 1 of each held sample, 0: free */
    /* For statistics only, and not with every sample: */
    uint64_t lost;  /* samples that were gone before they were taken, so far */
    uint64_t taken; /* samples taken, so far */
    int64_t delay;  /* ns from publishing to taking, of the last sample that was looked at */
    uint64_t reserved1[4];
};

/* What a writer tells the reader it is matched with: where the reader's samples start. */
struct plib_start {
    uint64_t match; /* id of the match this record is for, 0 before the writer noticed */
    uint64_t position;
};

/* plibd's words for one participant. */
struct plib_mailbox {
    uint32_t control_epoch; /* raised after messages were put into the participant's socket */
    uint32_t reserved0[15];
    uint32_t graph_epoch; /* raised after the board changed */
    uint32_t reserved1[15];
    uint32_t alive; /* robust futex held by plibd: the kernel sets bit 30 when plibd dies */
    uint32_t reserved2[15];
};

/* One node or endpoint of the ROS graph. `state` is a seqlock: odd while plibd writes. */
struct plib_board_record {
    uint64_t state;
    uint32_t kind; /* enum plib_kind */
    uint32_t uid;
    uint32_t pid;
    uint32_t reserved0;
    uint8_t gid[16];
    uint8_t node_gid[16]; /* of the node that an endpoint belongs to */
    struct plib_qos qos;
    uint8_t type_hash[36];
    uint32_t reserved1;
    char name[256]; /* node, topic or service name */
    char type[256]; /* type name; of a node its namespace */
    char enclave[256];
    uint8_t reserved2[112];
};

struct plib_board {
    uint64_t version; /* changes of the graph so far */
    uint32_t count;   /* records in use lie below this index */
    uint32_t reserved[13];
};

/* Bounded functions that keep a record of the call. */
enum plib_call_function {
    PLIB_CALL_NONE = 0,
    PLIB_CALL_LOAN = 1,
    PLIB_CALL_COMMIT = 2,
    PLIB_CALL_DISCARD = 3,
    PLIB_CALL_ASSERT = 4,
    PLIB_CALL_WRITER_STATUS = 5,
    PLIB_CALL_TAKE = 6,
    PLIB_CALL_RELEASE = 7,
    PLIB_CALL_READY = 8,
    PLIB_CALL_ARRIVALS = 9,
    PLIB_CALL_UNREAD = 10,
    PLIB_CALL_READER_STATUS = 11,
    PLIB_CALL_COUNTS = 12,
    PLIB_CALL_COUNT = 13
};

/* What a thread is doing, for plibd's watchdog. */
struct plib_call {
    uint32_t thread;   /* kernel thread id, 0: free */
    uint32_t function; /* enum plib_call_function; 0: outside the library */
    int64_t entered;   /* CLOCK_MONOTONIC_COARSE, ns */
};

enum {
    PLIB_RING_DESCRIPTORS = 4096, /* offset in a ring object */
    PLIB_DESCRIPTOR_SIZE = 64,
    PLIB_PEER_BELLS = 0, /* offsets in a peer page */
    PLIB_PEER_STARTS = 16384,
    PLIB_PEER_LINKS = 278528,
    PLIB_PEER_SIZE = 4472832,
    PLIB_MAILBOX_SIZE = 4096,
    PLIB_BOARD_RECORDS = 4096, /* offset in the board */
    PLIB_BOARD_RECORD_SIZE = 1024,
    PLIB_BOARD_SIZE = 16781312,
    PLIB_CALLS_SIZE = 4096
};
/* cffi: end */

#ifdef __cplusplus
}
#else
_Static_assert(sizeof(struct plib_descriptor) == PLIB_DESCRIPTOR_SIZE, "descriptor");
_Static_assert(sizeof(struct plib_ring) <= PLIB_RING_DESCRIPTORS, "ring head");
_Static_assert(sizeof(struct plib_link) == 256, "link");
_Static_assert(sizeof(struct plib_board_record) == PLIB_BOARD_RECORD_SIZE, "board record");
_Static_assert(sizeof(struct plib_call) * PLIB_CALLS_MAX == PLIB_CALLS_SIZE, "calls");
_Static_assert(PLIB_PEER_STARTS == PLIB_BELLS_MAX * 4, "starts follow the bells");
_Static_assert(PLIB_PEER_LINKS == PLIB_PEER_STARTS + PLIB_LINKS_MAX * 16,
               "links follow the starts");
_Static_assert(PLIB_PEER_SIZE == PLIB_PEER_LINKS + PLIB_LINKS_MAX * 256, "links end the page");
_Static_assert(PLIB_BOARD_SIZE == PLIB_BOARD_RECORDS + PLIB_BOARD_MAX * 1024, "board");
#endif
#endif
