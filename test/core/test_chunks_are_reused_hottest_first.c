/* The chunk freed last is handed out first, classes fit with at most a quarter of waste, chunks never
 * overlap, and a larger free chunk serves before memory is said to be used up. */
#include "check.h"
#include "chunks.h"
#include "vault.h"

static _Alignas(64) uint8_t memory[1 << 20];

static void classes_waste_at_most_a_quarter(void)
{
    for (uint64_t size = 1; size < (UINT64_C(1) << 36); size += size / 7 + 1) {
        uint32_t class = chunks_class(size);
        uint64_t room = chunks_class_size(class);

        CHECK(room >= size);
        CHECK(room % CHUNK_ALIGNMENT == 0);
        CHECK(room <= size + size / 4 + (uint64_t)2 * CHUNK_ALIGNMENT);
        CHECK_EQUAL(chunks_class(room), class);
    }
    CHECK_EQUAL(chunks_class(UINT64_MAX), CHUNK_CLASSES);
}

static void last_freed_comes_first(struct chunks *chunks)
{
    uint32_t class;
    chunk_t first = chunks_take(chunks, 1000, &class);
    chunk_t second = chunks_take(chunks, 1000, &class);

    CHECK(first != 0 && second != 0 && first != second);
    chunks_give(chunks, first, class);
    chunks_give(chunks, second, class);
    CHECK_EQUAL(chunks_take(chunks, 1000, &class), second);
    CHECK_EQUAL(chunks_take(chunks, 1000, &class), first);
}

static void chunks_stay_inside(struct chunks *chunks)
{
    uint64_t last = chunk_offset_of(chunks_take(chunks, 64, &(uint32_t){0}));
    uint32_t class;
    chunk_t chunk;

    while ((chunk = chunks_take(chunks, 4096, &class)) != 0) {
        CHECK_EQUAL(chunk_segment_of(chunk), 0);
        CHECK(chunk_offset_of(chunk) >= last + 64);
        CHECK(chunk_offset_of(chunk) + chunks_class_size(class) <= sizeof(memory));
        last = chunk_offset_of(chunk);
    }
}

static void larger_chunk_serves_when_full(struct chunks *chunks)
{
    uint32_t class = chunks_class(4096);
    uint32_t got;
    chunk_t large = chunk_make(0, 8192);

    while (chunks_take(chunks, 2048, &got) != 0)
        ;
    CHECK(!chunks_want_nodes(chunks));
    chunks_give(chunks, large, class);
    CHECK_EQUAL(chunks_take(chunks, 2048, &got), large);
    CHECK_EQUAL(got, class);
    CHECK_EQUAL(chunks_take(chunks, 2048, &got), 0);
}

/* As many chunks as nodes, and all can be given back and taken again; with more nodes, more. */
static void each_chunk_has_a_node(void)
{
    struct chunks chunks = {0};
    chunk_t out[8];
    uint32_t class;

    CHECK_EQUAL(chunks_add_segment(&chunks, memory, sizeof(memory), 4096), 0);
    CHECK(chunks_want_nodes(&chunks));
    CHECK_EQUAL(chunks_take(&chunks, 64, &class), 0);
    CHECK(chunks_set_nodes(&chunks, vault_calloc(4, sizeof(struct chunk_node)), 4) == NULL);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 4; i++)
            out[i] = chunks_take(&chunks, 64, &class);
        CHECK(out[3] != 0);
        CHECK_EQUAL(chunks_take(&chunks, 64, &class), 0);
        for (int i = 0; i < 4; i++)
            chunks_give(&chunks, out[i], class);
    }
    vault_free(chunks_set_nodes(&chunks, vault_calloc(8, sizeof(struct chunk_node)), 8));
    for (int i = 0; i < 8; i++) {
        out[i] = chunks_take(&chunks, 64, &class);
        CHECK(out[i] != 0);
        for (int k = 0; k < i; k++)
            CHECK(out[i] != out[k]);
    }
    CHECK_EQUAL(chunks_take(&chunks, 64, &class), 0);
    for (int i = 0; i < 8; i++)
        chunks_give(&chunks, out[i], class);
    CHECK_EQUAL(chunks_take(&chunks, 64, &class), out[7]);
    chunks_destroy(&chunks);
}

int main(void)
{
    enum { NODES = 1024 };
    struct chunks chunks = {0};

    each_chunk_has_a_node();
    (void)chunks_set_nodes(&chunks, vault_calloc(NODES, sizeof(struct chunk_node)), NODES);
    classes_waste_at_most_a_quarter();
    CHECK_EQUAL(chunks_add_segment(&chunks, memory, sizeof(memory), 4096), 0);
    last_freed_comes_first(&chunks);
    chunks_stay_inside(&chunks);
    larger_chunk_serves_when_full(&chunks);
    chunks_destroy(&chunks);
    return 0;
}
