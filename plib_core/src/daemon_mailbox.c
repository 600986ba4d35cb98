/* Mailboxes: plibd's words for each participant, and the robust futex in each by which the kernel
 * tells the participant that plibd died, whatever killed it.
 *
 * The kernel walks a list of nodes in plibd's memory when its thread ends, and marks the futex that
 * lies at one fixed offset from each node. Mailboxes are shared with participants, which must not
 * see plibd's addresses; so the nodes lie in private memory, at that distance: one range of
 * addresses holds all mailboxes, the range behind it the nodes.
 */
#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "atomics.h"
#include "error.h"
#include "futex.h"
#include "plib/daemon.h"

enum { MAILBOXES_MAX = 2000 /* the kernel stops at ROBUST_LIST_LIMIT, 2048 */ };

struct plib_mailboxes {
    struct robust_list_head head;
    uint8_t *arena; /* count mailboxes, then count pages with a node each */
    size_t stride;  /* a mailbox, or a page of the kernel's where that is larger (aarch64) */
    uint32_t count;
    uint8_t used[];
};

static uint8_t *page_at(const struct plib_mailboxes *boxes, uint32_t index)
{
    return boxes->arena + index * boxes->stride;
}

static struct robust_list *node_at(const struct plib_mailboxes *boxes, uint32_t index)
{
    return (struct robust_list *)(void *)page_at(boxes, boxes->count + index);
}

static struct plib_mailbox *box_at(const struct plib_mailboxes *boxes, uint32_t index)
{
    return (struct plib_mailbox *)(void *)page_at(boxes, index);
}

int plib_mailboxes_create(uint32_t count, struct plib_mailboxes **out)
{
    long page = sysconf(_SC_PAGESIZE);
    size_t stride = page > PLIB_MAILBOX_SIZE ? (size_t)page : PLIB_MAILBOX_SIZE;
    size_t size = count * stride * 2;
    struct plib_mailboxes *boxes;

    if (count == 0 || count > MAILBOXES_MAX)
        return fail(-EINVAL, "plibd serves at most %d participants", MAILBOXES_MAX);
    boxes = calloc(1, sizeof(*boxes) + count);
    if (boxes == NULL)
        return fail(-ENOMEM, "no memory for mailboxes");
    boxes->arena = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (boxes->arena == MAP_FAILED) {
        free(boxes);
        return fail(-ENOMEM, "no memory for mailboxes");
    }
    boxes->count = count;
    boxes->stride = stride;
    boxes->head.list.next = &boxes->head.list;
    boxes->head.futex_offset = (long)offsetof(struct plib_mailbox, alive) - (long)(count * stride);
    /* Replaces glibc's list of this thread, which serves robust mutexes: plibd has none. */
    if (syscall(SYS_set_robust_list, &boxes->head, sizeof(boxes->head)) != 0) {
        int error = fail(-errno, "the kernel keeps no robust futexes");

        (void)munmap(boxes->arena, size);
        free(boxes);
        return error;
    }
    *out = boxes;
    return 0;
}

void plib_mailboxes_destroy(struct plib_mailboxes *boxes)
{
    static struct robust_list_head none = {.list = {.next = &none.list}};

    (void)syscall(SYS_set_robust_list, &none, sizeof(none));
    (void)munmap(boxes->arena, boxes->count * boxes->stride * 2);
    free(boxes);
}

int plib_mailboxes_add(struct plib_mailboxes *boxes, int fd)
{
    uint32_t index = 0;

    while (index < boxes->count && boxes->used[index])
        index++;
    if (index == boxes->count)
        return fail(-ENOSPC, "plibd serves at most %u participants", boxes->count);
    if (mmap(page_at(boxes, index), PLIB_MAILBOX_SIZE, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
        return fail(-errno, "cannot map a mailbox");
    boxes->used[index] = 1;
    /* The waiters bit makes the kernel wake whoever sleeps on it. */
    store32_release(&box_at(boxes, index)->alive, (uint32_t)gettid() | FUTEX_WAITERS);
    node_at(boxes, index)->next = boxes->head.list.next;
    boxes->head.list.next = node_at(boxes, index);
    return (int)index;
}

void plib_mailboxes_remove(struct plib_mailboxes *boxes, uint32_t index)
{
    struct robust_list *node = node_at(boxes, index);
    struct robust_list *before = &boxes->head.list;

    while (before->next != &boxes->head.list && before->next != node)
        before = before->next;
    if (before->next == node)
        before->next = node->next;
    /* A participant that plibd drops while it lives connects anew. */
    (void)__atomic_fetch_or(&box_at(boxes, index)->alive, FUTEX_OWNER_DIED, __ATOMIC_RELEASE);
    futex_wake_shared(&box_at(boxes, index)->alive);
    /* A place that could not be cleared is not used again. */
    if (mmap(page_at(boxes, index), PLIB_MAILBOX_SIZE, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED)
        boxes->used[index] = 0;
}

static void raise_word(uint32_t *word)
{
    __atomic_fetch_add(word, 1, __ATOMIC_RELEASE);
    futex_wake_shared(word);
}

void plib_mailboxes_raise_control(struct plib_mailboxes *boxes, uint32_t index)
{
    raise_word(&box_at(boxes, index)->control_epoch);
}

void plib_mailboxes_raise_graph(struct plib_mailboxes *boxes, uint32_t index)
{
    raise_word(&box_at(boxes, index)->graph_epoch);
}
