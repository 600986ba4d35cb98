/* What the kernel says about a process. */
#ifndef PLIB_TEST_PROCESS_H
#define PLIB_TEST_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What must not grow by the deaths of others. */
struct holdings {
    unsigned descriptors;
    unsigned mappings; /* of plib's segments */
};

struct holdings holdings_of(pid_t process);

/* Resident memory in KiB, without what is shared with others. */
long private_memory_of(pid_t process);

/* Whether it sleeps in this system call. */
bool sleeps_in(pid_t process, long number);

/* Where in its libraries an address lies, for addr2line: "libplib_core.so.0.1.0+0x1234". */
void describe_address(pid_t process, unsigned long address, char *text, size_t size);

#endif
