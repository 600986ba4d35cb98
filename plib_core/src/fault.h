/* Say on stderr what a stray pointer hit, before the process ends of it. */
#ifndef PLIB_FAULT_H
#define PLIB_FAULT_H

#include <stdint.h>

/* From now on tell about faults in memory of the protection key `key`; whatever handled faults before goes on
 * to. Setup, once a process. */
void fault_watch(int key);

/* Have a fault there told with `role`, a literal. Beyond 512 areas they are told as the library's tables.
 * Setup. Threads: safe. */
void fault_name(const void *address, uint64_t size, const char *role);

#endif
