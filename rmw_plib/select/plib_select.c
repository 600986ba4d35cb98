/* Preloaded by a colcon workspace on top of the ROS wheels, whose rcl links Fast DDS and never looks
 * at RMW_IMPLEMENTATION: loads librmw_plib.so ahead of rcl when that variable asks for it.
 *
 * The variable is read when a program starts and not when the workspace is sourced, so both orders
 * work. Only Python is served: it loads rcl later, when it finds our symbols first. A C program's
 * rcl is already bound by now: preload librmw_plib.so itself for those.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Never fall back to Fast DDS in silence. */
static void fail(const char *reason)
{
    (void)fprintf(stderr, "rmw_plib: RMW_IMPLEMENTATION=rmw_plib, but it cannot be loaded: %s\n",
                  reason);
    _exit(1);
}

static __attribute__((constructor)) void plib_select(void)
{
    const char *choice = getenv("RMW_IMPLEMENTATION");
    if (choice == NULL || strcmp(choice, "rmw_plib") != 0)
        return;
    if (dlsym(RTLD_DEFAULT, "Py_BytesMain") == NULL)
        return;

    Dl_info self;
    char path[4096];
    if (dladdr((void *)plib_select, &self) == 0 || strrchr(self.dli_fname, '/') == NULL)
        fail("its folder is unknown");
    int folder = (int)(strrchr(self.dli_fname, '/') - self.dli_fname);
    int length = snprintf(path, sizeof path, "%.*s/librmw_plib.so", folder, self.dli_fname);
    if (length < 0 || (size_t)length >= sizeof path)
        fail("its path is too long");
    if (dlopen(path, RTLD_NOW | RTLD_GLOBAL) == NULL)
        fail(dlerror());
}
