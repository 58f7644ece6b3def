/* SPDX-License-Identifier: Apache-2.0 */
/* The one door to xxhash; sums and exclusive ors make a digest independent of order. */
#include "pm_digest.h"

#include <xxhash.h>

uint64_t pm_digest_bytes(const void *bytes, size_t size)
{
    return XXH3_64bits(bytes, size);
}

void pm_digest_add(struct pm_digest *digest, const void *bytes, size_t size)
{
    const XXH128_hash_t hash = XXH3_128bits(bytes, size);

    digest->count++;
    digest->sum += hash.low64;
    digest->mix ^= hash.high64;
}

void pm_digest_merge(struct pm_digest *digest, const struct pm_digest *other)
{
    digest->count += other->count;
    digest->sum += other->sum;
    digest->mix ^= other->mix;
}

uint64_t pm_digest_value(const struct pm_digest *digest)
{
    return XXH3_64bits(digest, sizeof *digest);
}
