#include "chunks.h"
#include "vault.h"

#include <errno.h>

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

static chunk_t take_fresh(struct chunks *chunks, uint64_t size)
{
    for (uint32_t i = 0; i < chunks->segment_count; i++) {
        struct chunk_segment *segment = &chunks->segments[i];

        if (segment->size - segment->used >= size) {
            chunk_t chunk = chunk_make(i, segment->used);

            segment->used += size;
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
    if (chunks->free[best].count > 0)
        return chunks->free[best].items[--chunks->free[best].count];
    chunk = take_fresh(chunks, chunks_class_size(best));
    if (chunk != 0)
        return chunk;
    /* At most LARGER_CLASSES. */
    for (uint32_t i = best + 1; i < CHUNK_CLASSES && i <= best + LARGER_CLASSES; i++) {
        if (chunks->free[i].count > 0) {
            *class = i;
            return chunks->free[i].items[--chunks->free[i].count];
        }
    }
    return 0;
}

void chunks_give(struct chunks *chunks, chunk_t chunk, uint32_t class)
{
    struct chunk_list *list = &chunks->free[class];

    if (chunk == 0)
        return;
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity == 0 ? 16 : list->capacity * 2;
        chunk_t *items = vault_realloc(list->items, capacity * sizeof(*items));

        if (items == NULL)
            return; /* the chunk is lost to this writer; its memory goes back with the segment */
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = chunk;
}

void *chunks_address(const struct chunks *chunks, chunk_t chunk)
{
    return chunks->segments[chunk_segment_of(chunk)].address + chunk_offset_of(chunk);
}

void chunks_destroy(struct chunks *chunks)
{
    for (uint32_t i = 0; i < CHUNK_CLASSES; i++)
        vault_free(chunks->free[i].items);
    *chunks = (struct chunks){0};
}
