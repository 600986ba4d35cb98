/* Several calls of plib.h in one from Python, without Python's lock. */
#ifndef PLIB_PY_CALLS_H
#define PLIB_PY_CALLS_H

#include "plib/plib.h"

/* cffi: begin */
/* An object of plib.h that Python's threads share. The calls below that are given one use it only while it is
 * open, and only in the process that opened it. */
struct plib_py_shared {
    void *object;
    uint32_t uses;   /* calls that are at it now */
    uint32_t closed; /* bool */
    uint32_t forks;  /* of plib_py_forked() before it was opened */
};

/* Open it for `object`. Bounded: O(1). */
void plib_py_open(struct plib_py_shared *shared, void *object);

/* From now on no call begins to use it. Returns whether none is at it any more. Bounded: O(1). Threads: safe. */
bool plib_py_close(struct plib_py_shared *shared);

/* What was opened until now is another process's: to be called in a fork's child. Bounded: O(1). */
void plib_py_forked(void);

/* Publish a copy of `length` bytes at `data`; `related` is a reply's request, else 0. Returns the sample's
 * number, or the error of plib_writer_loan() or plib_writer_commit(), with nothing published and nothing lent;
 * -EINPROGRESS: plibd's news are to be read first.
 * Bounded: O(matched readers + bytes). Threads: safe. */
int64_t plib_py_publish(const struct plib_participant *participant, struct plib_writer *writer,
                        const void *data, uint64_t length, uint64_t related);

/* Do the same with a shared writer; -ESHUTDOWN: it is not open. */
int64_t plib_py_publish_shared(const struct plib_participant *participant,
                               struct plib_py_shared *writer, const void *data, uint64_t length);

/* Publish `count` samples that lie one after the other at `data`, each as long as `lengths` says, until one
 * cannot be. Returns how many were published; `status` gets 0 or the error of plib_writer_loan() or
 * plib_writer_commit() that ended it, `sequence` the last one's number.
 * Bounded: O(count * matched readers + bytes). Threads: safe; other threads' samples may come between. */
size_t plib_py_publish_many(struct plib_writer *writer, const uint8_t *data,
                            const uint64_t *lengths, size_t count, uint64_t *sequence, int *status);

enum {
    PLIB_PY_SMALL =
        16384, /* bytes: to copy so many once more costs less than a call more from Python */
    PLIB_PY_BATCHED = 4096 /* bytes: the same among many */
};

/* A sample, and a copy of its bytes when it has no more than there is room for. `sample.link` is NULL before the
 * first call, and while no sample is held. */
struct plib_py_taken {
    struct plib_sample sample;
    uint8_t data[PLIB_PY_SMALL];
};

/* Take the next sample with a shared reader. Returns its length in bytes, or the error of plib_reader_take();
 * -EINPROGRESS: plibd's news are to be read first; -ESHUTDOWN: it is not open. When there is room, the sample is
 * copied to `taken->data` and released; else it is held, and the reader with it, until plib_py_give_back().
 * Bounded: O(matched writers + bytes). Threads: safe, with a `taken` each. */
int64_t plib_py_take_shared(const struct plib_participant *participant,
                            struct plib_py_shared *reader, struct plib_py_taken *taken);

/* Release the sample if one is held. Bounded: as plib_reader_release(). Threads: safe, with a `taken` each. */
void plib_py_give_back(struct plib_py_shared *reader, struct plib_py_taken *taken);

/* Take up to `limit` samples, copy their bytes one after the other to `data`, each as many as `lengths` then
 * says, and release them. Returns how many were taken; `status` gets 0 or the error of plib_reader_take() that
 * ended it. One of more than PLIB_PY_BATCHED bytes, or than what is left of `room` bytes, ends it as well: `held`
 * gets true, and it is the last one, not copied and to be released.
 * Bounded: O(limit * matched writers + room). Threads: safe; other threads may take samples between. */
size_t plib_py_take_many(struct plib_reader *reader, struct plib_sample *samples, size_t limit,
                         uint8_t *data, uint64_t room, uint64_t *lengths, bool *held, int *status);
/* cffi: end */

#endif
