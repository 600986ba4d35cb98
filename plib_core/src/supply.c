#include "supply.h"

#include "sieve.h"

int supply_take(const struct plib_reader *reader, struct reader_link *link, uint32_t hold,
                struct ring_sample *sample)
{
    int error;

    if (link->sieve != NULL)
        return sieve_take(link, hold, sample);
    error = foreign_ring_take(link, reader_depth(reader), hold, sample);
    sample->counted = error == 0 && sample->position < link->counted;
    return error;
}

void supply_skip(struct reader_link *link)
{
    if (link->sieve != NULL)
        sieve_skip(link);
    else
        foreign_ring_skip(link);
}

bool supply_has_some(struct reader_link *link)
{
    return link->sieve != NULL ? sieve_count(link->sieve) > 0 : foreign_ring_has_some(link);
}

bool supply_has_arrivals(const struct reader_link *link)
{
    uint64_t end;

    return link->sieve != NULL ? sieve_has_arrivals(link->sieve)
                               : foreign_ring_count_from(link, link->counted, &end) > 0;
}

uint64_t supply_count_arrivals(struct reader_link *link, bool again)
{
    return link->sieve != NULL
               ? sieve_count_arrivals(link->sieve, again)
               : foreign_ring_count_from(link, again ? 0 : link->counted, &link->counted);
}

uint64_t supply_queued(const struct reader_link *link)
{
    uint64_t end;

    if (link->sieve == NULL)
        return foreign_ring_count_from(link, 0, &end);
    return sieve_count(link->sieve) + foreign_ring_count_from(link, link->sieve->judged, &end);
}

void supply_skip_overwritten(struct plib_reader *reader, struct reader_link *link)
{
    if (link->sieve != NULL)
        (void)sieve_sift(reader, link);
    else
        reader_count_lost(reader, foreign_ring_skip_overwritten(link, reader_depth(reader)));
}
