/* What writers and readers have in common when they are created. */
#ifndef PLIB_ENDPOINT_H
#define PLIB_ENDPOINT_H

#include "participant.h"
#include "plib/protocol.h"

/* Check the options and copy them, strings included. -EINVAL, -ENOMEM. */
int endpoint_copy_options(const struct plib_endpoint_options *options,
                          struct plib_endpoint_options *copy, uint8_t *type_hash);
void endpoint_free_options(struct plib_endpoint_options *copy);

/* The request that creates an endpoint with these options. */
void endpoint_request(const struct plib_endpoint_options *options, uint32_t entity,
                      struct plib_msg_create_endpoint *request);

/* Ask plibd to destroy an entity that is no longer in the participant's lists. 0 when plibd died meanwhile
 * or does not know it. Call with the participant's lock. */
int endpoint_destroy(struct plib_participant *participant, uint32_t entity);

#endif
