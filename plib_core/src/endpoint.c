#include "endpoint.h"

#include <errno.h>
#include <string.h>

#include "control.h"
#include "error.h"
#include "vault.h"

static int check_name(const char *what, const char *name)
{
    if (name == NULL || name[0] == '\0')
        return fail(-EINVAL, "the %s is empty", what);
    if (strlen(name) >= PLIB_NAME_SIZE)
        return fail(-EINVAL, "the %s is longer than %d bytes: %s", what, PLIB_NAME_SIZE - 1, name);
    return 0;
}

static int check_qos(const struct plib_qos *qos)
{
    if (qos->reliability > PLIB_RELIABLE || qos->durability > PLIB_TRANSIENT_LOCAL ||
        qos->history > PLIB_KEEP_ALL || qos->liveliness > PLIB_MANUAL_BY_TOPIC)
        return fail(-EINVAL, "a QoS policy has an unknown value");
    if (qos->history == PLIB_KEEP_LAST && qos->depth == 0)
        return fail(-EINVAL, "KEEP_LAST needs a depth of at least 1");
    if (qos->deadline <= 0 || qos->lifespan <= 0 || qos->lease <= 0)
        return fail(-EINVAL, "QoS durations must be positive; INT64_MAX is infinite");
    return 0;
}

int endpoint_copy_options(const struct plib_endpoint_options *options,
                          struct plib_endpoint_options *copy, uint8_t *type_hash)
{
    int error = check_name("topic", options->topic);

    if (error == 0)
        error = check_name("type", options->type);
    if (error == 0)
        error = check_qos(&options->qos);
    if (error != 0)
        return error;
    memset(type_hash, 0, PLIB_TYPE_HASH_SIZE);
    if (options->type_hash != NULL)
        memcpy(type_hash, options->type_hash, PLIB_TYPE_HASH_SIZE);
    *copy = *options;
    copy->type_hash = type_hash;
    copy->topic = vault_strdup(options->topic);
    copy->type = vault_strdup(options->type);
    if (copy->topic == NULL || copy->type == NULL) {
        endpoint_free_options(copy);
        return fail(-ENOMEM, "no memory for an endpoint");
    }
    return 0;
}

void endpoint_free_options(struct plib_endpoint_options *copy)
{
    vault_free((void *)(uintptr_t)copy->topic);
    vault_free((void *)(uintptr_t)copy->type);
}

void endpoint_request(const struct plib_endpoint_options *options, uint32_t entity,
                      struct plib_msg_create_endpoint *request)
{
    memset(request, 0, sizeof(*request));
    request->header.type = PLIB_MSG_CREATE_ENDPOINT;
    request->header.size = sizeof(*request);
    request->entity = entity;
    request->node = options->node;
    request->kind = options->kind;
    request->qos = options->qos;
    memcpy(request->type_hash, options->type_hash, PLIB_TYPE_HASH_SIZE);
    memcpy(request->topic, options->topic, strlen(options->topic));
    memcpy(request->type, options->type, strlen(options->type));
}

int endpoint_destroy(struct plib_participant *participant, uint32_t entity)
{
    struct plib_msg_destroy request = {
        .header = {.type = PLIB_MSG_DESTROY, .size = sizeof(request)}, .entity = entity};
    int error;

    /* The graph of a plibd that died died with it, and its successor does not hear of the entity. */
    if (control_is_away(participant))
        return 0;
    error = control_request_once(participant, &request.header);
    return error == -ENOTCONN || error == -ENOENT ? 0 : error;
}
