/* What the witness publishes on TOPIC_DOWN, and what the bystander says to it. */
#ifndef PLIB_TEST_TALK_H
#define PLIB_TEST_TALK_H

#include <stdbool.h>

#include "witness.h"

/* -EAGAIN when the history is full. */
int talk_try_publish(struct witness *witness, enum ask ask);

/* Those below are as witness.h says: false when it is not as it must be. */

/* Publish one sample; wait for room if need be. */
bool talk_publish(struct witness *witness, enum ask ask);

/* Ask, and wait for the answer. */
bool talk_ask(struct witness *witness, enum ask ask);

/* Whether the bystander has said that the victim's writer is there. */
bool talk_has_greeting(struct witness *witness);

/* Wait until it says that the victim's writer is gone. */
bool talk_await_farewell(struct witness *witness);

#endif
