/* SPDX-License-Identifier: Apache-2.0 */
/* Hashing of 64-bit keys: one mix for the table slot, the key group and the partition. */
#ifndef PM_HASH_H
#define PM_HASH_H

#include <stdint.h>

#define PM_KEY_GROUPS 128u /* the field's default maximum parallelism; a power of two */

/** A bijective mix of 64 bits (Stafford's variant 13 of the murmur3 finalizer). Cost: about 1 ns.
 */
static inline uint64_t pm_hash_u64(uint64_t key)
{
    key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9ULL;
    key = (key ^ (key >> 27)) * 0x94d049bb133111ebULL;
    return key ^ (key >> 31);
}

/** The key group of @p hash: its topmost bits, so that the low bits stay free for the slot. */
static inline unsigned pm_hash_key_group(uint64_t hash)
{
    return (unsigned)(hash >> 57);
}

/** The subtask, of @p parallelism, that owns @p key_group: contiguous ranges, as Flink assigns. */
static inline unsigned pm_hash_subtask(unsigned key_group, unsigned parallelism)
{
    return key_group * parallelism / PM_KEY_GROUPS;
}

/** FNV-1a over @p size bytes: for names and short text keys, not for bulk data. */
static inline uint64_t pm_hash_bytes(const void *bytes, uint64_t size)
{
    const unsigned char *at = bytes;
    uint64_t hash = 0xcbf29ce484222325ULL;

    for (uint64_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * 0x100000001b3ULL;
    return pm_hash_u64(hash);
}

#endif
