/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of state outside the tables: size classes with free lists, carved from mapped extents. */
#ifndef PM_BLOCKS_H
#define PM_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PM_BLOCK_CLASSES 128u /* 2^k and 3 * 2^(k-1) bytes for every k */

/** Names a block: (extent + 1) << 40 | offset in bytes; 0 names none. Never an address. */
typedef uint64_t pm_block;

/** A block that is given back at the next settle. */
struct pm_block_left {
    pm_block block;
    uint64_t size;
};

/**
 * Extents never move, so the address of a block is good while it is taken. Memory grows by whole
 * extents (64 KiB at first, 32 MiB later) and is used again by size class; a block above 256 KiB
 * has an extent of its own, which goes back to the system with it. Waste: at most a third of a
 * block.
 */
struct pm_blocks {
    struct pm_extent *extents;
    uint32_t count, room;
    uint32_t free_extent; /* index + 1 of an unused row of extents */
    pm_block free_blocks[PM_BLOCK_CLASSES];
    pm_block carve; /* what is left of the newest shared extent */
    uint64_t carve_left;
    uint64_t bytes; /* of all extents */
    struct pm_block_left *left;
    uint32_t left_count, left_room;
};

/** One mapping. An unused row has no base and links to the next by next_free. */
struct pm_extent {
    uint8_t *base;
    uint64_t size;
    uint32_t next_free;
};

/** Free everything; a zeroed struct is empty and open. */
void pm_blocks_close(struct pm_blocks *blocks);

/**
 * A block of at least @p size bytes, uninitialised, aligned to 8; *size becomes what the block
 * holds. Returns 0 when memory ran out. Cost: O(1), a system call where an extent is needed.
 */
pm_block pm_blocks_take(struct pm_blocks *blocks, uint64_t *size);

/** Give back a block of @p size bytes (asked for or granted). */
void pm_blocks_give(struct pm_blocks *blocks, pm_block block, uint64_t size);

/** As give, at the next settle: the block stays readable and is not handed out until then. */
void pm_blocks_leave(struct pm_blocks *blocks, pm_block block, uint64_t size);

/** Give back everything that was left. */
void pm_blocks_settle(struct pm_blocks *blocks);

/** The address of @p block. */
static inline void *pm_blocks_at(const struct pm_blocks *blocks, pm_block block)
{
    return blocks->extents[(block >> 40) - 1].base + (block & 0xffffffffffULL);
}

/** Zeroed pages: of huge ones where @p size is large enough to profit. NULL when there are none. */
void *pm_pages_map(uint64_t size);
void pm_pages_unmap(void *pages, uint64_t size);

#endif
