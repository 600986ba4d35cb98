/* The protected domain: control memory that the application cannot touch.
 *
 * Control memory is what this process writes for its peers to read (ring descriptors, peer pages, the call
 * record) and the library's own tables. Where the CPU has protection keys (PKU) it carries one that
 * application code has no access to: a stray write faults at once. Payload does not carry it, since the
 * application fills its loans.
 *
 * Life cycle. The first participant sets the domain up: it asks for a key, once a process, and from then on
 * control memory is tagged as it is made, before it is sealed. Each public function opens the domain for the
 * calling thread (DOMAIN_GATE) and closes it when it returns; a function called from within finds it open
 * and leaves it so. Sleeping, making threads and calling filters happens outside (domain_leave,
 * domain_return). Signal handlers run with the domain closed, as the kernel does it, and pass the gates like
 * anybody else.
 *
 * A gate checks the value that it wrote, as ERIM does (Vahldiek-Oberwagner et al., USENIX Security 2019): who
 * jumps to its middle does not come out with the domain open.
 *
 * PLIB_DOMAIN chooses: `pku`; `mmu`: no key, only the rule that each page has one writing process; `off`: nor
 * are mappings sealed against the process's own remapping, for debuggers. By default `pku` where the CPU and
 * kernel have it. */
#ifndef PLIB_DOMAIN_H
#define PLIB_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plib/plib.h"

/* What the gates read; on a page of its own that is read-only and sealed once it is set up. */
struct domain_state {
    uint32_t closed; /* the key's bit in PKRU that disables access; 0: there is no key */
    uint32_t mode;   /* enum plib_domain */
    int32_t key;
};

union domain_page {
    struct domain_state state;
    uint8_t page[4096];
};

extern union domain_page domain_page;

/* Choose the mode and get a key, once a process. Setup. Threads: safe.
 * Errors: -EINVAL PLIB_DOMAIN has an unknown value, -ENOTSUP it wants a key and there is none */
int domain_set_up(void);

/* The mode; PLIB_DOMAIN_MMU before the domain was set up. O(1). */
static inline enum plib_domain domain_mode(void)
{
    return (enum plib_domain)domain_page.state.mode;
}

/* Tag whole pages of control memory, and have a fault there told with `role`, a literal; NULL: the library's
 * tables. Setup.
 * Errors: -errno of pkey_mprotect */
int domain_protect(void *address, uint64_t size, const char *role);

#if defined(__x86_64__)

static inline uint32_t domain_read_pkru(void)
{
    uint32_t value;
    uint32_t high;

    __asm__ volatile(".byte 0x0f, 0x01, 0xee" /* rdpkru */ : "=a"(value), "=d"(high) : "c"(0));
    return value;
}

/* Returns true, as part of the same instructions: who jumps to them closes the domain as well. The compiler
 * must not move accesses of control memory across. */
static inline bool domain_write_open(uint32_t value)
{
    uint8_t opened;

    __asm__ volatile(".byte 0x0f, 0x01, 0xef\n\t" /* wrpkru */
                     "movb $1, %[opened]"
                     : [opened] "=r"(opened)
                     : "a"(value), "c"(0), "d"(0)
                     : "memory");
    return opened != 0;
}

static inline void domain_write_closed(uint32_t value)
{
    __asm__ volatile(".byte 0x0f, 0x01, 0xef\n\t" /* wrpkru */
                     "and %[closed], %%eax\n\t"
                     "cmp %[closed], %%eax\n\t"
                     "je 1f\n\t"
                     "ud2\n"
                     "1:"
                     : "+a"(value)
                     : "c"(0), "d"(0), [closed] "m"(domain_page.state.closed)
                     : "memory", "cc");
}

/* True in a thread that may touch control memory, where there is a key. O(1). */
static inline bool domain_is_open(void)
{
    return domain_page.state.closed != 0 && (domain_read_pkru() & domain_page.state.closed) == 0;
}

/* Open the domain for the calling thread. True when it was closed: the caller closes it. O(1). */
static inline bool domain_open(void)
{
    uint32_t closed = domain_page.state.closed;
    uint32_t now;

    if (closed == 0)
        return false;
    now = domain_read_pkru();
    if ((now & closed) == 0)
        return false;
    return domain_write_open(now & ~closed);
}

/* Close it if `opened`, which domain_open() returned. O(1). */
static inline void domain_close(bool opened)
{
    if (opened)
        domain_write_closed(domain_read_pkru() | domain_page.state.closed);
}

#else

static inline bool domain_is_open(void)
{
    return false;
}

static inline bool domain_open(void)
{
    return false;
}

static inline void domain_close(bool opened)
{
    (void)opened;
}

#endif

/* Close the domain for a while, for what is not to run in it. True when it was open. O(1). */
static inline bool domain_leave(void)
{
    bool was_open = domain_is_open();

    domain_close(was_open);
    return was_open;
}

static inline void domain_return(bool left)
{
    if (left)
        (void)domain_open();
}

static inline void domain_end_gate(const bool *opened)
{
    domain_close(*opened);
}

/* The first declaration of a public function that touches control memory. */
#define DOMAIN_GATE                                                                                \
    const bool domain_gate __attribute__((cleanup(domain_end_gate), unused)) = domain_open()

#endif
