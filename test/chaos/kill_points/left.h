/* What is left of a victim: descriptors and segments that others keep, and should not. */
#ifndef PLIB_TEST_LEFT_H
#define PLIB_TEST_LEFT_H

#include <stdbool.h>

#include "witness.h"

/* Note what the witness, the bystander and plibd hold with no victim. */
void left_note(struct witness *witness);

/* As witness.h says: false when they hold something else after a victim. */
bool left_check(struct witness *witness);

#endif
