/* Whoever reads the graph while plibd writes it gets whole records, and no record that is older than the
 * version that was read before it. */
#include <string.h>
#include <sys/wait.h>

#include "pair_fixture.h"
#include "plib/daemon.h"

enum { RECORDS = 3, READS = 200000 };

static struct member member;
static uint32_t *is_over;

static struct plib_board_record record_of(uint32_t version)
{
    struct plib_board_record record = {.kind = PLIB_KIND_NODE, .uid = version, .pid = version};

    memset(record.gid, (int)(version % 251), sizeof(record.gid));
    memset(record.name, 'a' + (int)(version % 23), sizeof(record.name) - 1);
    memset(record.enclave, 'a' + (int)(version % 23), sizeof(record.enclave) - 1);
    return record;
}

static void write_as_plibd(void)
{
    void *board = (void *)(uintptr_t)member.words.board;

    (void)alarm(50);
    for (uint32_t version = 1; load32(is_over) == 0; version++) {
        struct plib_board_record record = record_of(version);

        for (uint32_t i = 0; i < RECORDS; i++)
            plib_board_write(board, i, &record);
        plib_board_publish(board, RECORDS);
    }
    exit(0);
}

static void check_entity(const struct plib_graph_entity *entity)
{
    struct plib_board_record expected = record_of(entity->uid);

    CHECK_EQUAL(entity->pid, expected.pid);
    CHECK(memcmp(entity->gid, expected.gid, sizeof(expected.gid)) == 0);
    CHECK(memcmp(entity->name, expected.name, sizeof(expected.name)) == 0);
    CHECK(memcmp(entity->enclave, expected.enclave, sizeof(expected.enclave)) == 0);
}

int main(void)
{
    const struct plib_participant *participant = &member.participant;
    uint64_t read = 0;
    uint64_t newest = 0;
    int status;
    pid_t child;

    member_init(&member);
    is_over = shared_memory(sizeof(*is_over));
    child = fork();
    CHECK(child >= 0);
    if (child == 0)
        write_as_plibd();
    (void)alarm(50);
    while (read < READS) {
        uint64_t version = plib_graph_version(participant);
        struct plib_graph_entity entity;
        int error = plib_graph_read(participant, (uint32_t)(read % RECORDS), &entity);

        if (version == 0 || error == -EAGAIN) { /* plibd does not run at present */
            (void)sched_yield();
            continue;
        }
        CHECK_EQUAL(error, 0);
        CHECK(entity.uid >= version);
        CHECK(version >= newest);
        check_entity(&entity);
        newest = version;
        read++;
    }
    store32(is_over, 1);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    (void)printf("%llu versions\n", (unsigned long long)newest);
    return 0;
}
