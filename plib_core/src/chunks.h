/* Memory for samples: size classes over a writer's segments. Private to the process: what a peer
 * sees of it is only where a published sample lies. */
#ifndef PLIB_CHUNKS_H
#define PLIB_CHUNKS_H

#include <stdbool.h>
#include <stdint.h>

#include "plib/types.h"

/* 64, 128, 192 bytes, then four classes an octave, up to 2^40. */
enum { CHUNK_CLASSES = 3 + 4 * 32, CHUNK_ALIGNMENT = PLIB_LOAN_ALIGNMENT, SAMPLE_ALIGNMENT = 4 };

/* A place in a writer's memory: segment index << 48 | offset. 0 is no place (it is the ring). */
typedef uint64_t chunk_t;

struct chunk_segment {
    uint8_t *address;
    uint64_t size;
    uint64_t used; /* bytes handed to classes so far, from the start of the segment */
};

/* A place in a list: there is one for each chunk, so that none has to be allocated to give one back. */
struct chunk_node {
    chunk_t chunk;
    uint32_t next; /* index in the nodes + 1; 0: the last */
};

struct chunks {
    struct chunk_segment segments[PLIB_SEGMENTS_MAX];
    uint32_t segment_count;
    uint64_t total; /* bytes of payload memory */
    struct chunk_node *nodes;
    uint32_t node_count;
    uint32_t made;    /* chunks, in use or free; at most node_count */
    uint32_t touched; /* nodes that ever had a chunk; the others' memory is not used yet */
    uint32_t spare;   /* first of the nodes that had one, as `next` */
    uint32_t free[CHUNK_CLASSES]; /* first of the free chunks of a class, as `next` */
};

static inline chunk_t chunk_make(uint32_t segment, uint64_t offset)
{
    return (uint64_t)segment << 48 | offset;
}

static inline uint32_t chunk_segment_of(chunk_t chunk)
{
    return (uint32_t)(chunk >> 48);
}

static inline uint64_t chunk_offset_of(chunk_t chunk)
{
    return chunk & ((UINT64_C(1) << 48) - 1);
}

/* Class of the smallest chunk that holds `size` bytes; O(1). CHUNK_CLASSES when none does. */
uint32_t chunks_class(uint64_t size);

/* Bytes of a chunk of a class; O(1). */
uint64_t chunks_class_size(uint32_t class);

/* Add memory; the first `skip` bytes (a ring's control part) are left alone. -ENOSPC when full. */
int chunks_add_segment(struct chunks *chunks, void *address, uint64_t size, uint64_t skip);

/* True when no chunk can be made for want of nodes. */
static inline bool chunks_want_nodes(const struct chunks *chunks)
{
    return chunks->made == chunks->node_count;
}

/* Have `count` nodes, more than before, at `nodes`, which becomes the chunks' own. O(nodes before).
 * Returns the memory of those before, to be freed with vault_free(). */
struct chunk_node *chunks_set_nodes(struct chunks *chunks, struct chunk_node *nodes,
                                    uint32_t count);

/* A chunk for `size` bytes, the one freed last first, so that it is warm in the cache; else from a
 * class up to four times larger before untouched memory is used up. O(1).
 * Returns 0 when there is no room, else the chunk and its class. */
chunk_t chunks_take(struct chunks *chunks, uint64_t size, uint32_t *class);

/* Give a chunk of a class back; O(1). */
void chunks_give(struct chunks *chunks, chunk_t chunk, uint32_t class);

void *chunks_address(const struct chunks *chunks, chunk_t chunk);

void chunks_destroy(struct chunks *chunks);

#endif
