/* plibd's side of the board. */
#include <sys/mman.h>

#include "atomics.h"
#include "board.h"
#include "plib/daemon.h"

void plib_board_write(void *board, uint32_t index, const struct plib_board_record *record)
{
    union board_words *place =
        (union board_words *)(void *)((uint8_t *)board + PLIB_BOARD_RECORDS) + index;
    union board_words copy = {.record = *record};
    uint64_t state = load64(&place->record.state) / 2 * 2;

    /* A seqlock: odd while the words change; pairs with plib_graph_read(). */
    store64(&place->record.state, state + 1);
    release_fence();
    for (size_t i = 1; i < BOARD_RECORD_WORDS; i++)
        store64(&place->words[i], copy.words[i]);
    store64_release(&place->record.state, state + 2);
}

void plib_board_publish(void *board, uint32_t count)
{
    struct plib_board *head = board;

    store32(&head->count, count);
    store64_release(&head->version, load64(&head->version) + 1);
}

void *plib_daemon_map(int fd, uint64_t size, int writable)
{
    void *address =
        mmap(NULL, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);

    return address == MAP_FAILED ? NULL : address;
}

void plib_daemon_unmap(void *address, uint64_t size)
{
    (void)munmap(address, size);
}
