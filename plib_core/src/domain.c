#include "domain.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "error.h"
#include "object.h"
#include "plib/plib.h"
#include "vault.h"

enum { ROLES_MAX = 512 /* areas whose role a fault can name */ };

union domain_page domain_page __attribute__((aligned(sizeof(union domain_page))));

/* For the handler of faults, which runs with the domain closed: not control memory itself. */
struct area {
    const uint8_t *address;
    uint64_t size;
    const char *role;
};

static struct area areas[ROLES_MAX];
static uint32_t area_count;
static struct sigaction before; /* what else handles faults */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int result;

static const char *role_at(const void *address)
{
    uint32_t count = __atomic_load_n(&area_count, __ATOMIC_ACQUIRE);

    for (uint32_t i = 0; i < count && i < ROLES_MAX; i++) {
        const struct area *area = &areas[i];

        /* Acquire: the rest of the entry is there when its role is. */
        if (__atomic_load_n(&area->role, __ATOMIC_ACQUIRE) != NULL &&
            (const uint8_t *)address >= area->address &&
            (uint64_t)((const uint8_t *)address - area->address) < area->size)
            return area->role;
    }
    return "the library's tables";
}

static void tell(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* nobody listens */
}

/* Async-signal-safe, which printf() is not. */
static void tell_address(const void *address)
{
    char text[2 + 2 * sizeof(uintptr_t) + 1] = "0x";
    uintptr_t value = (uintptr_t)address;

    for (size_t i = 0; i < 2 * sizeof(value); i++)
        text[2 + i] = "0123456789abcdef"[value >> (8 * sizeof(value) - 4 * (i + 1)) & 0xf];
    text[sizeof(text) - 1] = '\0';
    tell(text);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    if (info->si_code == SEGV_PKUERR && (int32_t)info->si_pkey == domain_page.state.key) {
        tell("plib: the application touched memory that belongs to plib, at ");
        tell_address(info->si_addr);
        tell(" (");
        tell(role_at(info->si_addr));
        tell("): a stray pointer. This process ends; no other is disturbed.\n");
    }
    if ((before.sa_flags & SA_SIGINFO) != 0) {
        before.sa_sigaction(number, info, context);
    } else if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN) {
        /* The fault repeats when this returns, and ends the process as it would have. */
        (void)signal(number, SIG_DFL);
    } else {
        before.sa_handler(number);
    }
}

static void watch_faults(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGSEGV, &action, &before);
}

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
    watch_faults();
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
    uint32_t place;

    if (domain_page.state.closed == 0)
        return 0;
    if (pkey_mprotect(address, size, PROT_READ | PROT_WRITE, domain_page.state.key) != 0)
        return fail(-errno, "the kernel does not protect the library's memory (pkey_mprotect)");
    if (role == NULL)
        return 0;
    place = __atomic_fetch_add(&area_count, 1, __ATOMIC_RELAXED);
    if (place < ROLES_MAX) {
        areas[place].address = address;
        areas[place].size = size;
        __atomic_store_n(&areas[place].role, role, __ATOMIC_RELEASE);
    }
    return 0;
}
