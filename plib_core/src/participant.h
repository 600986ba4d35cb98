/* A participant from the inside: its connection to plibd, its memory, its endpoints.
 *
 * Locks, in the order in which they are taken; all are private to the process:
 *   participant.lock  the socket, the object table, the lists of nodes and endpoints
 *   reader.lock, writer.lock  one endpoint's state; publish and take need no other
 *   participant.guards_lock  the list of graph guards; nothing else is taken with it
 */
#ifndef PLIB_PARTICIPANT_H
#define PLIB_PARTICIPANT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "object.h"
#include "plib/layout.h"
#include "plib/plib.h"
#include "plib/protocol.h"
#include "relay.h"

struct plib_guard {
    uint32_t triggered;
    struct plib_participant *participant; /* whose graph's changes trigger it; NULL: none's */
    struct plib_guard *next;              /* of that participant */
};

struct node {
    uint32_t entity;
    char name[PLIB_NAME_SIZE];
    char node_namespace[PLIB_NAME_SIZE];
    struct node *next;
};

struct old_objects {
    struct old_objects *older;
    struct object_table *table;
};

/* A page of this process's for the processes of one user. */
struct own_page {
    struct own_page *older;
    uint32_t uid;
    uint32_t generation; /* connection that it came with */
    uint64_t id;
    uint8_t *address;
};

/* Words of plibd's that bounded calls look at. Replaced as a whole when plibd was restarted; the
 * sealed old mappings stay readable, so that a call which still uses them is safe. */
struct daemon_words {
    struct daemon_words *older;
    const struct plib_mailbox *mailbox;
    const struct plib_board *board;
    uint32_t alive; /* what mailbox->alive was when plibd was well */
};

struct plib_participant {
    pthread_mutex_t lock;
    struct plib_participant *next; /* of this process */
    uint32_t forks;                /* inherited_forks when it was created */
    uint32_t domain_id;
    bool isolated;
    bool told_refused; /* since it was welcome last */
    uint32_t uid;      /* whose it is, as plibd says: a container may number users otherwise */
    char enclave[PLIB_NAME_SIZE];
    char socket_path[PLIB_NAME_SIZE];
    uint8_t secret[PLIB_SECRET_SIZE];
    uint8_t prefix[PLIB_GID_PREFIX_SIZE];
    uint64_t memory_limit;
    int socket;     /* -1: plibd is away */
    uint32_t away;  /* atomic: no plibd has welcomed it; for bounded calls */
    uint64_t hello; /* serial of the HELLO that waits for its answer; 0: none */
    const struct plib_mailbox *new_mailbox; /* while a connection is made */
    const struct plib_board *new_board;
    struct plib_call *calls; /* atomic pointer; own records for the watchdog */
    uint64_t serial;
    uint64_t registered_from; /* serials of what it had at the plibd before, told to this one */
    uint64_t registered_to;
    uint32_t unanswered; /* of these */
    uint32_t making;     /* entity that the request in hand makes; 0: none */
    uint32_t next_entity;
    uint32_t next_bell;
    struct object_table *objects;    /* of this connection */
    struct old_objects *old_objects; /* of plibds that died, while links still use them */
    struct own_page *own_pages;      /* atomic list; only grows */
    uint32_t generation;             /* connections so far */
    struct node *nodes;
    struct plib_writer *writers;
    struct plib_reader *readers;
    struct plib_guard graph_guard;   /* the participant's own, the last in the list */
    struct plib_guard *graph_guards; /* all that a change of the graph triggers */
    pthread_mutex_t guards_lock;
    struct daemon_words *words; /* atomic pointer; never freed while the participant lives */
    int64_t next_due;           /* CLOCK_MONOTONIC ns: when poll has something to do without news */
    uint64_t ticket;            /* sleeps so far: tells links added during one */
    uint32_t busy;              /* a thread talks to plibd */
    uint32_t seen_control;
    uint32_t seen_graph;
    struct relay_pool relays; /* its lock is taken with no other */
    uint32_t reap_wanted;     /* a reader has an ended match with nothing left to take */
};

/* The participant's words of plibd's; NULL before the first connection. */
const struct daemon_words *participant_words(const struct plib_participant *participant);

/* True when plibd died since `words` were mapped. O(1). */
bool daemon_is_dead(const struct daemon_words *words);

/* Own page of this connection for the processes of `uid`; NULL when plibd has sent none. */
struct own_page *participant_own_page(const struct plib_participant *participant, uint32_t uid);

/* The control epoch as it is now; 0 before the first connection. O(1). */
uint32_t participant_control_epoch(const struct plib_participant *participant);

/* True when plibd's messages wait in the socket. O(1). */
bool participant_has_news(const struct plib_participant *participant);

/* True when poll has something to do although plibd sent nothing. O(1). */
bool participant_is_due(const struct plib_participant *participant);

/* A peer that has not come back within 5 s of a restart of plibd counts no more, but may only be busy: so long
 * it goes on where it was when it does. CLOCK_MONOTONIC ns. */
static inline int64_t participant_remembers_until(int64_t now)
{
    return now + INT64_C(60000000000);
}

/* When a sleep has to end for it, CLOCK_MONOTONIC ns; INT64_MAX: never. In the future also when it is due
 * already, which is then another thread's to do. O(1). */
int64_t participant_next_due(const struct plib_participant *participant);

/* True while another thread talks to plibd: it applies the news, and wakes this process's waits. */
bool participant_is_busy(const struct plib_participant *participant);

/* Trigger the graph guards when the board changed since the last look. O(1), O(graph guards) when it did. */
void participant_look_at_graph(struct plib_participant *participant);

/* Connect to plibd and join it. Call with the lock. `deadline` as for channel_connect(); when it is 0, the
 * welcome is hardly waited for. */
int participant_connect(struct plib_participant *participant, int64_t deadline);

/* plibd welcomed it: register all that it had at the plibd before. Call with the lock. */
int participant_joined(struct plib_participant *participant);

/* plibd refused it: go on with what is matched, and ask again seldom. Call with the lock. */
void participant_refused(struct plib_participant *participant);

/* Unmap what came over lost connections; no link may use it any more. */
void participant_drop_old_objects(struct plib_participant *participant);

/* The request that (re-)creates a node at plibd. */
void node_request(const struct node *node, struct plib_msg_create_node *request);

/* Wake this process's own waits, to look again. Bounded. Signals: safe. */
void participant_wake_self(void);

/* A reader's link has ended with nothing left to take: the next poll is to clean it up. Bounded. */
void participant_want_reap(struct plib_participant *participant);

#endif
