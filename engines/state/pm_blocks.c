/* SPDX-License-Identifier: Apache-2.0 */
/* Size classes, free lists and the extents below them. */
#include "pm_blocks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define BLOCK_MIN    16u
#define BLOCK_OWN    (256u << 10) /* larger blocks have an extent of their own */
#define EXTENT_FIRST (64u << 10)
#define EXTENT_LAST  (32u << 20)
#define HUGE_PAGE    (2ull << 20)
#define HUGE_FROM    (2 * HUGE_PAGE)

static uint64_t round_up(uint64_t value, uint64_t step)
{
    return (value + step - 1) / step * step;
}

/* Maps @p size bytes that begin on a huge page: maps more and cuts both ends. */
static void *map_huge(uint64_t size)
{
    uint8_t *all = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (all == MAP_FAILED)
        return NULL;
    const uint64_t before = round_up((uintptr_t)all, HUGE_PAGE) - (uintptr_t)all;
    if (before > 0)
        munmap(all, before);
    munmap(all + before + size, HUGE_PAGE - before);
    madvise(all + before, size, MADV_HUGEPAGE);
    return all + before;
}

void *pm_pages_map(uint64_t size)
{
    size = round_up(size, 4096);
    if (size >= HUGE_FROM)
        return map_huge(size);
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return pages != MAP_FAILED ? pages : NULL;
}

void pm_pages_unmap(void *pages, uint64_t size)
{
    if (pages != NULL)
        munmap(pages, round_up(size, 4096));
}

/* The class of @p size and, in *size, the bytes that its blocks hold. */
static unsigned class_of(uint64_t *size)
{
    const uint64_t wanted = *size < BLOCK_MIN ? BLOCK_MIN : *size;
    const unsigned below = 63u - (unsigned)__builtin_clzll(wanted - 1); /* 2^below < wanted */
    const uint64_t half = 3ull << (below - 1);

    *size = wanted <= half ? half : 2ull << below;
    return 2 * below + (wanted <= half ? 0u : 1u);
}

/* A row of the extent array, made or used again; its index + 1, or 0. */
static uint32_t take_row(struct pm_blocks *blocks)
{
    const uint32_t free_row = blocks->free_extent;

    if (free_row != 0) {
        blocks->free_extent = blocks->extents[free_row - 1].next_free;
        return free_row;
    }
    if (blocks->count == blocks->room) {
        const uint32_t room = blocks->room == 0 ? 8 : blocks->room * 2;
        struct pm_extent *extents = realloc(blocks->extents, room * sizeof *extents);
        if (extents == NULL)
            return 0;
        blocks->extents = extents;
        blocks->room = room;
    }
    return ++blocks->count;
}

static void give_row(struct pm_blocks *blocks, uint32_t row)
{
    blocks->extents[row - 1] = (struct pm_extent){.next_free = blocks->free_extent};
    blocks->free_extent = row;
}

/* A new extent of @p size bytes, as the block that covers it; 0 when memory ran out. */
static pm_block add_extent(struct pm_blocks *blocks, uint64_t size)
{
    const uint32_t row = take_row(blocks);

    if (row == 0)
        return 0;
    uint8_t *base = pm_pages_map(size);
    if (base == NULL) {
        give_row(blocks, row);
        return 0;
    }
    blocks->extents[row - 1] = (struct pm_extent){.base = base, .size = size};
    blocks->bytes += size;
    return (pm_block)row << 40;
}

static void give_extent(struct pm_blocks *blocks, pm_block block)
{
    const uint32_t row = (uint32_t)(block >> 40);
    const struct pm_extent *extent = &blocks->extents[row - 1];

    blocks->bytes -= extent->size;
    pm_pages_unmap(extent->base, extent->size);
    give_row(blocks, row);
}

/* Turns what is left of the shared extent into free blocks, the largest first. */
static void use_up(struct pm_blocks *blocks)
{
    while (blocks->carve_left >= BLOCK_MIN) {
        uint64_t size = 1ull << (63 - __builtin_clzll(blocks->carve_left));
        pm_blocks_give(blocks, blocks->carve, size);
        blocks->carve += size;
        blocks->carve_left -= size;
    }
}

static pm_block carve(struct pm_blocks *blocks, uint64_t size)
{
    if (blocks->carve_left < size) {
        uint64_t extent = EXTENT_FIRST;
        while (extent < EXTENT_LAST && (extent < blocks->bytes / 4 || extent < 4 * size))
            extent *= 2;
        const pm_block fresh = add_extent(blocks, extent);
        if (fresh == 0)
            return 0;
        use_up(blocks);
        blocks->carve = fresh;
        blocks->carve_left = extent;
    }
    const pm_block block = blocks->carve;
    blocks->carve += size;
    blocks->carve_left -= size;
    return block;
}

pm_block pm_blocks_take(struct pm_blocks *blocks, uint64_t *size)
{
    const unsigned class = class_of(size);
    const pm_block block = blocks->free_blocks[class];

    if (*size > BLOCK_OWN)
        return add_extent(blocks, *size);
    if (block == 0)
        return carve(blocks, *size);
    memcpy(&blocks->free_blocks[class], pm_blocks_at(blocks, block), sizeof block);
    return block;
}

void pm_blocks_give(struct pm_blocks *blocks, pm_block block, uint64_t size)
{
    const unsigned class = class_of(&size);

    assert(block != 0);
    if (size > BLOCK_OWN) {
        give_extent(blocks, block);
        return;
    }
    memcpy(pm_blocks_at(blocks, block), &blocks->free_blocks[class], sizeof block);
    blocks->free_blocks[class] = block;
}

void pm_blocks_leave(struct pm_blocks *blocks, pm_block block, uint64_t size)
{
    if (blocks->left_count == blocks->left_room) {
        const uint32_t room = blocks->left_room == 0 ? 64 : blocks->left_room * 2;
        struct pm_block_left *left = realloc(blocks->left, room * sizeof *left);
        if (left == NULL)
            return; /* the block stays taken: wasted, and still readable as promised */
        blocks->left = left;
        blocks->left_room = room;
    }
    blocks->left[blocks->left_count++] = (struct pm_block_left){block, size};
}

void pm_blocks_settle(struct pm_blocks *blocks)
{
    for (uint32_t i = 0; i < blocks->left_count; i++)
        pm_blocks_give(blocks, blocks->left[i].block, blocks->left[i].size);
    blocks->left_count = 0;
}

void pm_blocks_close(struct pm_blocks *blocks)
{
    for (uint32_t i = 0; i < blocks->count; i++)
        pm_pages_unmap(blocks->extents[i].base, blocks->extents[i].size);
    free(blocks->extents);
    free(blocks->left);
    *blocks = (struct pm_blocks){0};
}
