/* SPDX-License-Identifier: Apache-2.0 */
/* Checksums (XXH3) and a digest of a set of rows that does not depend on their order. */
#ifndef PM_DIGEST_H
#define PM_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/** XXH3-64 of @p size bytes. The one door to xxhash. */
uint64_t pm_digest_bytes(const void *bytes, size_t size);

/** A multiset's digest: count, sum and xor of the members' hashes. Zero-initialise. */
struct pm_digest {
    uint64_t count;
    uint64_t sum;
    uint64_t mix;
};

/** Add one member of @p size bytes. */
void pm_digest_add(struct pm_digest *digest, const void *bytes, size_t size);

/** Fold @p other in: the digest of the union. */
void pm_digest_merge(struct pm_digest *digest, const struct pm_digest *other);

/** 64 bits of the whole. */
uint64_t pm_digest_value(const struct pm_digest *digest);

#endif
