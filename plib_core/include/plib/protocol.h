/* Messages between a participant and plibd, over one SOCK_SEQPACKET socket; one message a packet.
 *
 * The participant sends requests and waits for the reply of the same serial; between them plibd
 * sends MAP, MATCH and the like whenever there is news, and raises the mailbox's control epoch.
 * Order matters: what a reply or a match refers to was sent before it.
 *
 *   participant                                plibd
 *   HELLO                                 ->   MAP mailbox, board, calls, peer page of the own user
 *   MAPPED (each writable object)         ->   seals it for good
 *                                         <-   REPLY (serial of HELLO) with WELCOME's fields
 *   CREATE_NODE, DESTROY                  ->   REPLY
 *   CREATE_ENDPOINT (writer)              ->   MAP own ring;  on MAPPED: seal, match, REPLY
 *   CREATE_ENDPOINT (reader)              ->   match, REPLY
 *   RESERVE                               ->   MAP own payload; on MAPPED: seal, tell the matched
 *                                              readers (MAP, SEGMENT), REPLY
 *                                         <-   for a match: MAP what is not mapped yet, then MATCH
 *                                         <-   UNMATCH when either end is gone
 *                                         <-   INCOMPATIBLE instead of a match
 *   RELEASED (match)                      ->   the reader is done with an ended match: its records may
 *                                              serve another, its ring may be reused
 *                                         <-   RELEASE (object): no match of yours uses it: unmap
 *   QUERY                                 ->   TEXT: JSON for operators, in parts; also to who is no
 *                                              participant
 *
 * A match is sent to the writer's process first and to the reader's after it, so that a publish
 * which starts after the reader attached finds the match in the writer's socket.
 */
#ifndef PLIB_PROTOCOL_H
#define PLIB_PROTOCOL_H

#include <stdint.h>

#include "plib/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* cffi: begin */
enum plib_message {
    PLIB_MSG_HELLO = 1,
    PLIB_MSG_CREATE_NODE = 2,
    PLIB_MSG_CREATE_ENDPOINT = 3,
    PLIB_MSG_DESTROY = 4,
    PLIB_MSG_RESERVE = 5,
    PLIB_MSG_MAPPED = 6,
    PLIB_MSG_RELEASED = 7,
    PLIB_MSG_QUERY = 8,
    PLIB_MSG_REPLY = 32,
    PLIB_MSG_MAP = 33,
    PLIB_MSG_MATCH = 34,
    PLIB_MSG_UNMATCH = 35,
    PLIB_MSG_SEGMENT = 36,
    PLIB_MSG_RELEASE = 37,
    PLIB_MSG_INCOMPATIBLE = 38,
    PLIB_MSG_TEXT = 39
};

enum plib_query {
    PLIB_QUERY_STATUS = 1, /* one object: who is there, with what, and how it flows */
    PLIB_QUERY_EVENTS = 2  /* one object an event: those that happened, then as they happen */
};

/* What a mapped object is, and so how it is mapped. */
enum plib_object_kind {
    PLIB_OBJECT_MAILBOX = 1,     /* read-only */
    PLIB_OBJECT_BOARD = 2,       /* read-only */
    PLIB_OBJECT_CALLS = 3,       /* writable */
    PLIB_OBJECT_PEER_OWN = 4,    /* writable; `uid`: the user whose processes read it */
    PLIB_OBJECT_RING_OWN = 5,    /* writable; `entity`: the writer */
    PLIB_OBJECT_PAYLOAD_OWN = 6, /* writable; `entity`: the writer */
    PLIB_OBJECT_PEER = 7,        /* read-only: another process's page for this user */
    PLIB_OBJECT_SEGMENT = 8      /* read-only: another process's ring or payload */
};

enum plib_role { PLIB_ROLE_WRITER = 1, PLIB_ROLE_READER = 2 };

struct plib_msg_header {
    uint32_t type;   /* enum plib_message */
    uint32_t size;   /* bytes of the whole message */
    uint64_t serial; /* of a request and its reply; 0 elsewhere */
};

struct plib_msg_hello {
    struct plib_msg_header header;
    uint32_t version; /* PLIB_PROTOCOL_VERSION */
    uint32_t domain_id;
    uint32_t isolated; /* not 0: it meets nobody else of its domain id */
    uint32_t reserved;
    /* Random, known to the participant alone. Its GID prefix is SHA-256(secret)[:12], so that after
     * a restart of plibd nobody else can claim it. */
    uint8_t secret[32];
    char enclave[256];
    char program[64];
};

struct plib_msg_create_node {
    struct plib_msg_header header;
    uint32_t entity; /* chosen by the participant, unique in it, not 0 */
    uint32_t reserved;
    char name[256];
    char node_namespace[256];
};

struct plib_msg_create_endpoint {
    struct plib_msg_header header;
    uint32_t entity;        /* chosen by the participant, unique in it, not 0 */
    uint32_t node;          /* entity of its node, 0: none */
    uint32_t kind;          /* enum plib_kind */
    uint32_t bell;          /* of a writer: its word in its process's peer pages */
    uint32_t ring_capacity; /* of a writer: descriptors, a power of two */
    uint32_t reserved;
    uint64_t payload_size; /* of a writer: bytes of payload wanted behind the ring */
    struct plib_qos qos;
    uint8_t type_hash[36];
    uint32_t reserved1;
    char topic[256];
    char type[256];
};

struct plib_msg_destroy {
    struct plib_msg_header header;
    uint32_t entity;
    uint32_t reserved;
};

struct plib_msg_reserve {
    struct plib_msg_header header;
    uint32_t entity;
    uint32_t reserved;
    uint64_t size; /* bytes */
};

/* MAPPED and RELEASE name an object, RELEASED a match. */
struct plib_msg_object {
    struct plib_msg_header header;
    uint64_t object;
};

struct plib_msg_reply {
    struct plib_msg_header header;
    int32_t status; /* 0 or a negative errno */
    uint32_t version;
    uint8_t gid_prefix[12]; /* to HELLO */
    uint32_t uid;           /* to HELLO: whose process this is, as plibd numbers users */
    uint64_t memory_limit;  /* to HELLO: bytes of segments that this participant may have */
    char text[256];         /* what is wrong and what to do about it */
};

/* Carries one descriptor, or none when the participant has the object mapped (a pooled ring). */
struct plib_msg_map {
    struct plib_msg_header header;
    uint64_t object;
    uint64_t size;         /* bytes */
    uint64_t control_size; /* of a ring: bytes before the payload */
    uint32_t kind;         /* enum plib_object_kind */
    uint32_t uid;
    uint32_t entity;
    uint32_t index; /* of a ring or payload: its place among the writer's segments */
    uint32_t
        clear; /* not 0: a pooled segment that others may read from now on: leave nothing in it */
    uint32_t reserved;
};

struct plib_msg_match {
    struct plib_msg_header header;
    uint64_t match;  /* id, never used twice, not even by the next plibd */
    uint32_t role;   /* the receiver's: enum plib_role */
    uint32_t entity; /* the receiver's endpoint */
    uint8_t peer_gid[16];
    uint32_t peer_uid;
    uint32_t peer_pid;
    uint64_t peer_page; /* object: the peer's page for the receiver's user */
    uint32_t link;      /* index in the reader's page */
    uint32_t start;     /* index in the writer's page */
    uint32_t bell;      /* the writer's word in its page */
    uint32_t ring_capacity;
    uint64_t control_size;
    struct plib_qos peer_qos;
    uint32_t segment_count; /* to a reader */
    uint32_t reserved;
    uint64_t segments[16]; /* objects; the first is the ring */
};

struct plib_msg_unmatch {
    struct plib_msg_header header;
    uint64_t match;
    uint32_t role;
    uint32_t entity;
};

/* To a reader: the writer of `match` has a further segment. */
struct plib_msg_segment {
    struct plib_msg_header header;
    uint64_t match;
    uint64_t object;
    uint32_t entity;
    uint32_t index;
};

/* An endpoint of the same topic was not matched with the receiver's. */
struct plib_msg_incompatible {
    struct plib_msg_header header;
    uint32_t entity;
    uint32_t event;  /* PLIB_EVENT_INCOMPATIBLE_QOS or _TYPE */
    uint32_t policy; /* enum plib_policy */
    uint32_t reserved;
};

struct plib_msg_query {
    struct plib_msg_header header;
    uint32_t what; /* enum plib_query */
    uint32_t reserved;
};

/* A part of a JSON object. */
struct plib_msg_text {
    struct plib_msg_header header; /* serial of the QUERY */
    uint32_t length;               /* bytes of text */
    uint32_t more;                 /* not 0: the object goes on in the next one */
    char text[4000];
};

union plib_any_message {
    struct plib_msg_header header;
    struct plib_msg_hello hello;
    struct plib_msg_create_node create_node;
    struct plib_msg_create_endpoint create_endpoint;
    struct plib_msg_destroy destroy;
    struct plib_msg_reserve reserve;
    struct plib_msg_object object;
    struct plib_msg_reply reply;
    struct plib_msg_map map;
    struct plib_msg_match match;
    struct plib_msg_unmatch unmatch;
    struct plib_msg_segment segment;
    struct plib_msg_incompatible incompatible;
    struct plib_msg_query query;
    struct plib_msg_text text;
};
/* cffi: end */

#ifdef __cplusplus
}
#endif
#endif
