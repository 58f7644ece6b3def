/* SPDX-License-Identifier: Apache-2.0 */
/* Layout of a histogram's memory, and the arithmetic of whole histograms. */
#include "pm_histogram.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static_assert(sizeof(struct pm_histogram) == 320, "the cells begin at a cache line's end");

#define EXTRA_CELLS 2u /* values above the highest, negative values */

static unsigned bits_of(uint64_t value)
{
    return value == 0 ? 0 : 64u - (unsigned)__builtin_clzll(value);
}

/* The sub-buckets of one bucket: the power of two that tells 2 * 10^digits values apart. */
static unsigned sub_bucket_bits(unsigned digits)
{
    uint64_t values = 2;

    for (unsigned i = 0; i < digits; i++)
        values *= 10;
    return bits_of(values - 1);
}

static int check_config(const struct pm_histogram_config *config, struct pm_error *error)
{
    if (config->digits < 1 || config->digits > 5)
        return pm_error_set(error, PM_EINPUT, "histogram: %u digits: expected 1 to 5",
                            config->digits);
    if (config->lowest < 1)
        return pm_error_set(error, PM_EINPUT, "histogram: lowest value %lld: expected 1 or more",
                            (long long)config->lowest);
    if (config->highest / 2 < config->lowest)
        return pm_error_set(error, PM_EINPUT,
                            "histogram: highest value %lld: expected twice the lowest or more",
                            (long long)config->highest);
    if (bits_of((uint64_t)config->lowest) - 1 + sub_bucket_bits(config->digits) > 62)
        return pm_error_set(error, PM_EINPUT,
                            "histogram: %u digits from %lld on do not fit into 62 bits",
                            config->digits, (long long)config->lowest);
    return 0;
}

/* Everything of the header but the mark, from a checked configuration. */
static void set_header(struct pm_histogram *header, const struct pm_histogram_config *config)
{
    const unsigned sub_bits = sub_bucket_bits(config->digits);
    const unsigned unit = bits_of((uint64_t)config->lowest) - 1;
    const unsigned top = bits_of((uint64_t)config->highest);
    const unsigned buckets = top > sub_bits + unit ? top - sub_bits - unit + 1 : 1;

    memset(header, 0, sizeof *header);
    header->lowest = config->lowest;
    header->highest = config->highest;
    header->mask = (1ULL << (sub_bits + unit)) - 1;
    header->half_bits = sub_bits - 1;
    header->unit_bits = unit;
    header->length = (buckets + 1) << (sub_bits - 1);
    header->buckets = buckets;
    header->digits = config->digits;
    for (unsigned shift = unit; shift < 64; shift++)
        header->first[shift] = (shift - unit) << (sub_bits - 1);
}

static size_t bytes_of(const struct pm_histogram *header)
{
    return sizeof *header + ((size_t)header->length + EXTRA_CELLS) * sizeof header->cells[0];
}

int pm_histogram_size(size_t *out, const struct pm_histogram_config *config, struct pm_error *error)
{
    const int code = check_config(config, error);

    if (code == 0) {
        struct pm_histogram header;
        set_header(&header, config);
        *out = bytes_of(&header);
    }
    return code;
}

int pm_histogram_place(struct pm_histogram **out, void *memory, size_t size,
                       const struct pm_histogram_config *config, struct pm_error *error)
{
    size_t needed = 0;
    const int code = pm_histogram_size(&needed, config, error);

    assert((uintptr_t)memory % _Alignof(struct pm_histogram) == 0);
    if (code < 0)
        return code;
    if (size < needed)
        return pm_error_set(error, PM_EINPUT, "histogram: %zu bytes of memory: needs %zu", size,
                            needed);

    struct pm_histogram *histogram = memory;

    memset(memory, 0, needed);
    set_header(histogram, config);
    atomic_thread_fence(memory_order_release);
    histogram->mark = PM_HISTOGRAM_MARK;
    *out = histogram;
    return 0;
}

int pm_histogram_attach(struct pm_histogram **out, void *memory, size_t size,
                        struct pm_error *error)
{
    struct pm_histogram found;

    if (size < sizeof found)
        return pm_error_set(error, PM_EMISMATCH, "histogram: %zu bytes hold no header", size);
    memcpy(&found, memory, sizeof found);
    atomic_thread_fence(memory_order_acquire);
    if (found.mark != PM_HISTOGRAM_MARK)
        return pm_error_set(error, PM_EMISMATCH, "histogram: the memory holds none");

    const struct pm_histogram_config config = {found.lowest, found.highest, found.digits};
    const int code = check_config(&config, error);

    if (code < 0)
        return pm_error_set(error, PM_EMISMATCH, "histogram: its configuration is out of range");

    struct pm_histogram expected;

    set_header(&expected, &config);
    expected.mark = PM_HISTOGRAM_MARK;
    if (memcmp(&expected, &found, sizeof found) != 0 || bytes_of(&expected) > size)
        return pm_error_set(error, PM_EMISMATCH, "histogram: its layout is that of another build");
    *out = memory;
    return 0;
}

void pm_histogram_record_outside(struct pm_histogram *histogram, int64_t value, uint64_t count)
{
    _Atomic uint64_t *counter = &histogram->cells[histogram->length + (value < 0)];

    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + count,
                          memory_order_relaxed);
}

int pm_histogram_open(struct pm_histogram **out, const struct pm_histogram_config *config,
                      struct pm_error *error)
{
    size_t size = 0;
    const int code = pm_histogram_size(&size, config, error);

    if (code < 0)
        return code;

    void *memory = aligned_alloc(64, (size + 63) / 64 * 64);

    if (memory == NULL)
        return pm_error_set(error, PM_ENOMEM, "histogram: no memory for %zu bytes", size);
    return pm_histogram_place(out, memory, size, config, error);
}

void pm_histogram_close(struct pm_histogram *histogram)
{
    free(histogram);
}

bool pm_histogram_same_layout(const struct pm_histogram *a, const struct pm_histogram *b)
{
    return a->length == b->length && a->half_bits == b->half_bits && a->unit_bits == b->unit_bits;
}

static int check_layout(const struct pm_histogram *a, const struct pm_histogram *b,
                        struct pm_error *error)
{
    if (pm_histogram_same_layout(a, b))
        return 0;
    return pm_error_set(error, PM_EMISMATCH,
                        "histograms of %u digits up to %lld and of %u digits up to %lld: expected "
                        "the same layout",
                        a->digits, (long long)a->highest, b->digits, (long long)b->highest);
}

static uint64_t load(const struct pm_histogram *histogram, uint32_t cell)
{
    return atomic_load_explicit(&histogram->cells[cell], memory_order_relaxed);
}

static void store(struct pm_histogram *histogram, uint32_t cell, uint64_t count)
{
    atomic_store_explicit(&histogram->cells[cell], count, memory_order_relaxed);
}

int pm_histogram_snapshot(struct pm_histogram *out, const struct pm_histogram *live,
                          struct pm_error *error)
{
    const uint32_t cells = out->length + EXTRA_CELLS; /* out's: live is another process's */
    const int code = check_layout(out, live, error);

    for (uint32_t i = 0; code == 0 && i < cells; i++)
        store(out, i, load(live, i));
    return code;
}

int pm_histogram_subtract(struct pm_histogram *out, const struct pm_histogram *later,
                          const struct pm_histogram *earlier, struct pm_error *error)
{
    int code = check_layout(out, later, error);

    if (code == 0)
        code = check_layout(later, earlier, error);
    for (uint32_t i = 0; code == 0 && i < out->length + EXTRA_CELLS; i++) {
        const uint64_t before = load(earlier, i);
        const uint64_t after = load(later, i);

        if (after < before)
            code = pm_error_set(error, PM_ECORRUPT,
                                "histogram: cell %u fell from %llu to %llu between two snapshots",
                                i, (unsigned long long)before, (unsigned long long)after);
        store(out, i, after - before);
    }
    return code;
}

int pm_histogram_merge(struct pm_histogram *into, const struct pm_histogram *from,
                       struct pm_error *error)
{
    const int code = check_layout(into, from, error);

    for (uint32_t i = 0; code == 0 && i < into->length + EXTRA_CELLS; i++)
        store(into, i, load(into, i) + load(from, i));
    return code;
}
