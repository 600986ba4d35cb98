#include "domain.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "error.h"
#include "fault.h"
#include "object.h"
#include "plib/plib.h"
#include "vault.h"

union domain_page domain_page __attribute__((aligned(sizeof(union domain_page))));

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int result;

static bool take_key(void)
{
#if defined(__x86_64__)
    int key = pkey_alloc(0, PKEY_DISABLE_ACCESS);

    if (key < 0)
        return false;
    domain_page.state.key = key;
    /* Access disabled, which is how the kernel starts threads and signal handlers for every key. */
    domain_page.state.closed = UINT32_C(1) << (2 * (unsigned)key);
    domain_page.state.mode = PLIB_DOMAIN_PKU;
    fault_watch(key);
    return vault_set_up() == 0;
#else
    return false;
#endif
}

static int choose(void)
{
    const char *wanted = getenv("PLIB_DOMAIN");

    if (wanted == NULL || wanted[0] == '\0') {
        (void)take_key();
        return 0;
    }
    if (strcmp(wanted, "off") == 0) {
        domain_page.state.mode = PLIB_DOMAIN_OFF;
        return 0;
    }
    if (strcmp(wanted, "mmu") == 0)
        return 0;
    if (strcmp(wanted, "pku") != 0)
        return -EINVAL;
    return take_key() ? 0 : -ENOTSUP;
}

static void set_up(void)
{
    domain_page.state.mode = PLIB_DOMAIN_MMU;
    result = choose();
    if (domain_page.state.mode == PLIB_DOMAIN_OFF)
        return;
    /* A gate that an application could mend would be none. */
    (void)mprotect(&domain_page, sizeof(domain_page), PROT_READ);
    object_seal_mapping(&domain_page, sizeof(domain_page));
}

int domain_set_up(void)
{
    (void)pthread_once(&once, set_up);
    if (result == -EINVAL)
        return fail(result, "PLIB_DOMAIN is %s: write pku, mmu or off", getenv("PLIB_DOMAIN"));
    if (result == -ENOTSUP)
        return fail(result, "PLIB_DOMAIN is pku, but this CPU or kernel has no protection key left "
                            "to give: unset it, or write mmu");
    return result;
}

int plib_domain(void)
{
    int error = domain_set_up();

    return error != 0 ? error : (int)domain_mode();
}

int domain_protect(void *address, uint64_t size, const char *role)
{
    if (domain_page.state.closed == 0)
        return 0;
    if (pkey_mprotect(address, size, PROT_READ | PROT_WRITE, domain_page.state.key) != 0)
        return fail(-errno, "the kernel does not protect the library's memory (pkey_mprotect)");
    if (role != NULL)
        fault_name(address, size, role);
    return 0;
}
