/* The least that a round trip of two sleeping processes costs: a word in shared memory, FUTEX_WAIT and
 * FUTEX_WAKE, no message. What a middleware adds is its own.
 *
 *   futex_round_trip SECONDS WARMUP     prints a JSON object
 */
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"

enum { CAPACITY = 1 << 19 };

struct shared {
    _Alignas(64) _Atomic uint32_t there;
    _Alignas(64) _Atomic uint32_t back;
    _Alignas(64) double cpu; /* of the answering process, when it has ended */
};

static void wait_past(_Atomic uint32_t *word, uint32_t seen)
{
    while (atomic_load_explicit(word, memory_order_acquire) == seen)
        (void)syscall(SYS_futex, word, FUTEX_WAIT, seen, NULL, NULL, 0);
}

static void set(_Atomic uint32_t *word, uint32_t value)
{
    atomic_store_explicit(word, value, memory_order_release);
    (void)syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* UINT32_MAX ends it; `measured` is where its CPU time begins to count. */
static void answer(struct shared *shared, _Atomic uint32_t *measured)
{
    uint32_t seen = 0;
    double start = 0.0;

    for (;;) {
        wait_past(&shared->there, seen);
        seen = atomic_load_explicit(&shared->there, memory_order_acquire);
        if (seen == UINT32_MAX)
            break;
        if (seen == atomic_load_explicit(measured, memory_order_relaxed))
            start = cpu_seconds();
        set(&shared->back, seen);
    }
    shared->cpu = cpu_seconds() - start;
    _exit(0);
}

static int64_t exchange(struct shared *shared, uint32_t number)
{
    int64_t start = now();

    set(&shared->there, number);
    wait_past(&shared->back, number - 1);
    return now() - start;
}

int main(int argc, char **argv)
{
    static int64_t times[CAPACITY];
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 1.0;
    double warmup = argc > 2 ? strtod(argv[2], NULL) : 0.2;
    struct shared *shared =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    _Atomic uint32_t *measured = (_Atomic uint32_t *)(shared + 1);
    uint32_t number = 0;
    size_t count = 0;
    int64_t end;
    double cpu;
    pid_t child;

    if (shared == MAP_FAILED)
        fail("mmap");
    for (size_t i = 0; i < CAPACITY; i += 512)
        times[i] = 1; /* touched before it is used */
    child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        answer(shared, measured);
    }
    end = now() + (int64_t)(warmup * 1e9);
    do
        (void)exchange(shared, ++number);
    while (now() < end);
    atomic_store_explicit(measured, number + 1, memory_order_relaxed);
    cpu = cpu_seconds();
    end = now() + (int64_t)(seconds * 1e9);
    do
        times[count++] = exchange(shared, ++number);
    while (count < CAPACITY && now() < end);
    cpu = cpu_seconds() - cpu;
    set(&shared->there, UINT32_MAX);
    if (waitpid(child, NULL, 0) < 0)
        fail("waitpid");
    (void)printf("{");
    print_percentiles(times, count);
    (void)printf(", \"cpu_s\": %.6f}\n", cpu + shared->cpu);
    return 0;
}
