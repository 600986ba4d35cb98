/* Memory for the library's own tables. With a protection key it is control memory, which the application
 * cannot touch; else it is malloc()'s. Call with the domain open. Threads: safe. Signals: not safe. */
#ifndef PLIB_VAULT_H
#define PLIB_VAULT_H

#include <stddef.h>

/* Once, when the domain has a key. -errno of pkey_mprotect. */
int vault_set_up(void);

/* As calloc(), realloc(), strdup() and free(). Not bounded where they need memory of the kernel's. */
void *vault_calloc(size_t count, size_t size);
void *vault_realloc(void *block, size_t size);
char *vault_strdup(const char *text);
void vault_free(void *block);

/* Around a fork, so that the child finds it whole. */
void vault_lock(void);
void vault_unlock(void);

#endif
