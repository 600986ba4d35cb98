/* A ring in private memory, and the reader's link to it: what a hostile writer may put there. */
#ifndef PLIB_TEST_RING_FIXTURE_H
#define PLIB_TEST_RING_FIXTURE_H

#include <string.h>

#include "chunks.h"
#include "foreign_ring.h"

enum { CAPACITY = 8, CONTROL = 4096 + 4096, SIZE = CONTROL + 65536 };

static _Alignas(64) uint8_t segment[SIZE];
static struct plib_link record;

static inline struct plib_ring *ring(void)
{
    return (struct plib_ring *)(void *)segment;
}

static inline struct plib_descriptor *descriptor(uint64_t position)
{
    return (struct plib_descriptor *)(void *)(segment + PLIB_RING_DESCRIPTORS) +
           position % CAPACITY;
}

static inline void reset(struct reader_link *link)
{
    memset(segment, 0, sizeof(segment));
    memset(&record, 0, sizeof(record));
    memset(link, 0, sizeof(*link));
    link->ring = ring();
    link->descriptors = descriptor(0);
    link->capacity = CAPACITY;
    link->segments[0] = (struct segment_view){.address = segment, .size = SIZE, .first = CONTROL};
    link->segment_count = 1;
    link->record = &record;
}

/* What an honest writer does. */
static inline void put(uint64_t position, uint64_t offset, uint64_t length)
{
    descriptor(position)->chunk = chunk_make(0, offset);
    descriptor(position)->length = length;
    descriptor(position)->state = 2 * (position + 1);
    ring()->head = position + 1;
}

#endif
