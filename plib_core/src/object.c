#include "object.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "domain.h"
#include "error.h"
#include "vault.h"

/* mseal came with Linux 6.10; the number is the same on every architecture. */
#ifndef SYS_mseal
#define SYS_mseal 462
#endif

static struct object **bucket(const struct object_table *table, uint64_t id)
{
    return (struct object **)&table->buckets[id % OBJECT_BUCKETS];
}

static bool is_writable(uint32_t kind)
{
    return kind == PLIB_OBJECT_CALLS || kind == PLIB_OBJECT_PEER_OWN ||
           kind == PLIB_OBJECT_RING_OWN || kind == PLIB_OBJECT_PAYLOAD_OWN;
}

static bool is_peers(uint32_t kind)
{
    return kind == PLIB_OBJECT_PEER || kind == PLIB_OBJECT_SEGMENT;
}

void object_seal_mapping(void *address, uint64_t size)
{
    /* Where the kernel has no mseal the one-writer rule holds all the same; `plib doctor` says so. */
    if (domain_mode() != PLIB_DOMAIN_OFF)
        (void)syscall(SYS_mseal, address, size, 0UL);
}

bool object_sealing_works(void)
{
    /* An empty range is valid where the call exists. */
    return syscall(SYS_mseal, NULL, 0UL, 0UL) == 0;
}

/* Tag what is control memory. Payload is not: the application fills it. */
static int protect(const struct plib_msg_map *message, void *address)
{
    switch (message->kind) {
    case PLIB_OBJECT_CALLS:
        return domain_protect(address, message->size, "the record of calls");
    case PLIB_OBJECT_PEER_OWN:
        return domain_protect(address, message->size, "bells and cursors for its peers");
    case PLIB_OBJECT_RING_OWN:
        if (message->control_size > message->size)
            return fail(-EPROTO, "plibd sent a ring that is larger than its segment");
        return domain_protect(address, message->control_size, "a publisher's ring of samples");
    default:
        return 0;
    }
}

/* Where this process reads the object as peers do. A match within the process sleeps on words of its own
 * page, which the kernel would not read in control memory. */
static int map_view(const struct plib_msg_map *message, int fd, uint8_t *address,
                    const uint8_t **out)
{
    void *view = address;

    if (message->kind == PLIB_OBJECT_PEER_OWN && domain_mode() == PLIB_DOMAIN_PKU) {
        view = mmap(NULL, message->size, PROT_READ, MAP_SHARED, fd, 0);
        if (view == MAP_FAILED)
            return fail(-errno, "cannot map a peer page a second time");
        (void)madvise(view, message->size, MADV_DONTFORK);
        object_seal_mapping(view, message->size);
    }
    *out = view;
    return 0;
}

static int map_checked(const struct plib_msg_map *message, int fd, struct object *object)
{
    int protection = is_writable(message->kind) ? PROT_READ | PROT_WRITE : PROT_READ;
    struct stat status;
    void *address;
    int error;

    if (fstat(fd, &status) != 0)
        return fail(-errno, "cannot inspect a segment from plibd");
    if (status.st_size < 0 || (uint64_t)status.st_size != message->size || message->size == 0)
        return fail(-EINVAL, "plibd announced a segment of another size than it sent");
    address = mmap(NULL, message->size, protection, MAP_SHARED, fd, 0);
    if (address == MAP_FAILED)
        return fail(-errno, "cannot map a segment of %llu bytes",
                    (unsigned long long)message->size);
    /* A forked child would be a second writer. */
    if (is_writable(message->kind))
        (void)madvise(address, message->size, MADV_DONTFORK);
    error = protect(message, address);
    if (error == 0)
        error = map_view(message, fd, address, &object->view);
    if (error != 0) {
        (void)munmap(address, message->size);
        return error;
    }
    if (!is_peers(message->kind))
        object_seal_mapping(address, message->size);
    object->address = address;
    return 0;
}

int object_map(struct object_table *table, const struct plib_msg_map *message, int fd,
               struct object **out)
{
    struct object *object = vault_calloc(1, sizeof(*object));
    int error = -ENOMEM;

    if (object != NULL)
        error = map_checked(message, fd, object);
    (void)close(fd);
    if (object == NULL)
        return fail(-ENOMEM, "no memory to map a segment");
    if (error != 0) {
        vault_free(object);
        return error;
    }
    object->id = message->object;
    object->size = message->size;
    object->control_size = message->control_size;
    object->kind = message->kind;
    object->uid = message->uid;
    object->writable = is_writable(message->kind);
    object->next = *bucket(table, object->id);
    *bucket(table, object->id) = object;
    *out = object;
    return 0;
}

struct object *object_find(const struct object_table *table, uint64_t id)
{
    struct object *object = *bucket(table, id);

    while (object != NULL && object->id != id)
        object = object->next;
    return object;
}

void object_clear(struct object *object)
{
    memset(object->address, 0, object->used_control);
    if (object->used > object->control_size)
        memset(object->address + object->control_size, 0, object->used - object->control_size);
    object->used_control = 0;
    object->used = 0;
}

static void release(struct object *object)
{
    if (is_peers(object->kind))
        (void)munmap(object->address, object->size);
    vault_free(object);
}

void object_drop(struct object_table *table, uint64_t id)
{
    for (struct object **place = bucket(table, id); *place != NULL; place = &(*place)->next) {
        struct object *object = *place;

        if (object->id == id) {
            *place = object->next;
            release(object);
            return;
        }
    }
}

void object_drop_all(struct object_table *table)
{
    for (int i = 0; i < OBJECT_BUCKETS; i++) {
        while (table->buckets[i] != NULL) {
            struct object *object = table->buckets[i];

            table->buckets[i] = object->next;
            release(object);
        }
    }
}
