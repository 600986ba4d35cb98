#ifndef REPORT_H
#define REPORT_H

#include <stddef.h>
#include <stdint.h>

/* CLOCK_MONOTONIC in ns. */
int64_t now(void);

/* User and system time of this process in s. */
double cpu_seconds(void);

/* Sort `count` times in ns and print their percentiles as members of a JSON object, without braces. */
void print_percentiles(int64_t *times, size_t count);

/* End the program with a message and errno's text. */
void fail(const char *what) __attribute__((noreturn));

#endif
