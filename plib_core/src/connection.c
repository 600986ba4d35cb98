/* A participant's connection to plibd: made at first, kept up to date, and made anew after plibd was
 * restarted. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "atomics.h"
#include "channel.h"
#include "control.h"
#include "domain.h"
#include "error.h"
#include "guard.h"
#include "inherited.h"
#include "participant.h"
#include "reader.h"
#include "vault.h"
#include "writer.h"

enum { CONNECT_ATTEMPTS = 3 };

static const int64_t retry_time = INT64_C(20000000); /* ns between looks for a restarted plibd */
/* ns: who looks once and then no more for long has joined all the same, where plibd answers at once */
static const int64_t glance_time = INT64_C(20000000);
static const int64_t refused_time = INT64_C(1000000000); /* ns until it asks again */
static const int64_t stale_time = INT64_C(5000000000);   /* ns for peers to register again */
static const int64_t recheck_time = INT64_C(1000000000);

/* Memory of the connection that was lost stays mapped while links still use it. */
static int new_object_table(struct plib_participant *participant)
{
    struct object_table *table = vault_calloc(1, sizeof(*table));
    struct old_objects *old = vault_calloc(1, sizeof(*old));

    if (table == NULL || old == NULL) {
        vault_free(table);
        vault_free(old);
        return -ENOMEM;
    }
    if (participant->objects == NULL) {
        vault_free(old);
    } else {
        old->table = participant->objects;
        old->older = participant->old_objects;
        participant->old_objects = old;
    }
    participant->objects = table;
    return 0;
}

void participant_drop_old_objects(struct plib_participant *participant)
{
    while (participant->old_objects != NULL) {
        struct old_objects *old = participant->old_objects;

        participant->old_objects = old->older;
        object_drop_all(old->table);
        vault_free(old->table);
        vault_free(old);
    }
}

static int register_one(struct plib_participant *participant, struct plib_msg_header *request)
{
    int error;

    request->serial = ++participant->serial;
    error = control_send(participant, request);
    if (error == 0)
        participant->unanswered++;
    return error;
}

/* Register again with plibd's successor. Its replies are not waited for: they are applied, like its
 * matches, when they arrive. What a request in hand makes, that request tells of. */
static int register_all(struct plib_participant *participant)
{
    int64_t until = plib_now() + stale_time;
    int error = 0;

    participant->unanswered = 0;
    participant->registered_from = participant->serial + 1;
    for (struct node *node = participant->nodes; node != NULL && error == 0; node = node->next) {
        struct plib_msg_create_node request;

        node_request(node, &request);
        error = register_one(participant, &request.header);
    }
    for (struct plib_reader *reader = participant->readers; reader != NULL && error == 0;
         reader = reader->next) {
        struct plib_msg_create_endpoint request;

        reader_limit_stale(reader, until);
        if (reader->entity == participant->making)
            continue;
        reader_request(reader, &request);
        error = register_one(participant, &request.header);
    }
    for (struct plib_writer *writer = participant->writers; writer != NULL && error == 0;
         writer = writer->next) {
        struct plib_msg_create_endpoint request;

        if (writer->entity == participant->making)
            continue;
        writer_request(writer, &request);
        error = register_one(participant, &request.header);
    }
    participant->registered_to = participant->serial;
    return error;
}

int participant_joined(struct plib_participant *participant)
{
    bool again = participant->words->older != NULL;
    int error = 0;

    participant->told_refused = false;
    if (again)
        error = register_all(participant);
    if (error != 0)
        control_end(participant);
    else
        __atomic_store_n(&participant->next_due,
                         again ? plib_now() + stale_time + recheck_time : INT64_MAX,
                         __ATOMIC_RELEASE);
    /* Other threads may still sleep on the words of the plibd before. */
    guard_trigger_graph(participant);
    return error;
}

/* One that never joined has the error; one that did asks from within waits, whose errors nobody sees. */
void participant_refused(struct plib_participant *participant)
{
    char text[640];
    int length;

    __atomic_store_n(&participant->next_due, plib_now() + refused_time, __ATOMIC_RELEASE);
    if (participant->words == NULL || participant->told_refused)
        return;
    participant->told_refused = true;
    length = snprintf(text, sizeof(text),
                      "plib: process %ld goes on with what is matched, but hears of no other nodes "
                      "and topics, since plibd refuses it: %s\n",
                      (long)getpid(), plib_error_text());
    if (length > 0 && write(STDERR_FILENO, text, strnlen(text, sizeof(text))) < 0)
        return; /* nobody listens */
}

static int connect_once(struct plib_participant *participant, int64_t deadline)
{
    int error;

    participant->socket = channel_connect(participant->socket_path, deadline);
    if (participant->socket < 0) {
        error = participant->socket;
        participant->socket = -1;
        return error;
    }
    error = new_object_table(participant);
    if (error != 0) {
        control_lost(participant);
        return error;
    }
    participant->generation++;
    participant->new_mailbox = NULL;
    participant->new_board = NULL;
    error = control_hello(participant);
    if (error == 0)
        error =
            control_await_welcome(participant, deadline != 0 ? deadline : plib_now() + glance_time);
    if (error == -ETIMEDOUT && deadline == 0)
        return 0; /* it is applied when it comes */
    if (error == -ENOTCONN)
        error =
            fail(-ENOTCONN, "plibd at %s ends the connection before it answers: its log says why",
                 participant->socket_path);
    if (error == 0)
        error = control_drain(participant);
    if (error != 0)
        control_end(participant);
    return error;
}

int participant_connect(struct plib_participant *participant, int64_t deadline)
{
    int error = -ENOTCONN;

    /* A plibd that is just ending closes connections that it never served: look for the next one. */
    for (int attempt = 0; attempt < CONNECT_ATTEMPTS && error == -ENOTCONN; attempt++)
        error = connect_once(participant, deadline);
    return error;
}

static void drop_stale(struct plib_participant *participant)
{
    int64_t now = plib_now();
    bool any = false;

    for (struct plib_reader *reader = participant->readers; reader != NULL; reader = reader->next) {
        reader_drop_stale(reader, now);
        reader_reap(reader);
        any = any || reader_has_stale(reader);
    }
    for (struct plib_writer *writer = participant->writers; writer != NULL; writer = writer->next) {
        writer_drop_stale(writer, now);
        any = any || writer_has_stale(writer);
    }
    if (!any)
        participant_drop_old_objects(participant);
    __atomic_store_n(&participant->next_due, any ? now + recheck_time : INT64_MAX,
                     __ATOMIC_RELEASE);
}

static int poll_locked(struct plib_participant *participant)
{
    const struct daemon_words *words = participant_words(participant);
    int error = 0;

    if (daemon_is_dead(words) && !control_is_away(participant))
        control_end(participant);
    if (participant->socket < 0) {
        __atomic_store_n(&participant->next_due, plib_now() + retry_time, __ATOMIC_RELEASE);
        error = participant_connect(participant, 0);
    } else if (participant->hello != 0) { /* it may have a long queue, or be about to start */
        __atomic_store_n(&participant->next_due, plib_now() + retry_time, __ATOMIC_RELEASE);
    } else if (participant_is_due(participant)) {
        drop_stale(participant);
    }
    if (participant->socket >= 0)
        error = control_drain(participant);
    if (__atomic_exchange_n(&participant->reap_wanted, 0, __ATOMIC_ACQ_REL) != 0) {
        for (struct plib_reader *reader = participant->readers; reader != NULL;
             reader = reader->next)
            reader_reap(reader);
    }
    return error == 0 || participant->socket >= 0 ? 0 : -ENOTCONN;
}

int plib_participant_poll(struct plib_participant *participant)
{
    DOMAIN_GATE;
    int error = refuse_inherited(participant);

    if (error != 0)
        return error;
    /* Who holds the lock talks to plibd and applies the news; bounded calls must not wait for it. */
    if (pthread_mutex_trylock(&participant->lock) != 0)
        return 0;
    store32_release(&participant->busy, 1);
    error = poll_locked(participant);
    store32_release(&participant->busy, 0);
    pthread_mutex_unlock(&participant->lock);
    participant_wake_self();
    return error;
}
