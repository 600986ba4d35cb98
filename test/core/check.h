/* The least a C test needs: a failing check says what and where, and ends the program. */
#ifndef PLIB_TEST_CHECK_H
#define PLIB_TEST_CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);          \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#define CHECK_EQUAL(seen, expected)                                                                \
    do {                                                                                           \
        int64_t seen_ = (int64_t)(seen);                                                           \
        int64_t expected_ = (int64_t)(expected);                                                   \
        if (seen_ != expected_) {                                                                  \
            (void)fprintf(stderr, "%s:%d: %s is %" PRId64 ", not %" PRId64 "\n", __FILE__,         \
                          __LINE__, #seen, seen_, expected_);                                      \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#endif
