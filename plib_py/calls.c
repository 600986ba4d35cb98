#include "calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint32_t forks; /* changes while the process has one thread */

void plib_py_open(struct plib_py_shared *shared, void *object)
{
    *shared = (struct plib_py_shared){.object = object, .forks = forks};
}

bool plib_py_close(struct plib_py_shared *shared)
{
    /* Sequentially consistent, as is begin(): one of the two sees the other. */
    __atomic_store_n(&shared->closed, 1, __ATOMIC_SEQ_CST);
    return __atomic_load_n(&shared->uses, __ATOMIC_SEQ_CST) == 0;
}

void plib_py_forked(void)
{
    forks++;
}

static void end(struct plib_py_shared *shared)
{
    (void)__atomic_sub_fetch(&shared->uses, 1, __ATOMIC_RELEASE);
}

/* The object until end(); NULL when it is not open. */
static void *begin(struct plib_py_shared *shared)
{
    (void)__atomic_add_fetch(&shared->uses, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&shared->closed, __ATOMIC_SEQ_CST) == 0 && shared->forks == forks)
        return shared->object;
    end(shared);
    return NULL;
}

static int publish(struct plib_writer *writer, const void *data, uint64_t length, uint64_t related,
                   uint64_t *sequence)
{
    const struct plib_sample_info info = {.length = length, .related = related};
    struct plib_loan loan;
    int status = plib_writer_loan(writer, length, &loan);

    if (status != 0)
        return status;
    plib_copy(loan.data, data, length);
    status = plib_writer_commit(writer, &loan, &info, sequence);
    if (status != 0)
        plib_writer_discard(writer, &loan);
    return status;
}

int64_t plib_py_publish(const struct plib_participant *participant, struct plib_writer *writer,
                        const void *data, uint64_t length, uint64_t related)
{
    uint64_t sequence = 0;
    int status;

    if (plib_participant_pending(participant))
        return -EINPROGRESS;
    status = publish(writer, data, length, related, &sequence);
    return status == 0 ? (int64_t)sequence : status;
}

int64_t plib_py_publish_shared(const struct plib_participant *participant,
                               struct plib_py_shared *writer, const void *data, uint64_t length)
{
    struct plib_writer *object = begin(writer);
    int64_t result;

    if (object == NULL)
        return -ESHUTDOWN;
    result = plib_py_publish(participant, object, data, length, 0);
    end(writer);
    return result;
}

size_t plib_py_publish_many(struct plib_writer *writer, const uint8_t *data,
                            const uint64_t *lengths, size_t count, uint64_t *sequence, int *status)
{
    size_t published = 0;

    *status = 0;
    while (published < count) {
        *status = publish(writer, data, lengths[published], 0, sequence);
        if (*status != 0)
            break;
        data += lengths[published++];
    }
    return published;
}

static int64_t take_and_copy(const struct plib_participant *participant, struct plib_reader *reader,
                             struct plib_py_taken *taken)
{
    struct plib_sample *sample = &taken->sample;
    int status;

    if (plib_participant_pending(participant))
        return -EINPROGRESS;
    status = plib_reader_take(reader, sample);
    if (status != 0)
        return status;
    if (sample->length <= sizeof(taken->data)) {
        if (sample->length > 0)
            memcpy(taken->data, sample->data, sample->length);
        plib_reader_release(reader, sample);
    }
    return (int64_t)sample->length;
}

int64_t plib_py_take_shared(const struct plib_participant *participant,
                            struct plib_py_shared *reader, struct plib_py_taken *taken)
{
    struct plib_reader *object = begin(reader);
    int64_t result;

    if (object == NULL)
        return -ESHUTDOWN;
    result = take_and_copy(participant, object, taken);
    if (taken->sample.link == NULL)
        end(reader);
    return result;
}

void plib_py_give_back(struct plib_py_shared *reader, struct plib_py_taken *taken)
{
    if (taken->sample.link == NULL)
        return;
    plib_reader_release(reader->object, &taken->sample);
    end(reader);
}

size_t plib_py_take_many(struct plib_reader *reader, struct plib_sample *samples, size_t limit,
                         uint8_t *data, uint64_t room, uint64_t *lengths, bool *held, int *status)
{
    size_t taken = 0;

    *held = false;
    *status = 0;
    while (taken < limit) {
        struct plib_sample *sample = &samples[taken];

        *status = plib_reader_take(reader, sample);
        if (*status != 0)
            break;
        taken++;
        lengths[taken - 1] = sample->length;
        if (sample->length > room || sample->length > PLIB_PY_BATCHED) {
            *held = true;
            break;
        }
        if (sample->length > 0)
            memcpy(data, sample->data, sample->length);
        data += sample->length;
        room -= sample->length;
        plib_reader_release(reader, sample);
    }
    return taken;
}
