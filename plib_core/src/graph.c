/* The ROS graph, read from the board that plibd writes. */
#include <errno.h>
#include <string.h>

#include "atomics.h"
#include "board.h"
#include "domain.h"
#include "error.h"
#include "participant.h"

enum { GRAPH_ATTEMPTS = 1000 };

uint32_t plib_graph_count(const struct plib_participant *participant)
{
    DOMAIN_GATE;
    uint32_t count = load32_acquire(&participant_words(participant)->board->count);

    return count < PLIB_BOARD_MAX ? count : PLIB_BOARD_MAX;
}

uint64_t plib_graph_version(const struct plib_participant *participant)
{
    DOMAIN_GATE;

    return load64_acquire(&participant_words(participant)->board->version);
}

static const union board_words *record_at(const struct plib_participant *participant,
                                          uint32_t index)
{
    const uint8_t *board = (const uint8_t *)participant_words(participant)->board;

    return (const union board_words *)(const void *)(board + PLIB_BOARD_RECORDS) + index;
}

static void copy_record(const union board_words *record, union board_words *copy)
{
    for (size_t i = 0; i < BOARD_RECORD_WORDS; i++)
        copy->words[i] = load64(&record->words[i]);
}

static void convert(const struct plib_board_record *record, struct plib_graph_entity *entity)
{
    entity->kind = record->kind;
    entity->uid = record->uid;
    entity->pid = record->pid;
    memcpy(entity->gid, record->gid, sizeof(entity->gid));
    memcpy(entity->node_gid, record->node_gid, sizeof(entity->node_gid));
    entity->qos = record->qos;
    memcpy(entity->type_hash, record->type_hash, sizeof(entity->type_hash));
    memcpy(entity->name, record->name, sizeof(entity->name));
    memcpy(entity->type, record->type, sizeof(entity->type));
    memcpy(entity->enclave, record->enclave, sizeof(entity->enclave));
    entity->name[sizeof(entity->name) - 1] = '\0';
    entity->type[sizeof(entity->type) - 1] = '\0';
    entity->enclave[sizeof(entity->enclave) - 1] = '\0';
}

int plib_graph_read(const struct plib_participant *participant, uint32_t index,
                    struct plib_graph_entity *entity)
{
    DOMAIN_GATE;
    const union board_words *record;
    union board_words copy;

    if (index >= PLIB_BOARD_MAX)
        return fail(-ENOENT, "the board has no slot %u", index);
    record = record_at(participant, index);
    for (int attempt = 0; attempt < GRAPH_ATTEMPTS; attempt++) {
        uint64_t before = load64_acquire(&record->record.state);

        if (before % 2 != 0)
            continue;
        copy_record(record, &copy);
        acquire_fence();
        if (load64(&record->record.state) != before)
            continue;
        if (copy.record.kind == PLIB_KIND_FREE)
            return -ENOENT;
        convert(&copy.record, entity);
        return 0;
    }
    return fail(-EAGAIN, "plibd stopped while it wrote slot %u of the graph", index);
}
