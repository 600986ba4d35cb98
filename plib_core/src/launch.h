/* Starting plibd on demand. */
#ifndef PLIB_LAUNCH_H
#define PLIB_LAUNCH_H

/* Start a plibd that will listen at `path`, unless one is just being started; counts in `launches`
 * when it did. Does not wait for it. Returns 0 (look again soon) or -errno. */
int launch_daemon(const char *path, int *launches);

#endif
