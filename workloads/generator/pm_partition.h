/* SPDX-License-Identifier: Apache-2.0 */
/* Which partition a key goes to: the one that Kafka's clients choose. */
#ifndef PM_PARTITION_H
#define PM_PARTITION_H

#include <stdint.h>

/**
 * The partition of @p key among @p partitions >= 1: murmur2 over the key's eight bytes, most
 * significant first, as Java's LongSerializer writes them and its default partitioner hashes them.
 */
unsigned pm_partition_of(uint64_t key, unsigned partitions);

#endif
