#include "hostile.h"

#include "check.h"

/* Nothing that the harnesses call is allowed to load that often: no ring has more than 64 samples, and no
 * endpoint more than eight matches. */
enum { AREAS_MAX = 8, WRITES_MAX = 16, LOADS_MAX = 200000 };

struct area {
    const uint8_t *address;
    size_t size;
};

struct later {
    uint64_t *word;
    uint64_t value;
    uint32_t loads;
};

static struct area areas[AREAS_MAX];
static uint32_t area_count;
static struct later writes[WRITES_MAX];
static uint32_t write_count;
static uint32_t loads;

void hostile_reset(void)
{
    area_count = 0;
    write_count = 0;
}

void hostile_add(const void *address, size_t size)
{
    CHECK(area_count < AREAS_MAX);
    areas[area_count++] = (struct area){.address = address, .size = size};
}

void hostile_write_later(uint64_t *word, uint64_t value, uint32_t after)
{
    if (write_count < WRITES_MAX)
        writes[write_count++] = (struct later){.word = word, .value = value, .loads = after};
}

bool hostile_is_to_write(const uint64_t *word)
{
    for (uint32_t i = 0; i < write_count; i++) {
        if (writes[i].word == word)
            return true;
    }
    return false;
}

void hostile_call(void)
{
    loads = 0;
}

static bool is_hostile(const uint8_t *word)
{
    for (uint32_t i = 0; i < area_count; i++) {
        if (word >= areas[i].address && (size_t)(word - areas[i].address) < areas[i].size)
            return true;
    }
    return false;
}

void hostile_before_load(const void *word)
{
    uint32_t kept = 0;

    if (!is_hostile(word))
        return;
    CHECK(++loads < LOADS_MAX); /* else the call does not end */
    for (uint32_t i = 0; i < write_count; i++) {
        struct later later = writes[i];

        if (later.loads-- == 0)
            *later.word = later.value;
        else
            writes[kept++] = later;
    }
    write_count = kept;
}
