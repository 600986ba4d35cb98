/* Mapped shared memory of this process: its own segments and those of its peers. */
#ifndef PLIB_OBJECT_H
#define PLIB_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "plib/protocol.h"

struct object {
    uint64_t id;
    uint8_t *address;
    const uint8_t
        *view; /* the same memory as its readers see it: read-only, and not control memory */
    uint64_t size;
    uint64_t control_size;
    uint32_t kind; /* enum plib_object_kind */
    uint32_t uid;
    bool writable;
    uint64_t used_control; /* bytes that writers which are gone have used of the control part, */
    uint64_t used;         /* and of the whole; behind that nothing was ever touched */
    uint64_t ticket;       /* atomic; of the wait that last sleeps on its process's bell */
    struct object *next;   /* in its bucket */
};

enum { OBJECT_BUCKETS = 256 };

/* The objects that one connection to plibd announced. */
struct object_table {
    struct object *buckets[OBJECT_BUCKETS];
};

/* Map what a MAP message announces and put it into the table; closes `fd` in every case.
 *
 * Own objects and plibd's are sealed in place (mseal) for the life of the process. Peers' read-only
 * mappings are not: sealed, they would keep the memory of a dead peer as long as this process lives,
 * and nobody but this process is hurt when its application unmaps them.
 * Setup. Errors: -errno of fstat and mmap, -EINVAL when the descriptor is not what was announced. */
int object_map(struct object_table *table, const struct plib_msg_map *message, int fd,
               struct object **out);

/* NULL when unknown. O(objects / OBJECT_BUCKETS). */
struct object *object_find(const struct object_table *table, uint64_t id);

/* Leave nothing in an own object of what its writers wrote. Setup, O(bytes used). */
void object_clear(struct object *object);

/* Unmap a peer's object and forget it; an own one is only forgotten. */
void object_drop(struct object_table *table, uint64_t id);

/* Forget everything. Peers' objects are unmapped; sealed ones end with the process. */
void object_drop_all(struct object_table *table);

/* Seal a mapping for the life of the process, unless PLIB_DOMAIN=off. */
void object_seal_mapping(void *address, uint64_t size);

/* True when the kernel has mseal. */
bool object_sealing_works(void);

#endif
