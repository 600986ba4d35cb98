/* A reader of the witness's that joins late: when the victim is in the midst of its operation. */
#ifndef PLIB_TEST_LATE_H
#define PLIB_TEST_LATE_H

#include <stdbool.h>

#include "witness.h"

/* As witness.h says: false when it is not as it must be. */

/* Join, take what the victim retains, of which it may have `least` to `most` published, and hold the first one. */
bool late_join(struct witness *witness, uint64_t least, uint64_t most);

/* After the victim's death: what is held is still whole, and who joins now gets nothing. Leave. */
bool late_leave(struct witness *witness);

#endif
