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

bool private_copy_want(struct reader_link *link, uint32_t hold, const struct ring_sample *sample)
{
    struct private_copy *copy = &link->copies[hold];

    if (copy->refused) {
        copy->refused = false;
        return false;
    }
    copy->wanted = size_of(sample);
    return true;
}

void private_copy_make(struct reader_link *link, uint32_t hold, struct ring_sample *sample)
{
    uint8_t *data = link->copies[hold].data + place_of(sample);

    memcpy(data, sample->data, sample->length);
    sample->data = data;
}

static void grow(struct private_copy *copy)
{
    uint8_t *data = aligned_alloc(PLIB_LOAN_ALIGNMENT, copy->wanted);

    copy->refused = data == NULL;
    if (data != NULL) {
        free(copy->data);
        copy->data = data;
        copy->size = copy->wanted;
    }
    copy->wanted = 0;
}

void private_copy_grow(struct reader_link *link)
{
    for (uint32_t i = 0; i < PLIB_HOLDS_MAX; i++) {
        /* What a hold gives out stays where it is. */
        if (link->copies[i].wanted != 0 && (link->holds & (1U << i)) == 0)
            grow(&link->copies[i]);
    }
}

void private_copy_free(struct reader_link *link)
{
    for (uint32_t i = 0; i < PLIB_HOLDS_MAX; i++)
        free(link->copies[i].data);
}
