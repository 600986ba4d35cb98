/* What the fuzzer made up, read from front to back; zeros when it is used up. */
#ifndef PLIB_FUZZ_INPUT_H
#define PLIB_FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input {
    const uint8_t *data;
    size_t size;
};

/* The next `bytes` bytes, at most 8. */
static inline uint64_t input_take(struct input *input, uint32_t bytes)
{
    uint64_t value = 0;

    for (uint32_t i = 0; i < bytes && input->size > 0; i++, input->size--)
        value |= (uint64_t)*input->data++ << (8 * i);
    return value;
}

/* 0 to below `count`. */
static inline uint32_t input_below(struct input *input, uint32_t count)
{
    return (uint32_t)input_take(input, 1) % count;
}

/* Near `near`, near the ends, small, or anything. */
static inline uint64_t input_value(struct input *input, uint64_t near)
{
    switch (input_below(input, 5)) {
    case 0:
        return near + (uint64_t)(int8_t)input_take(input, 1);
    case 1:
        return input_take(input, 1);
    case 2:
        return UINT64_MAX - input_take(input, 1);
    case 3:
        return (UINT64_C(1) << input_below(input, 64)) - input_below(input, 3);
    default:
        return input_take(input, 8);
    }
}

#endif
