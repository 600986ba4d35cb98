/* A DataReader from the inside. */
#ifndef PLIB_READER_H
#define PLIB_READER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "participant.h"
#include "plib/layout.h"
#include "plib/protocol.h"
#include "status.h"

struct segment_view {
    const uint8_t *address;
    uint64_t size;
    uint64_t first; /* lowest offset a sample may have */
};

/* Memory for a private copy of a held sample; see private_copy.h. */
struct private_copy {
    uint8_t *data;
    uint64_t size;
    uint64_t wanted; /* 0: it is large enough */
};

/* A matched writer, as its reader sees it. */
struct reader_link {
    uint64_t match;
    uint8_t writer_gid[PLIB_GID_SIZE];
    bool manual;      /* liveliness by topic: alive while its lease lasts */
    int64_t lease;    /* ns, of a manual one */
    int64_t lifespan; /* ns; INT64_MAX: samples do not expire */
    bool foreign;     /* another user's: samples are copied before use */
    bool gone;        /* the writer ended: what is left may be taken, then the link goes */
    bool stale;       /* from before a restart of plibd */
    int64_t stale_until;
    int64_t forget_at; /* it is gone, but its writer may come back until then; 0: it may not */
    struct reader_link *after; /* the same writer's link before the restart: drained first */

    const struct plib_ring *ring;              /* hostile */
    const struct plib_descriptor *descriptors; /* hostile */
    uint32_t capacity;                         /* as plibd says */
    struct segment_view segments[PLIB_SEGMENTS_MAX];
    uint32_t segment_count;
    const uint32_t *writer_bell; /* read-only wait words */
    const uint32_t *process_bell;
    struct object *process; /* where they stand */

    struct plib_link *record;       /* own, which the writer reads */
    const struct plib_start *start; /* where the writer may say yet that it begins; NULL: settled */
    uint64_t cursor;
    uint64_t seen;        /* head as it was seen last; the writer is busy with it */
    uint64_t timed;       /* position up to which the deadline was looked at */
    uint64_t counted;     /* position up to which arrivals were counted */
    uint64_t lost;        /* since the last sample that was taken */
    uint64_t lost_before; /* before that */
    uint64_t taken;       /* so far */
    int64_t told;         /* ns since the epoch: when plibd was told last */
    uint64_t born;        /* the participant's ticket when it was added */
    uint32_t armed;       /* own threads that sleep on it */
    uint8_t holds;        /* bit i: record->hold[i] is in use */
    struct sieve *sieve;  /* NULL: every sample is wanted */
    struct private_copy copies[PLIB_HOLDS_MAX]; /* of a foreign writer's samples */
};

struct plib_reader {
    struct plib_participant *participant;
    struct plib_reader *next;
    uint32_t entity;
    struct plib_endpoint_options options; /* strings are own copies */
    uint8_t type_hash[PLIB_TYPE_HASH_SIZE];

    pthread_mutex_t lock;
    struct reader_link **links;
    uint32_t link_count;
    uint32_t link_capacity;
    uint32_t turn;      /* link to look at first: each writer gets its turn */
    uint64_t uncounted; /* samples that were taken before they were counted as arrivals */
    struct plib_reader_counts counts; /* `queued` is worked out when asked for */
    struct plib_status statuses[PLIB_EVENT_COUNT];
    struct deadline deadline;
    plib_filter *filter; /* NULL: every sample is wanted */
    const void *filter_context;
    uint32_t matched; /* atomic copy of the number of live links */
};

/* Most samples that the reader may lag behind a writer. O(1). */
static inline uint32_t reader_depth(const struct plib_reader *reader)
{
    return reader->options.qos.history == PLIB_KEEP_ALL ? UINT32_MAX : reader->options.qos.depth;
}

/* Free a link, and all that it has of its own. */
void reader_link_free(struct reader_link *link);

/* Settle where a link begins, if its writer has said so by now, or has published for all. With the lock. */
void reader_link_settle(struct reader_link *link);

/* True when nothing of an ended match is left, and the link may go. With the lock. */
bool reader_link_is_finished(const struct reader_link *link);

/* True when the same writer's link after plibd's restart waits for this one. With the lock. */
bool reader_link_is_followed(const struct plib_reader *reader, const struct reader_link *link);

/* Samples were overwritten before they were taken. With the lock. O(1). */
void reader_count_lost(struct plib_reader *reader, uint64_t count);

/* A sample was published at `published`, CLOCK_MONOTONIC ns as its writer says: the deadline begins anew.
 * With the lock. O(1). */
void reader_keep_time(struct plib_reader *reader, int64_t published);

/* A status, and when it may change by itself: CLOCK_MONOTONIC ns, INT64_MAX: never. */
int64_t reader_status(struct plib_reader *reader, uint32_t event, struct plib_status *status);

/* True until the first sample, with which its deadline begins. O(1). */
bool reader_awaits_deadline(struct plib_reader *reader);

/* plibd found a writer on the topic that does not fit. */
void reader_incompatible(struct plib_reader *reader, const struct plib_msg_incompatible *message);

/* True when plib_reader_arrivals() would count a sample. O(matched writers). */
bool reader_has_arrivals(struct plib_reader *reader);

/* The rest is called by control.c and poll, with the participant's lock. */

void reader_request(const struct plib_reader *reader, struct plib_msg_create_endpoint *request);
int reader_add_match(struct plib_reader *reader, const struct plib_msg_match *match,
                     struct object *writer_page, const struct own_page *own_page);
int reader_add_segment(struct plib_reader *reader, uint64_t match, uint32_t index,
                       const struct object *segment);
void reader_end_match(struct plib_reader *reader, uint64_t match);
void reader_mark_stale(struct plib_reader *reader);

/* Links matched before plibd's restart get this long to be matched anew. */
void reader_limit_stale(struct plib_reader *reader, int64_t until);
void reader_drop_stale(struct plib_reader *reader, int64_t now);
bool reader_has_stale(struct plib_reader *reader);

/* Remove the links of ended matches that have nothing left to take, and tell plibd. */
void reader_reap(struct plib_reader *reader);

#endif
