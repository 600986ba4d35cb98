/* Control memory opens to the library alone: not to the application, its threads and its signal handlers, and
 * whoever jumps into a gate does not come out with it open. Needs a CPU with protection keys. */
#include "domain.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "object.h"
#include "vault.h"

#if defined(__x86_64__)

static volatile uint32_t *secret; /* in the vault */

/* How a child that runs `act` ends: the signal that kills it, 0 when it lives. */
static int fate_of(void (*act)(void))
{
    pid_t child = fork();
    int status;

    CHECK(child >= 0);
    if (child == 0) {
        (void)close(STDERR_FILENO);
        act();
        _exit(0);
    }
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void write_it(void)
{
    *secret = 1;
}

static void read_it(void)
{
    _exit(*secret == 0 ? 0 : 1);
}

static void write_inside(void)
{
    DOMAIN_GATE;

    *secret = 1;
}

static void write_after_a_nested_gate(void)
{
    DOMAIN_GATE;

    write_inside();
    *secret = 2; /* the inner gate did not close the outer one */
}

static void write_behind_the_gate(void)
{
    write_after_a_nested_gate();
    *secret = 3;
}

static void write_outside_for_a_while(void)
{
    DOMAIN_GATE;

    (void)domain_leave();
    *secret = 4;
}

static void *write_in_thread(void *nothing)
{
    *secret = 5;
    return nothing;
}

static void write_from_a_thread(void)
{
    pthread_t thread;

    CHECK_EQUAL(pthread_create(&thread, NULL, write_in_thread, NULL), 0);
    (void)pthread_join(thread, NULL);
}

static void handler_that_writes(int number)
{
    *secret = (uint32_t)number;
}

/* A signal that arrives in the domain. */
static void write_from_a_handler(void)
{
    DOMAIN_GATE;

    (void)signal(SIGUSR1, handler_that_writes);
    (void)raise(SIGUSR1);
}

static void handler_that_calls(int number)
{
    (void)number;
    write_inside();
}

static void call_from_a_handler(void)
{
    DOMAIN_GATE;

    (void)signal(SIGUSR1, handler_that_calls);
    (void)raise(SIGUSR1);
    *secret = 6; /* and what the handler closed is open again here */
}

/* As if an attacker had jumped to the instruction that closes, with a register of its own. */
static void close_with_another_value(void)
{
    domain_write_closed(domain_read_pkru() & ~domain_page.state.closed);
}

static void change_what_gates_read(void)
{
    domain_page.state.closed = 0;
}

static void seal_is_kept(void)
{
    CHECK(mprotect(&domain_page, sizeof(domain_page), PROT_READ | PROT_WRITE) != 0);
}

static void keeps_pages_apart(void)
{
    DOMAIN_GATE;
    uint8_t *blocks[200];

    for (size_t i = 0; i < 200; i++) {
        size_t size = i * 997;

        blocks[i] = vault_calloc(1, size);
        CHECK(blocks[i] != NULL && (uintptr_t)blocks[i] % 16 == 0);
        for (size_t k = 0; k < size; k++)
            CHECK_EQUAL(blocks[i][k], 0);
        memset(blocks[i], (int)i, size);
        if (i % 3 == 2) {
            vault_free(blocks[i - 1]);
            blocks[i - 1] = vault_calloc(i, 10);
            for (size_t k = 0; k < i * 10; k++)
                CHECK_EQUAL(blocks[i - 1][k], 0);
        }
        if (i % 7 == 6) {
            blocks[i] = vault_realloc(blocks[i], size * 3);
            for (size_t k = 0; k < size; k++)
                CHECK_EQUAL(blocks[i][k], (uint8_t)i);
        }
    }
    for (size_t i = 0; i < 200; i++)
        vault_free(blocks[i]);
}

int main(void)
{
    CHECK_EQUAL(setenv("PLIB_DOMAIN", "pku", 1), 0);
    if (domain_set_up() != 0) {
        (void)fprintf(stderr, "this CPU has no protection keys\n");
        return 77;
    }
    {
        DOMAIN_GATE;

        secret = vault_calloc(1, sizeof(*secret));
    }
    CHECK(secret != NULL);
    CHECK_EQUAL(fate_of(write_it), SIGSEGV);
    CHECK_EQUAL(fate_of(read_it), SIGSEGV);
    CHECK_EQUAL(fate_of(write_inside), 0);
    CHECK_EQUAL(fate_of(write_after_a_nested_gate), 0);
    CHECK_EQUAL(fate_of(write_behind_the_gate), SIGSEGV);
    CHECK_EQUAL(fate_of(write_outside_for_a_while), SIGSEGV);
    CHECK_EQUAL(fate_of(write_from_a_thread), SIGSEGV);
    CHECK_EQUAL(fate_of(write_from_a_handler), SIGSEGV);
    CHECK_EQUAL(fate_of(call_from_a_handler), 0);
    CHECK_EQUAL(fate_of(close_with_another_value), SIGILL);
    CHECK_EQUAL(fate_of(change_what_gates_read), SIGSEGV);
    CHECK_EQUAL(fate_of(keeps_pages_apart), 0);
    if (object_sealing_works())
        CHECK_EQUAL(fate_of(seal_is_kept), 0);
    return 0;
}

#else

int main(void)
{
    return 77;
}

#endif
