/* The functions of sieve.c on a ring whose every word is anything at any time: no invalid access, and the filter
 * sees nothing outside of a segment. The functions of foreign_ring.c, by which it reads, are analysed along. */
#include <pthread.h>
#include <stdarg.h>

#include "domain.h"
#include "error.h"
#include "futex.h"
#include "inherited.h"
#include "sieve.h"
#include "vault.h"

enum { CAPACITY = 8, DEPTH = 5, CONTROL = 4096 + CAPACITY * 64, PAYLOAD = 65536, ROUNDS = 2 };

volatile uint32_t any32;
volatile uint64_t any64;

/* Without a key: the gates do nothing. */
union domain_page domain_page;
uint32_t inherited_forks;

static union {
    struct plib_ring ring;
    uint8_t bytes[CONTROL + PAYLOAD];
} segment __attribute__((aligned(64)));
static struct plib_link record;
static struct plib_participant participant;
/* As much as the sieve of such a reader takes. */
static uint64_t sieve_memory[sizeof(struct sieve) / 8 + 8];

void futex_wake_shared(const uint32_t *word)
{
    /*@ assert \valid_read(word); */
    (void)word;
}

int fail(int code, const char *format, ...)
{
    (void)format;
    return code;
}

void *vault_calloc(size_t count, size_t size)
{
    /*@ assert count * size <= sizeof(sieve_memory); */
    (void)count;
    (void)size;
    return any32 == 0 ? NULL : sieve_memory;
}

int refuse_inherited(const struct plib_participant *of)
{
    (void)of;
    return 0;
}

bool participant_has_news(const struct plib_participant *of)
{
    (void)of;
    return any32 != 0;
}

void participant_wake_self(void)
{
}

void reader_count_lost(struct plib_reader *reader, uint64_t count)
{
    reader->counts.lost += count;
}

void reader_keep_time(struct plib_reader *reader, int64_t published)
{
    (void)reader;
    (void)published;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    (void)mutex;
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    (void)mutex;
    return 0;
}

/* That `length` bytes follow is a relation, which the analyser does not keep: test/core looks at that. */
static bool filter(const void *context, const uint8_t gid[PLIB_GID_SIZE], const void *data,
                   uint64_t length)
{
    const uint8_t *start = data;

    (void)context;
    (void)gid[0];
    /*@ assert \object_pointer(start); */
    (void)start;
    (void)length;
    return any32 != 0;
}

int main(void)
{
    struct reader_link link = {.ring = &segment.ring, .capacity = CAPACITY, .record = &record};
    struct reader_link *links[1] = {&link};
    struct plib_reader reader = {.participant = &participant, .links = links, .link_count = 1};
    struct ring_sample sample = {0};

    link.descriptors = (const struct plib_descriptor *)(const void *)(segment.bytes + 4096);
    link.segments[0] = (struct segment_view){segment.bytes, sizeof(segment.bytes), CONTROL};
    link.segment_count = 1;
    link.foreign = any32 != 0;
    for (int i = 0; i < PLIB_HOLDS_MAX; i++)
        link.copies[i].size = any64;
    reader.options.qos.history = PLIB_KEEP_LAST;
    reader.options.qos.depth = DEPTH;
    if (plib_reader_set_filter(&reader, filter, NULL) != 0)
        return 0;
    for (int i = 0; i < ROUNDS; i++) {
        (void)sieve_sift(&reader, &link);
        (void)sieve_count(link.sieve);
        (void)sieve_has_arrivals(link.sieve);
        (void)sieve_count_arrivals(link.sieve, any32 != 0);
        if (sieve_take(&link, any32 % PLIB_HOLDS_MAX, &sample) == 0)
            (void)sieve_still_wants(&reader, &link, &sample);
        else if (sieve_count(link.sieve) > 0)
            sieve_skip(&link);
    }
    return plib_reader_set_filter(&reader, any32 != 0 ? filter : NULL, NULL);
}
