/* What the kernel and the CPU offer. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "futex.h"
#include "object.h"
#include "plib/plib.h"

static bool has_futex_waitv(void)
{
    /* An empty vector is refused as invalid where the call exists. */
    return futex_sleep(NULL, 0, INT64_MAX) != -ENOSYS;
}

static bool has_pku(void)
{
    int key = pkey_alloc(0, 0);

    if (key < 0)
        return false;
    (void)pkey_free(key);
    return true;
}

uint32_t plib_system_features(void)
{
    return (has_futex_waitv() ? PLIB_FEATURE_FUTEX_WAITV : 0U) |
           (object_sealing_works() ? PLIB_FEATURE_MSEAL : 0U) | (has_pku() ? PLIB_FEATURE_PKU : 0U);
}
