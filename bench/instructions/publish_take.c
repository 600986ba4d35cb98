/* Publish and take samples of one size in one participant, for callgrind to count: publish_take SIZE COUNT
 *
 * exchange() is what is counted. Nothing in it sleeps. The payload is not touched but for its ends, so that
 * the count is the library's own; a copy that somebody adds to it shows in the larger size. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plib/plib.h"

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "not so: %s (%s)\n", #condition, plib_error_text());             \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

enum { SYS_FUTEX_WAITV = 449, SYS_MSEAL = 462, WARM_UP = 2000 };

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

/* valgrind does not know two calls that plib makes at set-up. Without the first it would not start. */
long __wrap_syscall(long number, ...)
{
    long arguments[6];
    va_list list;

    if (number == SYS_MSEAL)
        return 0;
    if (number == SYS_FUTEX_WAITV) {
        errno = EINVAL;
        return -1;
    }
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        arguments[i] = va_arg(list, long);
    va_end(list);
    return __real_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3],
                          arguments[4], arguments[5]);
}

static void exchange_one(struct plib_participant *participant, struct plib_writer *writer,
                         struct plib_reader *reader, uint64_t size)
{
    struct plib_sample_info info = {.length = size};
    struct plib_sample sample;
    struct plib_loan loan;

    if (plib_participant_pending(participant))
        (void)plib_participant_poll(participant);
    CHECK(plib_writer_loan(writer, size, &loan) == 0);
    ((uint8_t *)loan.data)[0] = 1;
    ((uint8_t *)loan.data)[size - 1] = 2;
    CHECK(plib_writer_commit(writer, &loan, &info, NULL) == 0);
    CHECK(plib_reader_take(reader, &sample) == 0);
    CHECK(((const uint8_t *)sample.data)[size - 1] == 2);
    plib_reader_release(reader, &sample);
}

/* Found by its name (--toggle-collect). */
__attribute__((noinline)) void exchange(struct plib_participant *participant,
                                        struct plib_writer *writer, struct plib_reader *reader,
                                        uint64_t size, long count);

void exchange(struct plib_participant *participant, struct plib_writer *writer,
              struct plib_reader *reader, uint64_t size, long count)
{
    for (long i = 0; i < count; i++)
        exchange_one(participant, writer, reader, size);
}

int main(int count, char **values)
{
    struct plib_participant_options options = {.domain_id = 0};
    struct plib_endpoint_options endpoint = {.kind = PLIB_KIND_PUBLISHER,
                                             .topic = "/counted",
                                             .type = "raw",
                                             .qos = {.reliability = PLIB_RELIABLE,
                                                     .history = PLIB_KEEP_LAST,
                                                     .depth = 10,
                                                     .deadline = INT64_MAX,
                                                     .lifespan = INT64_MAX,
                                                     .lease = INT64_MAX}};
    struct plib_participant *participant;
    struct plib_writer *writer;
    struct plib_reader *reader;
    uint64_t size;

    if (count != 3) {
        (void)printf("GCC %s\n", __VERSION__);
        return 0;
    }
    size = strtoull(values[1], NULL, 10);
    CHECK(size > 0);
    CHECK(plib_participant_create(&options, &participant) == 0);
    CHECK(plib_writer_create(participant, &endpoint, &writer) == 0);
    endpoint.kind = PLIB_KIND_SUBSCRIPTION;
    CHECK(plib_reader_create(participant, &endpoint, &reader) == 0);
    while (plib_writer_matched(writer) == 0 || plib_reader_matched(reader) == 0) {
        (void)plib_participant_poll(participant);
        (void)usleep(1000);
    }
    for (int i = 0; i < WARM_UP; i++)
        exchange_one(participant, writer, reader, size);
    exchange(participant, writer, reader, size, strtol(values[2], NULL, 10));
    plib_reader_destroy(reader);
    plib_writer_destroy(writer);
    plib_participant_destroy(participant);
    return 0;
}
