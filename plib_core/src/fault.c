#include "fault.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { AREAS_MAX = 512 /* whose role a fault can name */ };

struct area {
    const uint8_t *address;
    uint64_t size;
    const char *role;
};

/* None of it is control memory: the handler runs with the domain closed. */
static struct area areas[AREAS_MAX];
static uint32_t area_count;
static int32_t watched_key;
static struct sigaction before; /* what else handles faults */

static const char *role_at(const void *address)
{
    uint32_t count = __atomic_load_n(&area_count, __ATOMIC_ACQUIRE);

    for (uint32_t i = 0; i < count && i < AREAS_MAX; i++) {
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
    if (info->si_code == SEGV_PKUERR && (int32_t)info->si_pkey == watched_key) {
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

void fault_watch(int key)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    watched_key = key;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGSEGV, &action, &before);
}

void fault_name(const void *address, uint64_t size, const char *role)
{
    uint32_t place = __atomic_fetch_add(&area_count, 1, __ATOMIC_RELAXED);

    if (place >= AREAS_MAX)
        return;
    areas[place].address = address;
    areas[place].size = size;
    /* Release: role_at() finds the area when it finds its role. */
    __atomic_store_n(&areas[place].role, role, __ATOMIC_RELEASE);
}
