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

enum { REQUEST_ATTEMPTS = 3 };

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

bool control_is_away(const struct plib_participant *participant)
{
    return participant->socket < 0 || participant->hello != 0;
}

int control_send(struct plib_participant *participant, struct plib_msg_header *message)
{
    if (participant->socket < 0)
        return fail(-ENOTCONN, "plibd is away");
    return channel_send(participant->socket, message);
}

static int send_object(struct plib_participant *participant, uint32_t type, uint64_t id)
{
    struct plib_msg_object message = {.header = {.type = type, .size = sizeof(message)},
                                      .object = id};

    return control_send(participant, &message.header);
}

void control_released(struct plib_participant *participant, uint64_t match)
{
    if (!control_is_away(participant))
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

static int reply_of(const struct plib_msg_reply *reply)
{
    if (reply->status == 0)
        return 0;
    return fail(reply->status, "%.*s", (int)sizeof(reply->text) - 1, reply->text);
}

static int welcome(struct plib_participant *participant, const struct plib_msg_reply *reply)
{
    struct daemon_words *words;
    int error = reply_of(reply);

    if (error != 0)
        return error;
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

/* That of a request in hand is advance()'s; others come here. */
static int apply_reply(struct plib_participant *participant, const struct plib_msg_reply *reply)
{
    uint64_t serial = reply->header.serial;
    int error;

    if (participant->hello != 0 && serial == participant->hello) {
        error = welcome(participant, reply);
        if (error == 0) {
            participant->hello = 0;
            return participant_joined(participant);
        }
        control_lost(participant);
        participant_refused(participant);
        return error;
    }
    if (serial >= participant->registered_from && serial <= participant->registered_to &&
        participant->unanswered > 0)
        participant->unanswered--; /* refused ones as well: they are as before without plibd */
    return 0;
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
    case PLIB_MSG_REPLY:
        return apply_reply(participant, &message->reply);
    default:
        return 0;
    }
}

void control_lost(struct plib_participant *participant)
{
    if (participant->socket < 0)
        return;
    (void)close(participant->socket);
    participant->socket = -1;
    participant->hello = 0;
    participant->unanswered = 0;
    for (struct plib_writer *writer = participant->writers; writer != NULL; writer = writer->next)
        writer_mark_stale(writer);
    for (struct plib_reader *reader = participant->readers; reader != NULL; reader = reader->next)
        reader_mark_stale(reader);
    __atomic_store_n(&participant->next_due, 0, __ATOMIC_RELEASE);
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
    union plib_any_message message;
    uint32_t epoch;
    int fd;
    int error;

    for (;;) {
        epoch = participant_control_epoch(participant); /* a welcome brings another one */
        error = receive(participant, &message, &fd, 0);
        if (error != 0)
            break;
        (void)apply(participant, &message, fd);
    }
    if (error == -EAGAIN)
        __atomic_store_n(&participant->seen_control, epoch, __ATOMIC_RELEASE);
    return error == -EAGAIN ? 0 : error;
}

void control_end(struct plib_participant *participant)
{
    if (participant->socket >= 0)
        (void)control_drain(participant);
    control_lost(participant);
}

/* Receive one message and apply it, or give it back when it is the reply with that serial. A serial of 0
 * is no request's. Returns 1 with the reply. */
static int advance(struct plib_participant *participant, uint64_t serial,
                   struct plib_msg_reply *reply, int64_t deadline)
{
    union plib_any_message message = {.header = {.type = 0}};
    int fd = -1;
    int error = receive(participant, &message, &fd, deadline);

    if (error != 0)
        return error;
    if (serial != 0 && message.header.type == PLIB_MSG_REPLY && message.header.serial == serial) {
        *reply = message.reply;
        return 1;
    }
    return apply(participant, &message, fd);
}

int control_await_welcome(struct plib_participant *participant, int64_t deadline)
{
    int error = 0;

    while (error == 0 && participant->hello != 0)
        error = advance(participant, 0, NULL, deadline);
    return error;
}

static int await_registered(struct plib_participant *participant, int64_t deadline)
{
    int error = 0;

    while (error == 0 && participant->unanswered > 0)
        error = advance(participant, 0, NULL, deadline);
    return error;
}

static int ask(struct plib_participant *participant, struct plib_msg_header *request,
               int64_t deadline)
{
    struct plib_msg_reply reply = {.status = -EPROTO};
    int error = await_registered(participant, deadline);

    request->serial = ++participant->serial;
    if (error == 0)
        error = control_send(participant, request);
    while (error == 0)
        error = advance(participant, request->serial, &reply, deadline);
    if (error == -ETIMEDOUT || error == -ENOTCONN)
        control_end(participant); /* a plibd that does not answer is as good as away */
    return error == 1 ? reply_of(&reply) : error;
}

/* Connect, if that is needed, have plibd know what there was before, and ask. */
static int connect_and_ask(struct plib_participant *participant, struct plib_msg_header *request,
                           int64_t deadline)
{
    int error = 0;

    if (participant->socket < 0)
        error = participant_connect(participant, deadline);
    else
        error = control_await_welcome(participant, deadline);
    if (error == 0)
        return ask(participant, request, deadline);
    control_end(participant);
    return error;
}

static uint32_t made_by(const struct plib_msg_header *request)
{
    return request->type == PLIB_MSG_CREATE_ENDPOINT
               ? ((const struct plib_msg_create_endpoint *)(const void *)request)->entity
               : 0;
}

static int end_request(struct plib_participant *participant, int error)
{
    if (participant->socket >= 0)
        (void)control_drain(participant);
    participant_wake_self(); /* what was applied may concern other threads' waits */
    return error;
}

int control_request(struct plib_participant *participant, struct plib_msg_header *request)
{
    int64_t deadline = plib_now() + CONTROL_TIMEOUT;
    int error = -ENOTCONN;

    participant->making = made_by(request);
    /* What a plibd did before its connection was lost went with the connection: the next one knows only
     * what it is told, and the one that cut it forgets the participant before it joins again. */
    for (int attempt = 0; attempt < REQUEST_ATTEMPTS && error == -ENOTCONN; attempt++)
        error = connect_and_ask(participant, request, deadline);
    participant->making = 0;
    return end_request(participant, error);
}

int control_request_once(struct plib_participant *participant, struct plib_msg_header *request)
{
    int error = ask(participant, request, plib_now() + CONTROL_TIMEOUT);

    return end_request(participant, error);
}

int control_hello(struct plib_participant *participant)
{
    struct plib_msg_hello hello = {
        .header = {.type = PLIB_MSG_HELLO, .size = sizeof(hello), .serial = ++participant->serial},
        .version = PLIB_PROTOCOL_VERSION,
        .domain_id = participant->domain_id,
        .isolated = participant->isolated};
    int error;

    memcpy(hello.secret, participant->secret, sizeof(hello.secret));
    memcpy(hello.enclave, participant->enclave, sizeof(hello.enclave));
    strncpy(hello.program, program_invocation_short_name, sizeof(hello.program) - 1);
    error = control_send(participant, &hello.header);
    if (error == 0)
        participant->hello = hello.header.serial;
    else
        control_lost(participant);
    return error;
}
