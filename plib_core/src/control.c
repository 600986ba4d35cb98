/* The conversation with plibd: requests, and what plibd sends by itself. */
#include "control.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "atomics.h"
#include "channel.h"
#include "error.h"
#include "reader.h"
#include "vault.h"
#include "writer.h"

extern char *program_invocation_short_name;

static struct plib_writer *find_writer(const struct plib_participant *participant, uint32_t entity)
{
    struct plib_writer *writer = participant->writers;

    while (writer != NULL && writer->entity != entity)
        writer = writer->next;
    return writer;
}

static struct plib_reader *find_reader(const struct plib_participant *participant, uint32_t entity)
{
    struct plib_reader *reader = participant->readers;

    while (reader != NULL && reader->entity != entity)
        reader = reader->next;
    return reader;
}

int control_send(struct plib_participant *participant, struct plib_msg_header *message)
{
    int error;

    if (participant->socket < 0)
        return fail(-ENOTCONN, "plibd is away");
    error = channel_send(participant->socket, message);
    if (error == -ENOTCONN)
        control_lost(participant);
    return error;
}

static int send_object(struct plib_participant *participant, uint32_t type, uint64_t id)
{
    struct plib_msg_object message = {.header = {.type = type, .size = sizeof(message)},
                                      .object = id};

    return control_send(participant, &message.header);
}

void control_released(struct plib_participant *participant, uint64_t match)
{
    (void)send_object(participant, PLIB_MSG_RELEASED, match);
}

static int add_own_page(struct plib_participant *participant, const struct object *object)
{
    struct own_page *page = vault_calloc(1, sizeof(*page));

    if (page == NULL)
        return fail(-ENOMEM, "no memory for a peer page");
    if (object->size < PLIB_PEER_SIZE) {
        vault_free(page);
        return fail(-EPROTO, "plibd sent a peer page that is too small");
    }
    page->uid = object->uid;
    page->generation = participant->generation;
    page->id = object->id;
    page->address = object->address;
    page->older = participant->own_pages;
    __atomic_store_n(&participant->own_pages, page, __ATOMIC_RELEASE);
    return send_object(participant, PLIB_MSG_MAPPED, object->id);
}

static int add_own_segment(struct plib_participant *participant, const struct plib_msg_map *map,
                           struct object *object)
{
    struct plib_writer *writer = find_writer(participant, map->entity);
    int error;

    if (writer == NULL)
        return fail(-EPROTO, "plibd sent a segment for an unknown writer");
    error = writer_add_object(writer, object, map->index);
    return error != 0 ? error : send_object(participant, PLIB_MSG_MAPPED, object->id);
}

static int use_object(struct plib_participant *participant, const struct plib_msg_map *map,
                      struct object *object)
{
    switch (map->kind) {
    case PLIB_OBJECT_MAILBOX:
        participant->new_mailbox = (const struct plib_mailbox *)(const void *)object->address;
        return 0;
    case PLIB_OBJECT_BOARD:
        participant->new_board = (const struct plib_board *)(const void *)object->address;
        return 0;
    case PLIB_OBJECT_CALLS:
        __atomic_store_n(&participant->calls, (struct plib_call *)(void *)object->address,
                         __ATOMIC_RELEASE);
        return send_object(participant, PLIB_MSG_MAPPED, object->id);
    case PLIB_OBJECT_PEER_OWN:
        return add_own_page(participant, object);
    case PLIB_OBJECT_RING_OWN:
    case PLIB_OBJECT_PAYLOAD_OWN:
        return add_own_segment(participant, map, object);
    default:
        return 0;
    }
}

static int apply_map(struct plib_participant *participant, const struct plib_msg_map *map, int fd)
{
    struct object *object = object_find(participant->objects, map->object);
    int error;

    if (object != NULL) { /* pooled: it is mapped already */
        if (fd >= 0)
            (void)close(fd);
        object->control_size = map->control_size;
        if (map->clear != 0)
            object_clear(object);
    } else if (fd < 0) {
        return fail(-EPROTO, "plibd sent a segment without its descriptor");
    } else {
        error = object_map(participant->objects, map, fd, &object);
        if (error != 0)
            return error;
    }
    return use_object(participant, map, object);
}

static int apply_match(struct plib_participant *participant, const struct plib_msg_match *match)
{
    struct plib_writer *writer = find_writer(participant, match->entity);
    struct plib_reader *reader = find_reader(participant, match->entity);
    struct object *page = object_find(participant->objects, match->peer_page);
    const struct own_page *own = participant_own_page(participant, match->peer_uid);

    if (page == NULL || page->size < PLIB_PEER_SIZE || own == NULL)
        return fail(-EPROTO, "plibd announced a match before its pages");
    if (match->role == PLIB_ROLE_WRITER && writer != NULL)
        return writer_add_match(writer, match, page, own);
    if (match->role == PLIB_ROLE_READER && reader != NULL)
        return reader_add_match(reader, match, page, own);
    return 0; /* destroyed meanwhile: plibd knows */
}

static void apply_unmatch(struct plib_participant *participant,
                          const struct plib_msg_unmatch *unmatch)
{
    struct plib_writer *writer = find_writer(participant, unmatch->entity);
    struct plib_reader *reader = find_reader(participant, unmatch->entity);

    if (unmatch->role == PLIB_ROLE_WRITER && writer != NULL)
        writer_end_match(writer, unmatch->match);
    if (unmatch->role == PLIB_ROLE_READER && reader != NULL)
        reader_end_match(reader, unmatch->match);
}

static int apply_segment(struct plib_participant *participant,
                         const struct plib_msg_segment *message)
{
    struct plib_reader *reader = find_reader(participant, message->entity);

    if (reader == NULL)
        return 0;
    return reader_add_segment(reader, message->match, message->index,
                              object_find(participant->objects, message->object));
}

static void apply_incompatible(struct plib_participant *participant,
                               const struct plib_msg_incompatible *message)
{
    struct plib_writer *writer = find_writer(participant, message->entity);
    struct plib_reader *reader = find_reader(participant, message->entity);

    if (writer != NULL)
        writer_incompatible(writer, message);
    if (reader != NULL)
        reader_incompatible(reader, message);
}

/* Returns 0 or an error of this message; the conversation goes on either way. */
static int apply(struct plib_participant *participant, const union plib_any_message *message,
                 int fd)
{
    if (message->header.type != PLIB_MSG_MAP && fd >= 0)
        (void)close(fd);
    switch (message->header.type) {
    case PLIB_MSG_MAP:
        return apply_map(participant, &message->map, fd);
    case PLIB_MSG_MATCH:
        return apply_match(participant, &message->match);
    case PLIB_MSG_UNMATCH:
        apply_unmatch(participant, &message->unmatch);
        return 0;
    case PLIB_MSG_SEGMENT:
        return apply_segment(participant, &message->segment);
    case PLIB_MSG_INCOMPATIBLE:
        apply_incompatible(participant, &message->incompatible);
        return 0;
    case PLIB_MSG_RELEASE:
        object_drop(participant->objects, message->object.object);
        return 0;
    default:
        return 0; /* a reply nobody waits for any more */
    }
}

void control_lost(struct plib_participant *participant)
{
    if (participant->socket < 0)
        return;
    (void)close(participant->socket);
    participant->socket = -1;
    for (struct plib_writer *writer = participant->writers; writer != NULL; writer = writer->next)
        writer_mark_stale(writer);
    for (struct plib_reader *reader = participant->readers; reader != NULL; reader = reader->next)
        reader_mark_stale(reader);
    __atomic_store_n(&participant->next_due, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&participant->away, 1, __ATOMIC_RELEASE);
}

static int receive(struct plib_participant *participant, union plib_any_message *message, int *fd,
                   int64_t deadline)
{
    int error = participant->socket < 0
                    ? fail(-ENOTCONN, "plibd is away")
                    : channel_receive(participant->socket, message, fd, deadline);

    if (error == -ENOTCONN || error == -EPROTO) {
        control_lost(participant);
        /* All that this plibd sent has been applied: writers need not wait for news of it. */
        __atomic_store_n(&participant->seen_control, participant_control_epoch(participant),
                         __ATOMIC_RELEASE);
        return -ENOTCONN;
    }
    return error;
}

int control_drain(struct plib_participant *participant)
{
    uint32_t epoch = participant_control_epoch(participant);
    union plib_any_message message;
    int fd;
    int error;

    while ((error = receive(participant, &message, &fd, 0)) == 0)
        (void)apply(participant, &message, fd);
    if (error == -EAGAIN)
        __atomic_store_n(&participant->seen_control, epoch, __ATOMIC_RELEASE);
    return error == -EAGAIN ? 0 : error;
}

static int reply_of(const struct plib_msg_reply *reply)
{
    if (reply->status == 0)
        return 0;
    return fail(reply->status, "%.*s", (int)sizeof(reply->text) - 1, reply->text);
}

static int await_reply(struct plib_participant *participant, uint64_t serial,
                       struct plib_msg_reply *reply)
{
    int64_t deadline = plib_now() + CONTROL_TIMEOUT;

    for (;;) {
        union plib_any_message message = {.header = {.type = 0}};
        int fd = -1;
        int error = receive(participant, &message, &fd, deadline);

        if (error == -ETIMEDOUT)
            control_lost(participant); /* a reply that comes late would be taken for another's */
        if (error != 0)
            return error;
        if (message.header.type == PLIB_MSG_REPLY && message.header.serial == serial) {
            *reply = message.reply;
            return 0;
        }
        error = apply(participant, &message, fd);
        if (error != 0)
            return error;
    }
}

int control_request(struct plib_participant *participant, struct plib_msg_header *request)
{
    struct plib_msg_reply reply;
    int error;

    if (participant->socket < 0) {
        error = participant_connect(participant, plib_now() + CONTROL_TIMEOUT);
        if (error != 0)
            return error;
    }
    request->serial = ++participant->serial;
    error = control_send(participant, request);
    if (error == 0)
        error = await_reply(participant, request->serial, &reply);
    if (error == 0)
        error = reply_of(&reply);
    if (participant->socket >= 0)
        (void)control_drain(participant);
    participant_wake_self(); /* what was applied may concern other threads' waits */
    return error;
}

static int welcome(struct plib_participant *participant, const struct plib_msg_reply *reply)
{
    struct daemon_words *words;

    if (participant->new_mailbox == NULL || participant->new_board == NULL)
        return fail(-EPROTO, "plibd sent no mailbox or board");
    words = vault_calloc(1, sizeof(*words));
    if (words == NULL)
        return fail(-ENOMEM, "no memory for a connection to plibd");
    words->older = participant->words;
    words->mailbox = participant->new_mailbox;
    words->board = participant->new_board;
    words->alive = load32(&words->mailbox->alive);
    memcpy(participant->prefix, reply->gid_prefix, PLIB_GID_PREFIX_SIZE);
    participant->memory_limit = reply->memory_limit;
    __atomic_store_n(&participant->uid, reply->uid, __ATOMIC_RELAXED);
    __atomic_store_n(&participant->words, words, __ATOMIC_RELEASE);
    __atomic_store_n(&participant->away, 0, __ATOMIC_RELEASE);
    return 0;
}

int control_hello(struct plib_participant *participant)
{
    struct plib_msg_hello hello = {
        .header = {.type = PLIB_MSG_HELLO, .size = sizeof(hello), .serial = ++participant->serial},
        .version = PLIB_PROTOCOL_VERSION,
        .domain_id = participant->domain_id,
        .isolated = participant->isolated};
    struct plib_msg_reply reply;
    int error;

    memcpy(hello.secret, participant->secret, sizeof(hello.secret));
    memcpy(hello.enclave, participant->enclave, sizeof(hello.enclave));
    strncpy(hello.program, program_invocation_short_name, sizeof(hello.program) - 1);
    error = control_send(participant, &hello.header);
    if (error == 0)
        error = await_reply(participant, hello.header.serial, &reply);
    if (error == 0)
        error = reply_of(&reply);
    if (error == 0)
        error = welcome(participant, &reply);
    if (error != 0)
        control_lost(participant);
    return error;
}
