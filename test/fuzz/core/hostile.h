/* Memory that another process writes, and may write at any time: each time the library is about to load a
 * word of it, a write that was made up before may come first. So are all races that matter tried in one thread, and
 * each finding happens again. */
#ifndef PLIB_FUZZ_HOSTILE_H
#define PLIB_FUZZ_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Forget what was; nothing is hostile. */
void hostile_reset(void);

/* An area of hostile memory. */
void hostile_add(const void *address, size_t size);

/* Have 64 bits written when the library has loaded `loads` further words of hostile memory. */
void hostile_write_later(uint64_t *word, uint64_t value, uint32_t loads);

/* Whether such a write to the word is still to come. */
bool hostile_is_to_write(const uint64_t *word);

/* A call of the library begins, which has to end after a bounded number of loads. */
void hostile_call(void);

/* Before each load; by hostile_atomics.h. */
void hostile_before_load(const void *word);

#endif
