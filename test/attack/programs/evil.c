/* What an attacker would have everybody load. */
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void loaded(void)
{
    const char *mark = getenv("EVIL_MARK");

    if (mark != NULL)
        (void)!symlink("loaded", mark);
}
