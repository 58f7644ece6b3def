/* SPDX-License-Identifier: Apache-2.0 */
/* A growing multiset of rows as canonical bytes, sorted so that two of them can be compared. */
#ifndef PM_ORACLE_ROWS_H
#define PM_ORACLE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One row: its bytes begin with its identity. */
struct pm_oracle_row {
    uint64_t hash; /* of the identity; set by the sort */
    uint64_t at;   /* offset of its bytes */
    uint32_t size;
    uint32_t identity; /* bytes of the identity */
};

/** A growing list of words; zero-initialise. */
struct pm_oracle_words {
    uint64_t *word;
    uint64_t count, capacity;
};

/** Amortised O(1). False when memory ran out. */
bool pm_oracle_words_add(struct pm_oracle_words *words, uint64_t word);

/** Zero-initialise. Addresses of bytes move while rows are added. */
struct pm_oracle_rows {
    struct pm_oracle_row *row;
    uint64_t count, capacity;
    uint8_t *bytes;
    uint64_t used, room;
    struct pm_oracle_words notes; /* whose they are is the caller's to know */
    bool failed;                  /* memory ran out: the set is incomplete */
};

/**
 * Add a row of @p size bytes, the first @p identity of which name it. Returns where to write them,
 * good until the next call, or NULL when memory ran out. Amortised O(size).
 */
uint8_t *pm_oracle_rows_add(struct pm_oracle_rows *rows, uint32_t size, uint32_t identity);

/** Sort by identity (its hash first, which decides nearly every comparison), then by all bytes. */
void pm_oracle_rows_sort(struct pm_oracle_rows *rows);

/** The bytes of row @p index; borrowed. */
const uint8_t *pm_oracle_rows_bytes(const struct pm_oracle_rows *rows, uint64_t index);

/** Order of row @p i of @p a against row @p j of @p b by identity alone: < 0, 0, > 0. */
int pm_oracle_rows_compare_identity(const struct pm_oracle_rows *a, uint64_t i,
                                    const struct pm_oracle_rows *b, uint64_t j);

/** As above by identity, then by all bytes: 0 means that the rows are equal. */
int pm_oracle_rows_compare(const struct pm_oracle_rows *a, uint64_t i,
                           const struct pm_oracle_rows *b, uint64_t j);

/** The index behind the last row that has the identity of row @p first of the sorted @p rows. */
uint64_t pm_oracle_rows_group(const struct pm_oracle_rows *rows, uint64_t first);

/** Free what @p rows holds; it may be used again. */
void pm_oracle_rows_close(struct pm_oracle_rows *rows);

#endif
