/* plib: protected shared-memory publish/subscribe between processes that do not trust each other.
 *
 * Life cycle. A process creates one participant a domain id; the participant finds plibd (and starts
 * it when none runs), and nodes, writers and readers are created in it. A sample is published by
 * loan, fill, commit, and read by take, use, release. Waiting is done by plib_wait(), which holds
 * nothing while it sleeps. No thread is started.
 *
 * Classes of calls. Each function is one of
 *   PLIB_BOUNDED  no sleep, no lock that another process can hold, no system call but futex wake;
 *                 its bound stands in its comment
 *   PLIB_WAIT     may sleep until its deadline; holds nothing meanwhile
 *   PLIB_SETUP    talks to plibd; ends within PLIB_SETUP_TIMEOUT with 0 or an error
 *
 * What a crash leaves. A process may be killed at any instruction: no lock is held across processes,
 * all memory is anonymous (memfd) and goes back to the kernel when the last process that maps it
 * ends or unmaps it. The only name in the file system is plibd's socket, with its lock.
 *
 * When plibd dies, matched writers and readers go on. Participants start a new one and register
 * again, by themselves, from plib_wait() and plib_participant_poll().
 *
 * Trust. Everything that another process wrote is checked before use; identities (GIDs, user ids,
 * names, types) come from plibd, never from a peer's memory. Payload bytes are the peer's: from
 * another user they are copied before they are handed out, so that they no longer change.
 *
 * Threads. Every function may be called from any thread at the same time, except that an object must
 * not be destroyed while another call uses it. Signals: only plib_guard_trigger() may be called from
 * a handler. fork: a child may not use its parent's participants (-EPERM) nor touch its loans, whose
 * memory it does not have; it may create a participant of its own.
 *
 * Errors are negative errno values; plib_error_text() says more about the calling thread's last one.
 */
#ifndef PLIB_H
#define PLIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plib/types.h"

#define PLIB_API __attribute__((visibility("default")))
#define PLIB_BOUNDED PLIB_API
#define PLIB_WAIT PLIB_API
#define PLIB_SETUP PLIB_API

#ifdef __cplusplus
extern "C" {
#endif

/* cffi: begin */
struct plib_participant;
struct plib_writer;
struct plib_reader;
struct plib_guard;

struct plib_participant_options {
    uint32_t domain_id;  /* participants of different domain ids never meet */
    const char *enclave; /* SROS2 enclave name, or NULL for "/" */
    const char *socket;  /* plibd's socket, or NULL: $PLIB_SOCKET, /run/plib, the user's own */
    bool isolated; /* only what is made in this participant meets, and only it is in its graph */
};

/* Whether a reader wants a sample: `length` bytes at `data` from a writer, the reader's `context`. The
 * writer may change the bytes meanwhile: each is to be loaded once. Called with a lock held, by whichever
 * thread looks for samples: it calls nothing of plib's, waits for nothing, and its time is that of the
 * call. */
typedef bool plib_filter(const void *context, const uint8_t writer_gid[16], const void *data,
                         uint64_t length);

struct plib_endpoint_options {
    uint32_t kind; /* enum plib_kind */
    uint32_t node; /* from plib_node_create(), 0: no node */
    const char *topic;
    const char *type;
    const uint8_t *type_hash; /* PLIB_TYPE_HASH_SIZE bytes, or NULL: unknown, matches any */
    struct plib_qos qos;
    plib_filter
        *filter; /* of a reader, as by plib_reader_set_filter(); NULL: it wants every sample */
    const void *filter_context;
};

/* Memory to fill for one sample. Private to the process until it is committed. */
struct plib_loan {
    void *data;    /* aligned to PLIB_LOAN_ALIGNMENT */
    uint64_t size; /* bytes that may be written */
    uint64_t chunk;
};

struct plib_sample_info {
    uint64_t offset;          /* bytes of the loan before the sample; a multiple of 4 */
    uint64_t length;          /* bytes filled, from there on */
    int64_t source_timestamp; /* ns since the epoch; 0: now */
    uint64_t related;         /* a reply's request; else 0 */
};

/* A taken sample: `data` stays valid and unchanged until plib_reader_release(). */
struct plib_sample {
    const void *data;           /* read-only memory */
    uint64_t length;            /* bytes */
    uint64_t sequence;          /* of its writer, from 1 */
    int64_t source_timestamp;   /* ns since the epoch, as the writer said */
    int64_t received_timestamp; /* ns since the epoch, when it was taken */
    uint64_t related;
    uint8_t writer_gid[16];
    uint64_t lost; /* samples of this writer that were overwritten before this one */
    void *link;
    uint32_t hold;
};

/* Samples of a reader since its creation: published = taken + lost + expired + filtered + queued, of each
 * writer from the reader's first sample on. */
struct plib_reader_counts {
    uint64_t taken;
    uint64_t lost;     /* overwritten before they were taken */
    uint64_t expired;  /* older than their writer's lifespan when their turn came */
    uint64_t filtered; /* not wanted by the reader's filter */
    uint64_t queued;   /* there to take; some may have expired */
};

/* A status of a writer or reader. */
struct plib_status {
    uint64_t changes;   /* of this status so far */
    uint64_t total;     /* matches, misses, losses or incompatible endpoints so far */
    uint32_t current;   /* MATCHED: matches now; a reader's LIVELINESS: writers alive */
    uint32_t not_alive; /* a reader's LIVELINESS: writers whose lease ran out */
    uint32_t policy;    /* INCOMPATIBLE_QOS: the last one's, enum plib_policy */
    uint32_t reserved;
};

enum plib_wait_kind {
    PLIB_WAIT_READER = 0,
    PLIB_WAIT_GUARD = 1,
    PLIB_WAIT_ARRIVAL = 2,
    PLIB_WAIT_READER_EVENT = 3,
    PLIB_WAIT_WRITER_EVENT = 4
};

/* One thing to wait for. PLIB_WAIT_READER: a reader with samples. PLIB_WAIT_GUARD: a triggered guard,
 * which the wait resets; listed more than once, it has happened for each. PLIB_WAIT_ARRIVAL: a reader with samples that plib_reader_arrivals() has not
 * counted yet. PLIB_WAIT_READER_EVENT, PLIB_WAIT_WRITER_EVENT: a status of `object` with `changes`
 * other than `seen`. */
struct plib_wait_item {
    uint32_t kind;  /* enum plib_wait_kind */
    uint32_t ready; /* out: 1 when it has happened */
    void *object;   /* struct plib_reader *, plib_writer * or plib_guard * */
    uint32_t event; /* enum plib_event */
    uint32_t armed; /* the wait's own */
    uint64_t seen;  /* plib_status.changes that the caller knows */
};

/* A node or endpoint of the ROS graph, as plibd published it. */
struct plib_graph_entity {
    uint32_t kind; /* enum plib_kind */
    uint32_t uid;
    uint32_t pid;
    uint8_t gid[16];
    uint8_t node_gid[16];
    struct plib_qos qos;
    uint8_t type_hash[36];
    char name[256];    /* node, topic or service */
    char type[256];    /* type; a node's namespace */
    char enclave[256]; /* of a node */
};

/* ---- errors ---------------------------------------------------------------------------------- */

/* Text for the calling thread's last error: what is wrong and what to do about it.
 * Bounded: O(1). Threads: safe; the text is the thread's own and valid until its next call. */
PLIB_BOUNDED const char *plib_error_text(void);

/* ---- participant ------------------------------------------------------------------------------ */

/* Join a domain. Setup: starts plibd when none runs.
 * Errors: -EACCES  the socket's permissions exclude this user
 *         -EPROTO  plibd speaks another protocol version
 *         -ENOSYS  the kernel is older than 5.16 (futex_waitv)
 *         -ETIMEDOUT, -ECONNREFUSED  no plibd could be reached or started */
PLIB_SETUP int plib_participant_create(const struct plib_participant_options *options,
                                       struct plib_participant **out);

/* Leave. Every writer, reader, node and graph guard of the participant must have been destroyed before.
 * Setup; never fails: plibd notices the closed socket. */
PLIB_SETUP void plib_participant_destroy(struct plib_participant *participant);

/* True in a process that was forked from the one that created the participant. There every call on
 * the participant and on what was made in it fails with -EPERM and changes nothing; destroying does
 * nothing. Bounded: O(1). */
PLIB_BOUNDED bool plib_participant_is_inherited(const struct plib_participant *participant);

/* True when plibd has news that plib_participant_poll() would read: a match, a restart.
 * Bounded: O(1), three loads. */
PLIB_BOUNDED bool plib_participant_pending(const struct plib_participant *participant);

/* Read and apply plibd's news, without waiting for more; reconnects when plibd was restarted.
 * Call it before publishing when plib_participant_pending(); plib_wait() does so by itself.
 * Setup, O(news). Returns 0, or -ENOTCONN while plibd is away (matched data flows on). */
PLIB_SETUP int plib_participant_poll(struct plib_participant *participant);

/* GID of an entity of this participant, 16 bytes. Bounded: O(1). */
PLIB_BOUNDED void plib_participant_gid(const struct plib_participant *participant, uint32_t entity,
                                       uint8_t gid[16]);

/* A guard that is triggered by each change of the ROS graph, and by a restart of plibd; owned by the
 * participant. A wait resets it, so that one of two that wait on it is told: plib_graph_guard_create()
 * makes one for each. Bounded: O(1). */
PLIB_BOUNDED struct plib_guard *plib_participant_graph_guard(struct plib_participant *participant);

/* ---- nodes ------------------------------------------------------------------------------------ */

/* Put a node into the graph; `node` gets its entity number. Setup. Errors: as plibd says. */
PLIB_SETUP int plib_node_create(struct plib_participant *participant, const char *name,
                                const char *node_namespace, uint32_t *node);

/* Take it out again. Setup. The node is gone whatever comes of it; errors as plib_writer_destroy(). */
PLIB_SETUP int plib_node_destroy(struct plib_participant *participant, uint32_t node);

/* ---- writers ---------------------------------------------------------------------------------- */

/* Create a DataWriter (kinds PUBLISHER, CLIENT, REPLY_WRITER). When it returns, readers that plibd
 * knew before are matched. Setup.
 * Errors: -EINVAL  an option is out of range     -EDQUOT  a quota of plibd is used up
 *         -ENOTCONN, -ETIMEDOUT  plibd is away */
PLIB_SETUP int plib_writer_create(struct plib_participant *participant,
                                  const struct plib_endpoint_options *options,
                                  struct plib_writer **out);

/* Setup. Samples that matched readers have not taken stay takeable. The writer is gone whatever comes of
 * it. Returns 0, also when plibd is away: the graph that it was in died with plibd.
 * Errors: -ETIMEDOUT  plibd does not answer, and may show the writer until it does
 *         others as plibd says */
PLIB_SETUP int plib_writer_destroy(struct plib_writer *writer);

/* Borrow memory for a sample of `size` bytes.
 * Bounded: O(matched readers). Threads: safe. Signals: not safe.
 * Errors: -EAGAIN   KEEP_ALL and the history is full: plib_writer_wait_space(), then again
 *         -ENOBUFS  no room, or no place to note another free chunk: plib_writer_reserve(), then again */
PLIB_BOUNDED int plib_writer_loan(struct plib_writer *writer, uint64_t size,
                                  struct plib_loan *loan);

/* Have room for a sample of `size` bytes added. When plibd gives no more, the next loan takes the memory of
 * samples that readers may lose, or has to wait for those that hold the writer up (-EAGAIN). Setup.
 * Errors: -EMSGSIZE  larger than the participant's memory limit
 *         -ENOMEM    the limit is used up by samples that have to stay */
PLIB_SETUP int plib_writer_reserve(struct plib_writer *writer, uint64_t size);

/* Publish a loan as the writer's next sample; `sequence` (may be NULL) gets its number, from 1.
 * Bounded: O(matched readers); at most two system calls a peer user (futex wake), none when no
 * reader sleeps. Threads: safe. Signals: not safe.
 * Errors: -EAGAIN  KEEP_ALL and the ring filled since the loan: wait for space, then again
 *         -EINVAL  offset and length exceed the loan, or the loan is not this writer's
 * The loan is consumed on success and stays the caller's on error. */
PLIB_BOUNDED int plib_writer_commit(struct plib_writer *writer, struct plib_loan *loan,
                                    const struct plib_sample_info *info, uint64_t *sequence);

/* Copy `size` bytes of a message to `to`, memory of a loan. Where plib_copy_streams() they go past the
 * cache. `to` and `from` must not overlap. Bounded: O(size). Threads: safe. Signals: safe. */
PLIB_BOUNDED void plib_copy(void *to, const void *from, uint64_t size);

/* Whether plib_copy() of `size` bytes goes past the cache: another CPU is to read them, and fetches lines
 * that this one wrote from its cache several times slower than from memory. True where that pays for a
 * message to be serialized into private memory first. Bounded: O(1). Threads: safe. Signals: safe. */
PLIB_BOUNDED bool plib_copy_streams(uint64_t size);

/* Give a loan back unpublished. Bounded: O(1). */
PLIB_BOUNDED void plib_writer_discard(struct plib_writer *writer, struct plib_loan *loan);

/* Sleep until the slowest matched reader made room, or `deadline` (CLOCK_MONOTONIC, ns; INT64_MAX:
 * for ever). Another user's reader that takes nothing while the writer waits for one max_blocking_time in all
 * no longer holds it up. Wait. Returns 0 (try again) or -ETIMEDOUT. */
PLIB_WAIT int plib_writer_wait_space(struct plib_writer *writer, int64_t deadline);

/* Sleep until every matched reader has taken all samples published before this call, or `deadline`.
 * Wait. Returns 0 or -ETIMEDOUT. */
PLIB_WAIT int plib_writer_wait_taken(struct plib_writer *writer, int64_t deadline);

/* Sleep until all samples published before this call lie where every matched RELIABLE reader can take
 * them, whatever becomes of the writer, or `deadline`. That is at once but for readers that have not
 * attached yet: matched a moment ago, or not matched anew since plibd was restarted.
 * Wait. Returns 0 or -ETIMEDOUT. */
PLIB_WAIT int plib_writer_wait_received(struct plib_writer *writer, int64_t deadline);

/* Say that a writer of liveliness MANUAL_BY_TOPIC is alive; publishing does so as well. No effect on
 * others. Bounded: O(matched readers), a system call a peer user when its lease had run out.
 * Threads: safe. */
PLIB_BOUNDED int plib_writer_assert(struct plib_writer *writer);

/* A status as of now. Bounded: O(1). Threads: safe. Errors: -EINVAL  writers have no such status */
PLIB_BOUNDED int plib_writer_status(struct plib_writer *writer, uint32_t event,
                                    struct plib_status *status);

/* Number of matched readers, as of the last poll. Bounded: O(1). */
PLIB_BOUNDED uint32_t plib_writer_matched(const struct plib_writer *writer);

/* Entity number, for plib_participant_gid(). Bounded: O(1). */
PLIB_BOUNDED uint32_t plib_writer_entity(const struct plib_writer *writer);

/* Most time that a publish on this writer should wait for space: $PLIB_MAX_BLOCKING_TIME_MS, else
 * 100 ms as DDS has it. In ns. Bounded: O(1). */
PLIB_BOUNDED int64_t plib_writer_max_blocking_time(const struct plib_writer *writer);

/* ---- readers ---------------------------------------------------------------------------------- */

/* Create a DataReader (kinds SUBSCRIPTION, SERVER, REPLY_READER). When it returns, writers that plibd
 * knew before are matched. Setup. Errors: as plib_writer_create(). */
PLIB_SETUP int plib_reader_create(struct plib_participant *participant,
                                  const struct plib_endpoint_options *options,
                                  struct plib_reader **out);

/* Setup. Samples taken from the reader must have been released before. The reader is gone whatever comes
 * of it; errors as plib_writer_destroy(). */
PLIB_SETUP int plib_reader_destroy(struct plib_reader *reader);

/* Take the next sample, one writer after the other; writers cannot overwrite it until it is released.
 * It may end before all samples were looked at: with a filter, where many expired, and where some are just
 * being overwritten. A wait then ends at once, and plib_reader_ready() says so.
 * Bounded: O(matched writers), plus O(bytes) for a copy when the writer is another user's.
 * Threads: safe. Signals: not safe.
 * Errors: -EAGAIN  nothing to take
 *         -ESTALE  the writer's memory grew: plib_participant_poll() brings it, then again
 *         -ENOBUFS the private copy needs more memory: plib_reader_reserve() gets it, then again
 *         -EBUSY   PLIB_HOLDS_MAX samples of the next writer are held: release one first */
PLIB_BOUNDED int plib_reader_take(struct plib_reader *reader, struct plib_sample *sample);

/* Get memory for the private copy that a take said it lacks. Setup. Threads: safe.
 * Errors: -ENOMEM  there is none; the sample is lost */
PLIB_SETUP int plib_reader_reserve(struct plib_reader *reader);

/* Give a taken sample back. Bounded: O(1); one system call when the writer waits for space. */
PLIB_BOUNDED void plib_reader_release(struct plib_reader *reader, struct plib_sample *sample);

/* Have `filter` judge all further samples, once each, before anybody is woken for them or may take them;
 * NULL wants all of them. What was wanted before may still be taken. When it returns, the filter before
 * and its context are no longer used. Setup. Threads: safe. Errors: -ENOMEM, the filter before stays */
PLIB_SETUP int plib_reader_set_filter(struct plib_reader *reader, plib_filter *filter,
                                      const void *context);

/* True when plib_reader_take() would find a sample. Bounded: O(matched writers), and with a filter what
 * that needs for samples that were not judged yet: at most PLIB_SIFT_SAMPLES a writer and call, and no more
 * once they have PLIB_SIFT_BYTES. */
PLIB_BOUNDED bool plib_reader_ready(struct plib_reader *reader);

/* Samples that came, and that neither this function nor plib_reader_unread() counted before; each is counted
 * once, also when it was taken meanwhile, at most PLIB_RING_MAX a writer and call. Whoever takes as often as
 * it is told leaves none. Bounded: O(matched writers). Threads: safe. */
PLIB_BOUNDED uint64_t plib_reader_arrivals(struct plib_reader *reader);

/* Samples to take, counted before or not; plib_reader_arrivals() counts what comes after them.
 * Bounded: O(matched writers). Threads: safe. */
PLIB_BOUNDED uint64_t plib_reader_unread(struct plib_reader *reader);

/* Number of matched writers, as of the last poll. Bounded: O(1). */
PLIB_BOUNDED uint32_t plib_reader_matched(const struct plib_reader *reader);

/* A status as of now. Bounded: O(matched writers), times at most 256 unread samples each when the reader
 * requests a deadline. Threads: safe. Errors: -EINVAL  readers have no such status */
PLIB_BOUNDED int plib_reader_status(struct plib_reader *reader, uint32_t event,
                                    struct plib_status *status);

/* What became of the samples so far. Bounded: O(matched writers). Threads: safe. */
PLIB_BOUNDED void plib_reader_counts(struct plib_reader *reader, struct plib_reader_counts *counts);

/* True while that writer is matched, as plib_reader_matched() counts it: one that has not come back yet since a
 * restart of plibd still is. Setup: O(matched writers), no sleep. */
PLIB_SETUP bool plib_reader_knows(struct plib_reader *reader, const uint8_t gid[16]);

/* Samples lost so far: overwritten before they were taken. Bounded: O(1). */
PLIB_BOUNDED uint64_t plib_reader_lost(const struct plib_reader *reader);

/* Entity number, for plib_participant_gid(). Bounded: O(1). */
PLIB_BOUNDED uint32_t plib_reader_entity(const struct plib_reader *reader);

/* ---- waiting ---------------------------------------------------------------------------------- */

/* A guard condition: something to trigger by hand. Setup (allocates). -ENOMEM. */
PLIB_SETUP int plib_guard_create(struct plib_guard **out);
PLIB_SETUP void plib_guard_destroy(struct plib_guard *guard);

/* A guard of the caller's own that each change of the ROS graph triggers, and each restart of plibd.
 * Setup (allocates). Threads: safe. Errors: -ENOMEM */
PLIB_SETUP int plib_graph_guard_create(struct plib_participant *participant,
                                       struct plib_guard **out);

/* Trigger; wakes this process's waits on it. Bounded: O(1). Signals: safe. */
PLIB_BOUNDED void plib_guard_trigger(struct plib_guard *guard);

/* Sleep until one of the items has happened or `deadline` (CLOCK_MONOTONIC, ns; INT64_MAX: for ever,
 * 0 or past: only look). Applies plibd's news. Every item's `ready` is set.
 * Wait. Threads: safe. Signals: not safe.
 * Errors: -ETIMEDOUT  the deadline passed with nothing ready
 *         -EINTR      a signal was handled */
PLIB_WAIT int plib_wait(struct plib_participant *participant, struct plib_wait_item *items,
                        size_t count, int64_t deadline);

/* CLOCK_MONOTONIC in ns, for deadlines. Bounded: O(1). */
PLIB_BOUNDED int64_t plib_now(void);

/* ---- graph ------------------------------------------------------------------------------------ */

/* Number of board slots to read; entries may be free. Bounded: O(1). */
PLIB_BOUNDED uint32_t plib_graph_count(const struct plib_participant *participant);

/* A number that changes with every change of the graph. Bounded: O(1). */
PLIB_BOUNDED uint64_t plib_graph_version(const struct plib_participant *participant);

/* Copy slot `index`. Bounded: O(1). Errors: -ENOENT the slot is free, -EAGAIN plibd died while
 * writing it. */
PLIB_BOUNDED int plib_graph_read(const struct plib_participant *participant, uint32_t index,
                                 struct plib_graph_entity *entity);

/* ---- system ----------------------------------------------------------------------------------- */

enum plib_feature { PLIB_FEATURE_FUTEX_WAITV = 1, PLIB_FEATURE_MSEAL = 2, PLIB_FEATURE_PKU = 4 };

/* What this kernel and CPU have: an or of enum plib_feature. Bounded: a few system calls. */
PLIB_SETUP uint32_t plib_system_features(void);

enum plib_domain { PLIB_DOMAIN_MMU = 0, PLIB_DOMAIN_OFF = 1, PLIB_DOMAIN_PKU = 2 };

/* How this process's control memory is protected (enum plib_domain), as $PLIB_DOMAIN says or the CPU has it.
 * It is chosen once, by this function or by the first participant or guard. Setup. Threads: safe.
 * Errors: -EINVAL   $PLIB_DOMAIN is none of pku, mmu and off
 *         -ENOTSUP  it is pku, and the CPU or the kernel has no protection key */
PLIB_SETUP int plib_domain(void);

/* Have malloc keep the memory of large messages instead of giving it back after each: one of a megabyte costs
 * more in page faults than in copying when each is given back to the kernel as it is freed. glibc learns what to
 * keep from the largest block freed so far; this teaches it once, with a block that is never touched. What the user
 * has set (GLIBC_TUNABLES, MALLOC_TRIM_THRESHOLD_, mallopt) stands. Setup, O(1). Threads: safe. */
PLIB_SETUP void plib_keep_message_memory(void);

/* The socket that a participant with these options would use. -ENAMETOOLONG, -EACCES. Setup. */
PLIB_SETUP int plib_socket_path(const char *option, char *path, size_t size);
/* cffi: end */

#ifdef __cplusplus
}
#endif
#endif
