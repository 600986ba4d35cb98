/* A participant's life: joining, leaving, its nodes, and what bounded calls ask about it. */
#include "participant.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "atomics.h"
#include "channel.h"
#include "control.h"
#include "domain.h"
#include "endpoint.h"
#include "error.h"
#include "guard.h"
#include "inherited.h"
#include "vault.h"

enum { OWNER_DIED = 0x40000000 /* FUTEX_OWNER_DIED, set by the kernel */ };

/* ns between looks at what is overdue, since the thread that talks to plibd is still at it */
static const int64_t overdue_pause = INT64_C(1000000);

const struct daemon_words *participant_words(const struct plib_participant *participant)
{
    return __atomic_load_n(&participant->words, __ATOMIC_ACQUIRE);
}

bool daemon_is_dead(const struct daemon_words *words)
{
    /* Acquire: what plibd sent before it died is in the socket. */
    return (load32_acquire(&words->mailbox->alive) & OWNER_DIED) != 0;
}

uint32_t participant_control_epoch(const struct plib_participant *participant)
{
    const struct daemon_words *words = participant_words(participant);

    return words == NULL ? 0 : load32_acquire(&words->mailbox->control_epoch);
}

bool participant_has_news(const struct plib_participant *participant)
{
    return participant_control_epoch(participant) !=
           __atomic_load_n(&participant->seen_control, __ATOMIC_ACQUIRE);
}

int64_t participant_next_due(const struct plib_participant *participant)
{
    /* Pairs with the releases in connection.c: who sees a successor's date sees its words. */
    int64_t due = __atomic_load_n(&participant->next_due, __ATOMIC_ACQUIRE);
    int64_t now = due == INT64_MAX ? 0 : plib_now();

    return due > now ? due : now + overdue_pause;
}

bool participant_is_due(const struct plib_participant *participant)
{
    int64_t due = __atomic_load_n(&participant->next_due, __ATOMIC_RELAXED);
    const struct daemon_words *words = participant_words(participant);

    if (words != NULL && daemon_is_dead(words) &&
        __atomic_load_n(&participant->away, __ATOMIC_ACQUIRE) == 0)
        return true;
    return due != INT64_MAX && plib_now() >= due;
}

bool participant_is_busy(const struct plib_participant *participant)
{
    return __atomic_load_n(&participant->busy, __ATOMIC_ACQUIRE) != 0;
}

bool plib_participant_is_inherited(const struct plib_participant *participant)
{
    DOMAIN_GATE;

    return is_inherited(participant);
}

bool plib_participant_pending(const struct plib_participant *participant)
{
    DOMAIN_GATE;

    return participant_has_news(participant) || load32(&participant->reap_wanted) != 0 ||
           participant_is_due(participant);
}

void participant_want_reap(struct plib_participant *participant)
{
    store32_release(&participant->reap_wanted, 1);
}

struct own_page *participant_own_page(const struct plib_participant *participant, uint32_t uid)
{
    for (struct own_page *page = participant->own_pages; page != NULL; page = page->older) {
        if (page->uid == uid && page->generation == participant->generation)
            return page;
    }
    return NULL;
}

void participant_look_at_graph(struct plib_participant *participant)
{
    const struct daemon_words *words = participant_words(participant);
    uint32_t epoch = load32_acquire(&words->mailbox->graph_epoch);

    if (__atomic_exchange_n(&participant->seen_graph, epoch, __ATOMIC_ACQ_REL) != epoch)
        guard_trigger_graph(participant);
}

struct plib_guard *plib_participant_graph_guard(struct plib_participant *participant)
{
    DOMAIN_GATE;

    return &participant->graph_guard;
}

void plib_participant_gid(const struct plib_participant *participant, uint32_t entity,
                          uint8_t gid[16])
{
    DOMAIN_GATE;

    memcpy(gid, participant->prefix, PLIB_GID_PREFIX_SIZE);
    for (uint32_t i = 0; i < 4; i++)
        gid[PLIB_GID_PREFIX_SIZE + i] = (uint8_t)(entity >> (24 - 8 * i));
}

static int fill(struct plib_participant *participant,
                const struct plib_participant_options *options)
{
    const char *enclave = options->enclave == NULL ? "/" : options->enclave;

    participant->domain_id = options->domain_id;
    participant->isolated = options->isolated;
    if (strlen(enclave) >= sizeof(participant->enclave))
        return fail(-EINVAL, "the enclave's name is longer than %d bytes", PLIB_NAME_SIZE - 1);
    memcpy(participant->enclave, enclave, strlen(enclave) + 1);
    if (getrandom(participant->secret, sizeof(participant->secret), 0) !=
        (ssize_t)sizeof(participant->secret))
        return fail(-EIO, "the kernel gives no random numbers");
    return plib_socket_path(options->socket, participant->socket_path,
                            sizeof(participant->socket_path));
}

static void free_participant(struct plib_participant *participant)
{
    while (participant->own_pages != NULL) {
        struct own_page *page = participant->own_pages;

        participant->own_pages = page->older;
        vault_free(page);
    }
    while (participant->words != NULL) {
        struct daemon_words *words = participant->words;

        participant->words = words->older;
        vault_free(words);
    }
    while (participant->nodes != NULL) {
        struct node *node = participant->nodes;

        participant->nodes = node->next;
        vault_free(node);
    }
    participant_drop_old_objects(participant);
    if (participant->objects != NULL)
        object_drop_all(participant->objects);
    vault_free(participant->objects);
    relay_pool_destroy(&participant->relays);
    (void)pthread_mutex_destroy(&participant->guards_lock);
    (void)pthread_mutex_destroy(&participant->lock);
    vault_free(participant);
}

static int create(const struct plib_participant_options *options, struct plib_participant **out)
{
    DOMAIN_GATE;
    struct plib_participant *participant;
    int error;

    participant = vault_calloc(1, sizeof(*participant));
    if (participant == NULL)
        return fail(-ENOMEM, "no memory for a participant");
    (void)pthread_mutex_init(&participant->lock, NULL);
    (void)pthread_mutex_init(&participant->guards_lock, NULL);
    participant->graph_guard.participant = participant;
    participant->graph_guards = &participant->graph_guard;
    relay_pool_init(&participant->relays);
    participant->socket = -1;
    participant->next_due = INT64_MAX;
    inherited_add(participant);
    error = fill(participant, options);
    if (error == 0)
        error = participant_connect(participant, plib_now() + CONTROL_TIMEOUT);
    if (error != 0) {
        inherited_remove(participant);
        free_participant(participant);
        return error;
    }
    *out = participant;
    return 0;
}

int plib_participant_create(const struct plib_participant_options *options,
                            struct plib_participant **out)
{
    int error;

    if ((plib_system_features() & PLIB_FEATURE_FUTEX_WAITV) == 0)
        return fail(-ENOSYS, "this kernel has no futex_waitv: plib needs Linux 5.16 or newer");
    error = domain_set_up();
    return error != 0 ? error : create(options, out);
}

void plib_participant_destroy(struct plib_participant *participant)
{
    DOMAIN_GATE;

    if (is_inherited(participant))
        return; /* its locks may be held by threads that this process does not have */
    inherited_remove(participant);
    if (participant->socket >= 0)
        (void)close(participant->socket);
    free_participant(participant);
}

void node_request(const struct node *node, struct plib_msg_create_node *request)
{
    memset(request, 0, sizeof(*request));
    request->header.type = PLIB_MSG_CREATE_NODE;
    request->header.size = sizeof(*request);
    request->entity = node->entity;
    memcpy(request->name, node->name, sizeof(request->name));
    memcpy(request->node_namespace, node->node_namespace, sizeof(request->node_namespace));
}

int plib_node_create(struct plib_participant *participant, const char *name,
                     const char *node_namespace, uint32_t *entity)
{
    DOMAIN_GATE;
    struct plib_msg_create_node request;
    struct node *node;
    int error;

    if (strlen(name) >= PLIB_NAME_SIZE || strlen(node_namespace) >= PLIB_NAME_SIZE)
        return fail(-EINVAL, "the node's name or namespace is longer than %d bytes",
                    PLIB_NAME_SIZE - 1);
    error = refuse_inherited(participant);
    if (error != 0)
        return error;
    node = vault_calloc(1, sizeof(*node));
    if (node == NULL)
        return fail(-ENOMEM, "no memory for a node");
    memcpy(node->name, name, strlen(name));
    memcpy(node->node_namespace, node_namespace, strlen(node_namespace));
    pthread_mutex_lock(&participant->lock);
    node->entity = ++participant->next_entity;
    node_request(node, &request);
    error = control_request(participant, &request.header);
    if (error == 0) {
        node->next = participant->nodes;
        participant->nodes = node;
        *entity = node->entity;
    }
    pthread_mutex_unlock(&participant->lock);
    if (error != 0)
        vault_free(node);
    return error;
}

int plib_node_destroy(struct plib_participant *participant, uint32_t entity)
{
    DOMAIN_GATE;
    struct node **place = &participant->nodes;
    struct node *node;
    int error;

    if (is_inherited(participant))
        return 0;
    pthread_mutex_lock(&participant->lock);
    while (*place != NULL && (*place)->entity != entity)
        place = &(*place)->next;
    node = *place;
    if (node == NULL) {
        error = fail(-EINVAL, "no such node");
    } else {
        *place = node->next;
        vault_free(node);
        error = endpoint_destroy(participant, entity);
    }
    pthread_mutex_unlock(&participant->lock);
    return error;
}
