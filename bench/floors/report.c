#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

int64_t now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

double cpu_seconds(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

void print_percentiles(int64_t *times, size_t count)
{
    static const struct {
        const char *name;
        double part;
    } percentiles[] = {{"p50_us", 0.5}, {"p90_us", 0.9}, {"p99_us", 0.99}, {"p999_us", 0.999}};

    qsort(times, count, sizeof(*times), compare);
    (void)printf("\"count\": %zu", count);
    for (size_t i = 0; i < sizeof(percentiles) / sizeof(*percentiles); i++) {
        /* Nearest rank, as rmw_driver has it. */
        double rank = percentiles[i].part * (double)count;
        size_t index = (size_t)rank;

        if ((double)index == rank && index > 0)
            index--;
        (void)printf(", \"%s\": %.3f", percentiles[i].name, (double)times[index] * 1e-3);
    }
    (void)printf(", \"max_us\": %.3f", (double)times[count - 1] * 1e-3);
}

void fail(const char *what)
{
    perror(what);
    exit(1);
}
