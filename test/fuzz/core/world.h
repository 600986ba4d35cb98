/* One pair of a writer and a reader without plibd, made once and begun anew with each input. */
#ifndef PLIB_FUZZ_WORLD_H
#define PLIB_FUZZ_WORLD_H

#include <string.h>
#include <sys/socket.h>

#include "hostile.h"
#include "input.h"
#include "pair_fixture.h"

enum {
    RING_CAPACITY = 64,
    RING_CONTROL = PLIB_RING_DESCRIPTORS + RING_CAPACITY * PLIB_DESCRIPTOR_SIZE,
    PAYLOAD = 8192,
    RING_SIZE = RING_CONTROL + PAYLOAD,
    MATCHES_MAX = 8
};

/* On the heap, so that ASan notices what goes over its ends. */
static inline uint8_t *segment_memory(size_t size)
{
    uint8_t *address = aligned_alloc(4096, size);

    CHECK(address != NULL);
    memset(address, 0, size);
    return address;
}

/* The participant finds plibd there and silent: it does not look for another. Returns plibd's end. */
static inline int connect_to_nobody(struct plib_participant *participant)
{
    int ends[2];

    CHECK_EQUAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
    participant->socket = ends[0];
    return ends[1];
}

static inline void drain(int socket)
{
    char message[4096];

    while (recv(socket, message, sizeof(message), 0) > 0)
        continue;
}

/* As plibd lets it pass. */
static inline struct plib_qos some_qos(struct input *input)
{
    struct plib_qos qos = pair_qos(input_below(input, 2), 1 + input_below(input, 80));

    qos.reliability = input_below(input, 2);
    qos.durability = input_below(input, 2);
    qos.liveliness = input_below(input, 2);
    if (input_below(input, 4) == 0)
        qos.deadline = 1 + (int64_t)input_take(input, 2);
    if (input_below(input, 4) == 0)
        qos.lifespan = (int64_t)(input_value(input, 0) & INT64_MAX);
    if (input_below(input, 4) == 0)
        qos.lease = (int64_t)(input_value(input, 0) & INT64_MAX);
    return qos;
}

static inline struct plib_link *link_records(const struct member *reader)
{
    return (struct plib_link *)(void *)(reader->page.address + PLIB_PEER_LINKS);
}

#endif
