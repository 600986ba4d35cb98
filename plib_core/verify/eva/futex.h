/* What the analysed functions need of src/futex.h, without the kernel's headers. */
#ifndef PLIB_FUTEX_H
#define PLIB_FUTEX_H

#include <stdint.h>

enum { PLIB_WAIT_WORDS_MAX = 128 };

void futex_wake_shared(const uint32_t *word);

#endif
