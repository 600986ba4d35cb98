#include "chunks.h"
#include "vault.h"

#include <errno.h>
#include <string.h>

enum {
    FIRST_OCTAVE = 8,  /* 256 bytes: from here on four classes an octave, all whole cache lines */
    SMALL_CLASSES = 3, /* 64, 128 and 192 bytes */
    LARGER_CLASSES = 8
};

uint64_t chunks_class_size(uint32_t class)
{
    uint32_t step = class - SMALL_CLASSES;
    uint64_t octave;

    if (class < SMALL_CLASSES)
        return (class + UINT64_C(1)) * CHUNK_ALIGNMENT;
    octave = UINT64_C(1) << (FIRST_OCTAVE + step / 4);
    return octave + octave / 4 * (step % 4);
}

uint32_t chunks_class(uint64_t size)
{
    uint32_t octave;
    uint32_t class;

    if (size <= (uint64_t)SMALL_CLASSES * CHUNK_ALIGNMENT)
        return size == 0 ? 0 : (uint32_t)((size - 1) / CHUNK_ALIGNMENT);
    if (size > chunks_class_size(CHUNK_CLASSES - 1))
        return CHUNK_CLASSES;
    octave = size < 256 ? FIRST_OCTAVE : 63U - (uint32_t)__builtin_clzll(size);
    class = SMALL_CLASSES + (octave - FIRST_OCTAVE) * 4;
    while (chunks_class_size(class) < size) /* at most four steps */
        class ++;
    return class;
}

int chunks_add_segment(struct chunks *chunks, void *address, uint64_t size, uint64_t skip)
{
    struct chunk_segment *segment = &chunks->segments[chunks->segment_count];

    if (chunks->segment_count >= PLIB_SEGMENTS_MAX)
        return -ENOSPC;
    segment->address = address;
    segment->size = size;
    segment->used = skip;
    chunks->total += size - skip;
    chunks->segment_count++;
    return 0;
}

struct chunk_node *chunks_set_nodes(struct chunks *chunks, struct chunk_node *nodes, uint32_t count)
{
    struct chunk_node *before = chunks->nodes;

    if (before != NULL)
        memcpy(nodes, before, chunks->touched * sizeof(*nodes));
    chunks->nodes = nodes;
    chunks->node_count = count;
    return before;
}

/* The first of a list, and its node among the spare ones. 0 when there is none. */
static chunk_t pop(struct chunks *chunks, uint32_t *list)
{
    uint32_t index = *list;
    struct chunk_node *node;

    if (index == 0)
        return 0;
    node = &chunks->nodes[index - 1];
    *list = node->next;
    node->next = chunks->spare;
    chunks->spare = index;
    return node->chunk;
}

static chunk_t take_fresh(struct chunks *chunks, uint64_t size)
{
    if (chunks_want_nodes(chunks))
        return 0;
    for (uint32_t i = 0; i < chunks->segment_count; i++) {
        struct chunk_segment *segment = &chunks->segments[i];

        if (segment->size - segment->used >= size) {
            chunk_t chunk = chunk_make(i, segment->used);

            segment->used += size;
            chunks->made++;
            return chunk;
        }
    }
    return 0;
}

chunk_t chunks_take(struct chunks *chunks, uint64_t size, uint32_t *class)
{
    uint32_t best = chunks_class(size);
    chunk_t chunk;

    if (best == CHUNK_CLASSES)
        return 0;
    *class = best;
    chunk = pop(chunks, &chunks->free[best]);
    if (chunk == 0)
        chunk = take_fresh(chunks, chunks_class_size(best));
    /* At most LARGER_CLASSES. */
    for (uint32_t i = best + 1; chunk == 0 && i < CHUNK_CLASSES && i <= best + LARGER_CLASSES;
         i++) {
        chunk = pop(chunks, &chunks->free[i]);
        *class = i;
    }
    return chunk;
}

/* A node for a chunk that was out; there are as many as chunks. */
static uint32_t take_node(struct chunks *chunks)
{
    uint32_t index = chunks->spare;

    if (index == 0)
        return ++chunks->touched;
    chunks->spare = chunks->nodes[index - 1].next;
    return index;
}

void chunks_give(struct chunks *chunks, chunk_t chunk, uint32_t class)
{
    uint32_t index;
    struct chunk_node *node;

    if (chunk == 0)
        return;
    index = take_node(chunks);
    node = &chunks->nodes[index - 1];
    *node = (struct chunk_node){.chunk = chunk, .next = chunks->free[class]};
    chunks->free[class] = index;
}

void *chunks_address(const struct chunks *chunks, chunk_t chunk)
{
    return chunks->segments[chunk_segment_of(chunk)].address + chunk_offset_of(chunk);
}

void chunks_destroy(struct chunks *chunks)
{
    vault_free(chunks->nodes);
    *chunks = (struct chunks){0};
}
