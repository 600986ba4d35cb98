/* A reader that changes its cursor all the time, but never to a value that the writer may believe, holds a waiting
 * writer up until its deadline and no longer. */
#include <sys/syscall.h>

#include "pair_fixture.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

enum { CAPACITY = 8 };

static struct pair pair;
static uint64_t sleeps;

/* Instead of libc's: whenever the writer is about to sleep, the reader has just changed its cursor, which the kernel
 * notices. */
long syscall(long number, ...)
{
    struct plib_link *record =
        (struct plib_link *)(void *)(pair.reader_side.page.address + PLIB_PEER_LINKS);

    if (number != SYS_futex_waitv) {
        errno = ENOSYS;
        return -1;
    }
    sleeps++;
    store64(&record->cursor, UINT64_MAX - sleeps);
    errno = EAGAIN;
    return -1;
}

int main(void)
{
    struct plib_sample_info info = {.length = 1, .source_timestamp = 1};
    struct plib_loan loan;

    (void)alarm(20);
    pair_init(&pair, pair_qos(PLIB_KEEP_ALL, 0), CAPACITY);
    pair.match.match = 1;
    pair_tell_writer(&pair);
    pair_tell_reader(&pair);
    while (plib_writer_loan(&pair.writer, info.length, &loan) == 0)
        CHECK_EQUAL(plib_writer_commit(&pair.writer, &loan, &info, NULL), 0);
    CHECK_EQUAL(plib_writer_wait_space(&pair.writer, plib_now() + 50000000), -ETIMEDOUT);
    CHECK_EQUAL(plib_writer_wait_taken(&pair.writer, plib_now() + 50000000), -ETIMEDOUT);
    CHECK(sleeps > 0);
    pair_end(&pair);
    return 0;
}
