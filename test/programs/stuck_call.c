/* A process that stays in a bounded call: its reader's filter waits for a line on stdin.
 *
 *   stuck_call SOCKET     says "stuck" when it is about to be, and "out" when the call has ended
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plib/plib.h"

static void check(int error)
{
    if (error == 0)
        return;
    (void)fprintf(stderr, "%s\n", plib_error_text());
    exit(1);
}

static bool wait_for_a_line(const void *context, const uint8_t writer_gid[16], const void *data,
                            uint64_t length)
{
    char line[16];

    (void)context;
    (void)writer_gid;
    (void)data;
    (void)length;
    (void)puts("stuck");
    (void)fflush(stdout);
    return fgets(line, sizeof(line), stdin) != NULL;
}

static struct plib_endpoint_options endpoint(uint32_t kind)
{
    return (struct plib_endpoint_options){.kind = kind,
                                          .topic = "/stuck",
                                          .type = "test/msg/Stuck",
                                          .qos = {.reliability = PLIB_RELIABLE,
                                                  .depth = 1,
                                                  .deadline = INT64_MAX,
                                                  .lifespan = INT64_MAX,
                                                  .lease = INT64_MAX}};
}

int main(int argc, char **argv)
{
    const struct plib_participant_options options = {.socket = argc > 1 ? argv[1] : NULL};
    const struct plib_endpoint_options publisher = endpoint(PLIB_KIND_PUBLISHER);
    struct plib_endpoint_options subscription = endpoint(PLIB_KIND_SUBSCRIPTION);
    const struct plib_sample_info info = {.length = 8};
    struct plib_participant *participant;
    struct plib_writer *writer;
    struct plib_reader *reader;
    struct plib_sample sample;
    struct plib_loan loan;

    subscription.filter = wait_for_a_line;
    check(plib_participant_create(&options, &participant));
    check(plib_writer_create(participant, &publisher, &writer));
    check(plib_reader_create(participant, &subscription, &reader));
    check(plib_participant_poll(participant));
    check(plib_writer_loan(writer, 8, &loan));
    memset(loan.data, 0, 8);
    check(plib_writer_commit(writer, &loan, &info, NULL));
    check(plib_reader_take(reader, &sample));
    (void)puts("out");
    plib_reader_release(reader, &sample);
    plib_reader_destroy(reader);
    plib_writer_destroy(writer);
    plib_participant_destroy(participant);
    return 0;
}
