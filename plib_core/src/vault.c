#include "vault.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "domain.h"

enum {
    BLOCK_MIN = 64,     /* bytes with the header */
    CLASSES = 11,       /* powers of two from there: to 64 KiB */
    REGION = 256 << 10, /* bytes asked of the kernel at once */
    PAGE = 4096
};

/* Before each block. A free one's `next` stands where its user's bytes were. */
struct header {
    size_t size; /* of the whole block */
    struct header *next;
};

_Static_assert(sizeof(struct header) == 16, "blocks are aligned as malloc()'s");

struct heap {
    pthread_mutex_t lock;
    struct header *free[CLASSES];
    uint8_t *fresh; /* `left` bytes that were never a block */
    size_t left;
};

/* Control memory itself. */
static union {
    struct heap heap;
    uint8_t page[PAGE];
} page __attribute__((aligned(PAGE))) = {.heap.lock = PTHREAD_MUTEX_INITIALIZER};

static struct heap *const heap = &page.heap;

int vault_set_up(void)
{
    return domain_protect(&page, sizeof(page), NULL);
}

static bool is_guarded(void)
{
    return domain_page.state.closed != 0;
}

static void *map(size_t size)
{
    void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (address == MAP_FAILED)
        return NULL;
    if (domain_protect(address, size, NULL) == 0)
        return address;
    (void)munmap(address, size);
    return NULL;
}

static uint32_t class_of(size_t size)
{
    uint32_t class = 0;

    /* At most CLASSES. */
    while (class < CLASSES && ((size_t)BLOCK_MIN << class) < size)
        class ++;
    return class;
}

/* A block larger than the classes: pages of its own. */
static struct header *take_pages(size_t size)
{
    struct header *block = map((size + PAGE - 1) / PAGE * PAGE);

    if (block != NULL)
        block->size = (size + PAGE - 1) / PAGE * PAGE;
    return block;
}

static bool grow(void)
{
    uint8_t *region = map(REGION);

    if (region == NULL)
        return false;
    heap->fresh = region; /* what was left is less than the block that is wanted */
    heap->left = REGION;
    return true;
}

static struct header *take_block(uint32_t class)
{
    size_t size = (size_t)BLOCK_MIN << class;
    struct header *block;

    if (heap->free[class] != NULL) {
        block = heap->free[class];
        heap->free[class] = block->next;
        memset(block, 0, size);
    } else {
        if (heap->left < size && !grow())
            return NULL;
        block = (struct header *)(void *)heap->fresh;
        heap->fresh += size;
        heap->left -= size;
    }
    block->size = size;
    return block;
}

static void *allocate(size_t size)
{
    struct header *block;
    uint32_t class;

    if (size > SIZE_MAX / 2)
        return NULL;
    size += sizeof(*block);
    class = class_of(size);
    if (class == CLASSES) {
        block = take_pages(size);
    } else {
        (void)pthread_mutex_lock(&heap->lock);
        block = take_block(class);
        (void)pthread_mutex_unlock(&heap->lock);
    }
    return block == NULL ? NULL : block + 1;
}

void *vault_calloc(size_t count, size_t size)
{
    if (!is_guarded())
        return calloc(count, size);
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return allocate(count * size); /* fresh pages are zero, and so are blocks used again */
}

void *vault_realloc(void *block, size_t size)
{
    struct header *old = block == NULL ? NULL : (struct header *)block - 1;
    void *larger;

    if (!is_guarded())
        return realloc(block, size);
    if (old != NULL && size <= old->size - sizeof(*old))
        return block;
    larger = allocate(size);
    if (larger != NULL && old != NULL) {
        memcpy(larger, block, old->size - sizeof(*old));
        vault_free(block);
    }
    return larger;
}

char *vault_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = vault_calloc(1, size);

    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

void vault_free(void *block)
{
    struct header *header;
    uint32_t class;

    if (!is_guarded()) {
        free(block);
        return;
    }
    if (block == NULL)
        return;
    header = (struct header *)block - 1;
    class = class_of(header->size);
    if (class == CLASSES) {
        (void)munmap(header, header->size);
        return;
    }
    (void)pthread_mutex_lock(&heap->lock);
    header->next = heap->free[class];
    heap->free[class] = header;
    (void)pthread_mutex_unlock(&heap->lock);
}

void vault_lock(void)
{
    (void)pthread_mutex_lock(&heap->lock);
}

void vault_unlock(void)
{
    (void)pthread_mutex_unlock(&heap->lock);
}
