/* Plain types and limits that the public API, the protocol and the shared memory have in common. */
#ifndef PLIB_TYPES_H
#define PLIB_TYPES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* cffi: begin */
enum {
    PLIB_PROTOCOL_VERSION = 5, /* messages and shared memory; daemon and library must agree */
    PLIB_GID_SIZE = 16,        /* 12 bytes of the participant, 4 of the entity */
    PLIB_GID_PREFIX_SIZE = 12,
    PLIB_SECRET_SIZE = 32,
    PLIB_NAME_SIZE = 256, /* names with their terminating zero */
    PLIB_PROGRAM_SIZE = 64,
    PLIB_TYPE_HASH_SIZE = 36, /* byte 0: RIHS version, 1..32: SHA-256, rest zero */
    PLIB_SEGMENTS_MAX = 16,   /* segments a writer's samples may live in */
    PLIB_HOLDS_MAX = 8,       /* samples a reader may hold of one writer */
    PLIB_LOAN_ALIGNMENT = 64, /* bytes */
    PLIB_RING_MIN = 1024,     /* descriptors */
    PLIB_RING_MAX = 65536,
    PLIB_LINKS_MAX = 16384,   /* a process and peer user */
    PLIB_BELLS_MAX = 4096,    /* a process and peer user; bell 0 is the process's own */
    PLIB_BOARD_MAX = 16384,   /* nodes and endpoints of one domain id */
    PLIB_CALLS_MAX = 256,     /* threads of one process seen by the watchdog */
    PLIB_FILTER_REACH = 256,  /* samples kept for a reader that filters until it has judged them */
    PLIB_SIFT_SAMPLES = 256,  /* judged of one writer in one call at the most */
    PLIB_SIFT_BYTES = 4194304 /* after which no further sample is judged in one call */
};

enum plib_kind {
    PLIB_KIND_FREE = 0,
    PLIB_KIND_NODE = 1,
    PLIB_KIND_PUBLISHER = 2,
    PLIB_KIND_SUBSCRIPTION = 3,
    PLIB_KIND_CLIENT = 4,       /* writer of requests */
    PLIB_KIND_SERVER = 5,       /* reader of requests */
    PLIB_KIND_REPLY_WRITER = 6, /* server's stream to one client; not part of the ROS graph */
    PLIB_KIND_REPLY_READER = 7  /* client's end of it; not part of the ROS graph */
};

enum plib_reliability { PLIB_BEST_EFFORT = 0, PLIB_RELIABLE = 1 };
enum plib_durability { PLIB_VOLATILE = 0, PLIB_TRANSIENT_LOCAL = 1 };
enum plib_history { PLIB_KEEP_LAST = 0, PLIB_KEEP_ALL = 1 };
enum plib_liveliness { PLIB_AUTOMATIC = 0, PLIB_MANUAL_BY_TOPIC = 1 };

/* Statuses of writers and readers. */
enum plib_event {
    PLIB_EVENT_MATCHED = 0,
    PLIB_EVENT_INCOMPATIBLE_QOS = 1,
    PLIB_EVENT_INCOMPATIBLE_TYPE = 2,
    PLIB_EVENT_DEADLINE_MISSED = 3,
    PLIB_EVENT_LIVELINESS = 4, /* a reader's: its writers'; a writer's: lost */
    PLIB_EVENT_LOST = 5,       /* readers only: samples overwritten before they were taken */
    PLIB_EVENT_COUNT = 6
};

/* The policy for which a reader and a writer are incompatible. */
enum plib_policy {
    PLIB_POLICY_NONE = 0,
    PLIB_POLICY_RELIABILITY = 1,
    PLIB_POLICY_DURABILITY = 2,
    PLIB_POLICY_DEADLINE = 3,
    PLIB_POLICY_LIVELINESS = 4 /* its kind or its lease */
};

/* QoS policies; durations in nanoseconds, INT64_MAX is infinite. */
struct plib_qos {
    uint32_t reliability;
    uint32_t durability;
    uint32_t history;
    uint32_t depth; /* samples, for KEEP_LAST; at least 1 */
    uint32_t liveliness;
    uint32_t reserved;
    int64_t deadline;
    int64_t lifespan;
    int64_t lease;
};
/* cffi: end */

#ifdef __cplusplus
}
#endif
#endif
