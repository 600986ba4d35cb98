#include "process.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 512 };

static FILE *open_file(pid_t process, const char *name)
{
    char path[64];
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", process, name);
    file = fopen(path, "re");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    return file;
}

static unsigned count_descriptors(pid_t process)
{
    const struct dirent *entry;
    unsigned count = 0;
    char path[64];
    DIR *directory;

    (void)snprintf(path, sizeof(path), "/proc/%d/fd", process);
    directory = opendir(path);
    if (directory == NULL) {
        perror(path);
        exit(1);
    }
    while ((entry = readdir(directory)) != NULL)
        count += entry->d_name[0] != '.';
    (void)closedir(directory);
    return count;
}

static unsigned count_mappings(pid_t process)
{
    FILE *file = open_file(process, "maps");
    unsigned count = 0;
    char line[LINE];

    while (fgets(line, sizeof(line), file) != NULL)
        count += strstr(line, "/memfd:plib") != NULL;
    (void)fclose(file);
    return count;
}

struct holdings holdings_of(pid_t process)
{
    return (struct holdings){.descriptors = count_descriptors(process),
                             .mappings = count_mappings(process)};
}

static void read_line(pid_t process, const char *name, char line[LINE])
{
    FILE *file = open_file(process, name);

    if (fgets(line, LINE, file) == NULL)
        line[0] = '\0';
    (void)fclose(file);
}

long private_memory_of(pid_t process)
{
    char line[LINE];
    char *next;
    unsigned long resident;

    read_line(process, "statm", line);
    (void)strtoul(line, &next, 10);
    resident = strtoul(next, &next, 10);
    return (long)(resident - strtoul(next, NULL, 10)) * (sysconf(_SC_PAGESIZE) / 1024);
}

bool sleeps_in(pid_t process, long number)
{
    char line[LINE];
    char *end;

    read_line(process, "syscall", line);
    /* "running" is no number. */
    return strtol(line, &end, 10) == number && end != line;
}

void describe_address(pid_t process, unsigned long address, char *text, size_t size)
{
    FILE *file = open_file(process, "maps");
    char line[LINE];

    (void)snprintf(text, size, "%#lx", address);
    /* START-END MODE OFFSET DEVICE INODE PATH */
    while (fgets(line, sizeof(line), file) != NULL) {
        char *next;
        unsigned long start = strtoul(line, &next, 16);
        unsigned long end = strtoul(next + 1, &next, 16);
        unsigned long offset = strtoul(next + sizeof(" r-xp") - 1, NULL, 16);
        const char *name = strrchr(line, '/');

        if (address < start || address >= end)
            continue;
        line[strcspn(line, "\n")] = '\0';
        (void)snprintf(text, size, "%s+%#lx", name == NULL ? "?" : name + 1,
                       address - start + offset);
    }
    (void)fclose(file);
}
