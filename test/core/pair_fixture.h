/* A writer and a reader that are matched without plibd: the real functions on memory that a fork shares.
 * The reader's half may be used in a child process, or by other threads. */
#ifndef PLIB_TEST_PAIR_FIXTURE_H
#define PLIB_TEST_PAIR_FIXTURE_H

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "atomics.h"
#include "check.h"
#include "reader.h"
#include "vault.h"
#include "writer.h"

enum { PAIR_RING = 1, PAIR_PAYLOAD = 1 << 20 };

/* A participant as it is after plibd has welcomed it. */
struct member {
    struct plib_participant participant;
    struct daemon_words words;
    struct own_page page;
    struct object page_object;
    struct object_table objects;
};

struct pair {
    struct member writer_side;
    struct member reader_side;
    struct plib_writer writer;
    struct plib_reader reader;
    struct object ring;
    struct plib_msg_match match;
};

static inline void *shared_memory(size_t size)
{
    void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    CHECK(address != MAP_FAILED);
    return address;
}

static inline void member_init(struct member *member)
{
    struct plib_participant *participant = &member->participant;

    (void)pthread_mutex_init(&participant->lock, NULL);
    participant->uid = geteuid();
    participant->socket = -1;
    participant->next_due = INT64_MAX;
    participant->objects = &member->objects;
    participant->calls = calloc(PLIB_CALLS_MAX, sizeof(*participant->calls));
    CHECK(participant->calls != NULL);
    member->words.mailbox = shared_memory(PLIB_MAILBOX_SIZE);
    member->words.board = shared_memory(PLIB_BOARD_SIZE);
    participant->words = &member->words;
    member->page.uid = participant->uid;
    member->page.address = shared_memory(PLIB_PEER_SIZE);
    member->page_object.address = member->page.address;
    member->page_object.view = member->page.address;
    member->page_object.size = PLIB_PEER_SIZE;
    participant->own_pages = &member->page;
}

static inline void member_end(const struct member *member)
{
    free(member->participant.calls);
    (void)munmap((void *)(uintptr_t)member->words.mailbox, PLIB_MAILBOX_SIZE);
    (void)munmap((void *)(uintptr_t)member->words.board, PLIB_BOARD_SIZE);
    (void)munmap(member->page.address, PLIB_PEER_SIZE);
}

static inline struct plib_qos pair_qos(uint32_t history, uint32_t depth)
{
    return (struct plib_qos){.reliability = PLIB_RELIABLE,
                             .history = history,
                             .depth = depth,
                             .deadline = INT64_MAX,
                             .lifespan = INT64_MAX,
                             .lease = INT64_MAX};
}

/* Both ends have the same QoS. Nothing is matched yet. */
static inline void pair_init(struct pair *pair, struct plib_qos qos, uint32_t capacity)
{
    *pair = (struct pair){.ring.id = PAIR_RING};
    member_init(&pair->writer_side);
    member_init(&pair->reader_side);
    pair->ring.control_size = PLIB_RING_DESCRIPTORS + (uint64_t)capacity * PLIB_DESCRIPTOR_SIZE;
    pair->ring.size = pair->ring.control_size + PAIR_PAYLOAD;
    pair->ring.address = shared_memory(pair->ring.size);
    pair->reader_side.objects.buckets[PAIR_RING % OBJECT_BUCKETS] = &pair->ring;

    (void)pthread_mutex_init(&pair->writer.lock, NULL);
    pair->writer.participant = &pair->writer_side.participant;
    pair->writer.bell = 1;
    pair->writer.options.qos = qos;
    pair->writer.deadline.period = qos.deadline;
    pair->writer.capacity = capacity;
    pair->writer.depth = qos.history == PLIB_KEEP_ALL ? capacity : qos.depth;
    CHECK_EQUAL(writer_add_object(&pair->writer, &pair->ring, 0), 0);

    (void)pthread_mutex_init(&pair->reader.lock, NULL);
    pair->reader.participant = &pair->reader_side.participant;
    pair->reader.options.qos = qos;
    pair->reader.deadline.period = qos.deadline;

    pair->match.bell = 1;
    pair->match.ring_capacity = capacity;
    pair->match.control_size = pair->ring.control_size;
    pair->match.peer_uid = geteuid();
    pair->match.peer_qos = qos;
    pair->match.segment_count = 1;
    pair->match.segments[0] = PAIR_RING;
}

static inline void pair_tell_writer(struct pair *pair)
{
    CHECK_EQUAL(writer_add_match(&pair->writer, &pair->match, &pair->reader_side.page_object,
                                 &pair->writer_side.page),
                0);
}

static inline void pair_tell_reader(struct pair *pair)
{
    CHECK_EQUAL(reader_add_match(&pair->reader, &pair->match, &pair->writer_side.page_object,
                                 &pair->reader_side.page),
                0);
}

/* Free all of it, so that a sanitizer finds nothing left but what the library left. */
static inline void pair_end(struct pair *pair)
{
    for (uint32_t i = 0; i < pair->writer.link_count; i++)
        vault_free(pair->writer.links[i]);
    vault_free(pair->writer.links);
    vault_free(pair->writer.parked);
    vault_free(pair->writer.slots);
    chunks_destroy(&pair->writer.chunks);
    for (uint32_t i = 0; i < pair->reader.link_count; i++)
        reader_link_free(pair->reader.links[i]);
    vault_free(pair->reader.links);
    (void)munmap(pair->ring.address, pair->ring.size);
    member_end(&pair->writer_side);
    member_end(&pair->reader_side);
}

#endif
