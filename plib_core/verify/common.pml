/* What the models have in common.
 *
 * A fence is what keeps a CPU from doing a load before an earlier store. Where the code has one, store and
 * load are in order here; without it (FENCE_... 0) the model also tries the other order, which is all that
 * "store, then look" can suffer from on any CPU that plib runs on. */

#ifndef FENCE_WRITER
#define FENCE_WRITER 1 /* the full_fence() of the writer's side */
#endif
#ifndef FENCE_READER
#define FENCE_READER 1 /* the full_fence() of the reader's side */
#endif
