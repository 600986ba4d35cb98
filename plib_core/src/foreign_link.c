#include "foreign_link.h"

#include "atomics.h"

bool foreign_link_is_attached(const struct writer_link *link)
{
    /* Pairs with the release in reader_add_match(): the record's other fields are of this match. */
    return link->record != NULL && load64_acquire(&link->record->match) == link->match;
}

uint64_t foreign_link_cursor(struct writer_link *link, uint64_t head)
{
    if (foreign_link_is_attached(link)) {
        /* Pairs with the release in foreign_ring_advance(): the holds of all samples before the
         * cursor are seen, unless they are over. */
        uint64_t cursor = load64_acquire(&link->record->cursor);

        if (cursor > link->cursor && cursor <= head)
            link->cursor = cursor;
    }
    return link->cursor;
}

uint32_t foreign_link_holds(const struct writer_link *link, uint64_t first, uint64_t end,
                            uint64_t held[PLIB_HOLDS_MAX])
{
    uint32_t count = 0;

    if (!foreign_link_is_attached(link))
        return 0;
    for (uint32_t i = 0; i < PLIB_HOLDS_MAX; i++) {
        /* Acquire pairs with the release that emptied or reused the hold: the reader's last read of
         * the chunk comes before the writer's next write to it. */
        uint64_t hold = load64_acquire(&link->record->hold[i]);

        if (hold > first && hold <= end)
            held[count++] = hold - 1;
    }
    return count;
}

uint32_t foreign_link_depth(const struct writer_link *link)
{
    uint32_t keep = foreign_link_is_attached(link) ? load32(&link->record->keep) : 0;

    if (keep > PLIB_FILTER_REACH)
        keep = PLIB_FILTER_REACH;
    return keep > link->depth ? keep : link->depth;
}

void foreign_link_sleepers(const struct writer_link *link, bool *on_writer_bell,
                           bool *on_process_bell)
{
    *on_writer_bell = false;
    *on_process_bell = false;
    if (!foreign_link_is_attached(link))
        return;
    *on_writer_bell = load32(&link->record->sleepers_writer) != 0;
    *on_process_bell = load32(&link->record->sleepers_process) != 0;
}
