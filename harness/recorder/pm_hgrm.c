/* SPDX-License-Identifier: Apache-2.0 */
/* Percentile text: rows whose step halves each time the distance to 100 % has halved. */
#include "pm_hgrm.h"

#include "pm_decimal.h"

#include <inttypes.h>

struct writer {
    FILE *stream;
    const struct pm_histogram *histogram;
    double ratio;
    double level, step; /* percent; exact: multiples of 10 / 2^k */
    unsigned tick;
    uint64_t total;
};

/* Past 100 - 2^-46 or so a step is lost in rounding: there is no level between that and 100. */
static void next_level(struct writer *writer)
{
    const double next = writer->level + writer->step;

    writer->level = next > writer->level ? next : 100.0;
    if (++writer->tick == PM_HGRM_TICKS) {
        writer->tick = 0;
        writer->step /= 2;
    }
}

static void write_row(const struct writer *writer, uint32_t cell, uint64_t seen, double level)
{
    const double value = (double)pm_histogram_highest_at(writer->histogram, cell) / writer->ratio;
    char text[PM_DECIMAL_SIZE];

    fprintf(writer->stream, "%12s", pm_decimal_format(text, value, writer->histogram->digits));
    fprintf(writer->stream, " %s %10" PRIu64, pm_decimal_format(text, level / 100.0, 12), seen);
    if (level < 100.0)
        fprintf(writer->stream, " %14s", pm_decimal_format(text, 1 / (1.0 - level / 100.0), 2));
    fputc('\n', writer->stream);
}

/* True when the samples so far are the share that the level asks for; levels end where it is 1. */
static bool reached(const struct writer *writer, uint64_t seen)
{
    return writer->level / 100.0 < 1.0 &&
           100.0 * (double)seen / (double)writer->total >= writer->level;
}

/* A cell gives a row for each level that it reaches; the last one its first, and that of 100 %. */
static void write_rows(struct writer *writer)
{
    uint64_t seen = 0;

    for (uint32_t i = 0; i < writer->histogram->length && seen < writer->total; i++) {
        const uint64_t here = pm_histogram_count_at(writer->histogram, i);
        bool more = here != 0;

        seen += here;
        while (more && reached(writer, seen)) {
            write_row(writer, i, seen, writer->level);
            next_level(writer);
            more = seen < writer->total;
        }
        if (seen == writer->total)
            write_row(writer, i, seen, 100.0);
    }
}

static void write_footer(const struct writer *writer)
{
    const struct pm_histogram *histogram = writer->histogram;
    const unsigned digits = histogram->digits;
    const uint64_t overflow = pm_histogram_overflow(histogram);
    const uint64_t negative = pm_histogram_negative(histogram);
    const double mean = pm_histogram_mean(histogram) / writer->ratio;
    const double deviation = pm_histogram_stddev(histogram) / writer->ratio;
    const double max = (double)pm_histogram_max(histogram) / writer->ratio;
    char text[2][PM_DECIMAL_SIZE];

    fprintf(writer->stream, "#[Mean    = %12s, StdDeviation   = %12s]\n",
            pm_decimal_format(text[0], mean, digits),
            pm_decimal_format(text[1], deviation, digits));
    fprintf(writer->stream, "#[Max     = %12s, Total count    = %12" PRIu64 "]\n",
            pm_decimal_format(text[0], max, digits), writer->total);
    fprintf(writer->stream, "#[Buckets = %12u, SubBuckets     = %12u]\n", histogram->buckets,
            2u << histogram->half_bits);
    if (overflow + negative != 0)
        fprintf(writer->stream, "#[Above   = %12" PRIu64 ", Negative       = %12" PRIu64 "]\n",
                overflow, negative);
}

int pm_hgrm_write(FILE *stream, const struct pm_histogram *histogram, double ratio,
                  struct pm_error *error)
{
    struct writer writer = {
        .stream = stream,
        .histogram = histogram,
        .ratio = ratio,
        .step = 100.0 / (2 * PM_HGRM_TICKS),
        .total = pm_histogram_count(histogram),
    };

    fprintf(stream, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
            "1/(1-Percentile)");
    write_rows(&writer);
    write_footer(&writer);
    if (ferror(stream))
        return pm_error_errno(error, PM_EIO, "percentile text: cannot write");
    return 0;
}
