#include "private_copy.h"

#include <stdlib.h>
#include <string.h>

/* The copy keeps the sample's place in a cache line, and with it the alignment of its fields. */
static uint64_t place_of(const struct ring_sample *sample)
{
    return (uintptr_t)sample->data % PLIB_LOAN_ALIGNMENT;
}

static uint64_t size_of(const struct ring_sample *sample)
{
    uint64_t lines = (place_of(sample) + sample->length) / PLIB_LOAN_ALIGNMENT;

    /* An empty sample has a place as well. */
    return (lines + 1) * PLIB_LOAN_ALIGNMENT;
}

bool private_copy_fits(const struct reader_link *link, uint32_t hold,
                       const struct ring_sample *sample)
{
    return link->copies[hold].size >= size_of(sample);
}

void private_copy_want(struct reader_link *link, uint32_t hold, const struct ring_sample *sample)
{
    link->copies[hold].wanted = size_of(sample);
}

void private_copy_make(struct reader_link *link, uint32_t hold, struct ring_sample *sample)
{
    uint8_t *data = link->copies[hold].data + place_of(sample);

    memcpy(data, sample->data, sample->length);
    sample->data = data;
}

static bool grow(struct private_copy *copy)
{
    uint64_t size = copy->wanted;
    uint8_t *data = aligned_alloc(PLIB_LOAN_ALIGNMENT, size);

    copy->wanted = 0;
    if (data == NULL)
        return false;
    free(copy->data);
    copy->data = data;
    copy->size = size;
    return true;
}

bool private_copy_grow(struct reader_link *link)
{
    bool all = true;

    for (uint32_t i = 0; i < PLIB_HOLDS_MAX; i++) {
        /* What a hold gives out stays where it is. */
        if (link->copies[i].wanted != 0 && (link->holds & (1U << i)) == 0)
            all = grow(&link->copies[i]) && all;
    }
    return all;
}

void private_copy_free(struct reader_link *link)
{
    for (uint32_t i = 0; i < PLIB_HOLDS_MAX; i++)
        free(link->copies[i].data);
}
