/* The functions of graph.c on a board whose every word is anything at any time: no invalid access, and names that
 * end. plibd is trusted; but what it was in the middle of writing when it died is not whole. */
#include <stdarg.h>

#include "board.h"
#include "domain.h"
#include "error.h"
#include "participant.h"

volatile uint32_t any32;
volatile uint64_t any64;

/* Without a key: the gates do nothing. */
union domain_page domain_page;

static union {
    struct plib_board board;
    uint8_t bytes[PLIB_BOARD_SIZE];
} board __attribute__((aligned(64)));
static struct daemon_words words = {.board = &board.board};

const struct daemon_words *participant_words(const struct plib_participant *participant)
{
    (void)participant;
    return &words;
}

int fail(int code, const char *format, ...)
{
    (void)format;
    return code;
}

int main(void)
{
    static struct plib_participant participant;
    struct plib_graph_entity entity;
    uint32_t count = plib_graph_count(&participant);

    /*@ assert count <= PLIB_BOARD_MAX; */
    (void)count;
    (void)plib_graph_version(&participant);
    if (plib_graph_read(&participant, any32, &entity) == 0) {
        /*@ assert entity.name[sizeof(entity.name) - 1] == 0; */
        /*@ assert entity.type[sizeof(entity.type) - 1] == 0; */
        /*@ assert entity.enclave[sizeof(entity.enclave) - 1] == 0; */
    }
    return 0;
}
