/* The functions of foreign_ring.c on a ring whose every word is anything at any time, with a link in any state that
 * they can be called in: no invalid access, and every place that is returned was made within its segment. */
#include <stddef.h>

#include "foreign_ring.h"

enum { CAPACITY = 64, CONTROL = 4096 + CAPACITY * 64, PAYLOAD = 65536 };

volatile uint32_t any32;
volatile uint64_t any64;

static union {
    struct plib_ring ring;
    uint8_t bytes[CONTROL + PAYLOAD];
} segment __attribute__((aligned(64)));
/* As large as the first: which size belongs to which segment is a relation as well. */
static uint8_t second[CONTROL + PAYLOAD] __attribute__((aligned(64)));
static struct plib_link record;

void futex_wake_shared(const uint32_t *word)
{
    /*@ assert \valid_read(word); */
    (void)word;
}

/* The analyser checks that the place was made within the segment (-warn-invalid-pointer); that it is made of a
 * length that fits behind it is a relation, which it does not keep: test/core looks at that. */
static void check(const struct ring_sample *sample)
{
    (void)sample->length;
    (void)sample->position;
    (void)sample->source_timestamp;
    (void)sample->published;
    (void)sample->related;
}

static void any_link(struct reader_link *link)
{
    *link = (struct reader_link){0};
    link->ring = &segment.ring;
    link->descriptors = (const struct plib_descriptor *)(const void *)(segment.bytes + 4096);
    link->capacity = CAPACITY;
    link->segments[0] = (struct segment_view){segment.bytes, sizeof(segment.bytes), CONTROL};
    if (any32 != 0)
        link->segments[1] = (struct segment_view){second, sizeof(second), 0};
    link->segment_count = 2;
    link->record = &record;
    link->cursor = any64;
    link->seen = any64;
    link->timed = any64;
    link->counted = any64;
    link->lost = any64;
    link->foreign = any32 != 0;
    for (int i = 0; i < PLIB_HOLDS_MAX; i++)
        link->copies[i].size = any64;
}

int main(void)
{
    struct reader_link link;
    struct ring_sample sample = {0};
    uint32_t hold = any32 % PLIB_HOLDS_MAX;
    uint32_t depth = any32;
    uint64_t position = any64;
    uint64_t value;

    any_link(&link);
    (void)foreign_ring_available(&link);
    (void)foreign_ring_has_some(&link);
    (void)foreign_ring_count_from(&link, any64, &value);
    (void)foreign_ring_is_left(&link);
    (void)foreign_ring_end(&link);
    (void)foreign_ring_published(&link, position);
    (void)foreign_ring_asserted(&link);
    (void)foreign_ring_head(&link, &value);
    (void)foreign_ring_overwritten(&link, depth);
    if (foreign_ring_peek(&link, position, &sample) == 0)
        check(&sample);
    if (foreign_ring_hold(&link, position, hold, &sample) == 0)
        check(&sample);
    if (foreign_ring_take(&link, depth, hold, &sample) == 0)
        check(&sample);
    (void)foreign_ring_skip_overwritten(&link, depth);
    foreign_ring_skip(&link);
    return 0;
}
