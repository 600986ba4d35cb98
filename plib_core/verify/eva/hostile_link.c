/* The functions of foreign_link.c on a record whose every word is anything at any time: no invalid access, cursors
 * stay between the last one and the head, holds within what was asked for, depths below their limit. */
#include "foreign_link.h"

enum { CURSOR = 1000, HEAD = 5000, FIRST = 2000, END = 3000, DEPTH = 10 };

volatile uint32_t any32;
volatile uint64_t any64;

static struct plib_link record;

int main(void)
{
    struct writer_link link = {.match = 1, .cursor = CURSOR, .depth = DEPTH};
    uint64_t held[PLIB_HOLDS_MAX];
    uint64_t cursor;
    uint32_t count;
    uint32_t depth;
    bool on_writer_bell;
    bool on_process_bell;

    if (any32 != 0)
        link.record = &record;
    (void)foreign_link_is_attached(&link);
    cursor = foreign_link_cursor(&link, HEAD);
    /*@ assert CURSOR <= cursor <= HEAD; */
    /*@ assert link.cursor == cursor || CURSOR <= link.cursor <= HEAD; */
    for (uint32_t i = 0; i < PLIB_HOLDS_MAX; i++)
        held[i] = FIRST;
    count = foreign_link_holds(&link, FIRST, END, held);
    /*@ assert count <= PLIB_HOLDS_MAX; */
    for (uint32_t i = 0; i < count; i++) {
        /*@ assert FIRST <= held[i] < END; */
        (void)held[i];
    }
    depth = foreign_link_depth(&link);
    /*@ assert DEPTH <= depth <= PLIB_FILTER_REACH; */
    foreign_link_sleepers(&link, &on_writer_bell, &on_process_bell);
    return (int)(cursor + depth) + on_writer_bell + on_process_bell;
}
