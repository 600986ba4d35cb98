/* Whatever a reader writes into its link record, the writer believes a cursor only when it grows and
 * is not past the head, a hold only inside the range asked for, and nothing before the reader
 * attached. */
#include "check.h"
#include "foreign_link.h"

static struct plib_link record;

static void cursor_only_grows(struct writer_link *link)
{
    record.cursor = 5;
    CHECK_EQUAL(foreign_link_cursor(link, 10), 5);
    record.cursor = 3; /* backwards */
    CHECK_EQUAL(foreign_link_cursor(link, 10), 5);
    record.cursor = 11; /* past the head */
    CHECK_EQUAL(foreign_link_cursor(link, 10), 5);
    record.cursor = UINT64_MAX;
    CHECK_EQUAL(foreign_link_cursor(link, 10), 5);
    record.cursor = 10;
    CHECK_EQUAL(foreign_link_cursor(link, 10), 10);
}

static void holds_are_limited_to_the_range(struct writer_link *link)
{
    uint64_t held[PLIB_HOLDS_MAX];

    for (uint32_t i = 0; i < PLIB_HOLDS_MAX; i++)
        record.hold[i] = UINT64_MAX - i;
    CHECK_EQUAL(foreign_link_holds(link, 2, 6, held), 0);
    record.hold[0] = 2 + 1; /* position 2: the first */
    record.hold[1] = 5 + 1; /* position 5: the last */
    record.hold[2] = 6 + 1; /* behind it */
    CHECK_EQUAL(foreign_link_holds(link, 2, 6, held), 2);
    CHECK_EQUAL(held[0], 2);
    CHECK_EQUAL(held[1], 5);
}

static void nothing_counts_before_attaching(struct writer_link *link)
{
    uint64_t held[PLIB_HOLDS_MAX];
    bool on_writer_bell;
    bool on_process_bell;

    record.match = link->match + 1; /* the slot's former match */
    record.sleepers_writer = 1;
    record.sleepers_process = 1;
    link->cursor = 4;
    record.cursor = 8;
    CHECK_EQUAL(foreign_link_cursor(link, 10), 4);
    record.hold[0] = 3;
    CHECK_EQUAL(foreign_link_holds(link, 0, 10, held), 0);
    foreign_link_sleepers(link, &on_writer_bell, &on_process_bell);
    CHECK(!on_writer_bell && !on_process_bell);
    record.match = link->match;
    foreign_link_sleepers(link, &on_writer_bell, &on_process_bell);
    CHECK(on_writer_bell && on_process_bell);
}

int main(void)
{
    struct writer_link link = {.match = 7, .record = &record};

    record.match = 7;
    cursor_only_grows(&link);
    holds_are_limited_to_the_range(&link);
    nothing_counts_before_attaching(&link);
    return 0;
}
