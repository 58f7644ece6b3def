/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical rows: appended to one block of bytes, sorted by identity. */
#include "pm_oracle_rows.h"

#include "pm_digest.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MIN  1024u
#define BYTES_MIN 65536u

static bool grow(void **block, uint64_t *capacity, uint64_t needed, uint64_t least, size_t size)
{
    uint64_t wanted = *capacity != 0 ? *capacity : least;

    if (needed <= *capacity)
        return true;
    while (wanted < needed)
        wanted *= 2;
    void *grown = realloc(*block, wanted * size);
    if (grown == NULL)
        return false;
    *block = grown;
    *capacity = wanted;
    return true;
}

bool pm_oracle_words_add(struct pm_oracle_words *words, uint64_t word)
{
    void *block = words->word;
    const bool has_room =
        grow(&block, &words->capacity, words->count + 1, ROWS_MIN, sizeof *words->word);

    words->word = block;
    if (has_room)
        words->word[words->count++] = word;
    return has_room;
}

uint8_t *pm_oracle_rows_add(struct pm_oracle_rows *rows, uint32_t size, uint32_t identity)
{
    void *row = rows->row;
    void *bytes = rows->bytes;

    rows->failed |= !grow(&row, &rows->capacity, rows->count + 1, ROWS_MIN, sizeof *rows->row) ||
                    !grow(&bytes, &rows->room, rows->used + size, BYTES_MIN, 1);
    rows->row = row;
    rows->bytes = bytes;
    if (rows->failed)
        return NULL;
    rows->row[rows->count++] =
        (struct pm_oracle_row){.at = rows->used, .size = size, .identity = identity};
    rows->used += size;
    return rows->bytes + rows->used - size;
}

const uint8_t *pm_oracle_rows_bytes(const struct pm_oracle_rows *rows, uint64_t index)
{
    return rows->bytes + rows->row[index].at;
}

static int compare_bytes(const uint8_t *a, uint32_t a_size, const uint8_t *b, uint32_t b_size)
{
    const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_identity(const struct pm_oracle_row *x, const uint8_t *x_bytes,
                            const struct pm_oracle_row *y, const uint8_t *y_bytes)
{
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return compare_bytes(x_bytes + x->at, x->identity, y_bytes + y->at, y->identity);
}

int pm_oracle_rows_compare_identity(const struct pm_oracle_rows *a, uint64_t i,
                                    const struct pm_oracle_rows *b, uint64_t j)
{
    return compare_identity(&a->row[i], a->bytes, &b->row[j], b->bytes);
}

int pm_oracle_rows_compare(const struct pm_oracle_rows *a, uint64_t i,
                           const struct pm_oracle_rows *b, uint64_t j)
{
    const int order = pm_oracle_rows_compare_identity(a, i, b, j);

    return order != 0 ? order
                      : compare_bytes(pm_oracle_rows_bytes(a, i), a->row[i].size,
                                      pm_oracle_rows_bytes(b, j), b->row[j].size);
}

static int by_identity(const void *x, const void *y, void *payload)
{
    const uint8_t *bytes = payload;
    const struct pm_oracle_row *a = x;
    const struct pm_oracle_row *b = y;
    const int order = compare_identity(a, bytes, b, bytes);

    return order != 0 ? order : compare_bytes(bytes + a->at, a->size, bytes + b->at, b->size);
}

void pm_oracle_rows_sort(struct pm_oracle_rows *rows)
{
    for (uint64_t i = 0; i < rows->count; i++)
        rows->row[i].hash = pm_digest_bytes(pm_oracle_rows_bytes(rows, i), rows->row[i].identity);
    if (rows->count != 0)
        qsort_r(rows->row, rows->count, sizeof *rows->row, by_identity, rows->bytes);
}

uint64_t pm_oracle_rows_group(const struct pm_oracle_rows *rows, uint64_t first)
{
    uint64_t end = first + 1;

    while (end < rows->count && pm_oracle_rows_compare_identity(rows, first, rows, end) == 0)
        end++;
    return end;
}

void pm_oracle_rows_close(struct pm_oracle_rows *rows)
{
    free(rows->row);
    free(rows->bytes);
    free(rows->notes.word);
    *rows = (struct pm_oracle_rows){0};
}
