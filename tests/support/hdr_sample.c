/* SPDX-License-Identifier: Apache-2.0 */
/* Writes an interval log of seeded samples, and what HdrHistogram's tools have to say about it. */
#include "pm_decimal.h"
#include "pm_hgrm.h"
#include "pm_hlog.h"
#include "pm_random.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define INTERVALS 12
#define SAMPLES   20000
#define START_NS  (1795169524LL * PM_NS_PER_S)

/* One tag of the log: what was recorded so far, and the tables expected for it. */
struct series {
    const char *tag;
    struct pm_histogram *live, *before, *after;
    FILE *table;
};

static void check(int code, const struct pm_error *error)
{
    if (code < 0) {
        fprintf(stderr, "hdr_sample: %s\n", error->text);
        exit(pm_error_exit_code(code));
    }
}

static FILE *open_file(const char *tag, const char *ending)
{
    char name[64];

    snprintf(name, sizeof name, "ours-%s.%s", tag[0] == '\0' ? "none" : tag, ending);
    FILE *file = fopen(name, "w");

    if (file == NULL) {
        perror(name);
        exit(5);
    }
    return file;
}

static void open_series(struct series *series, const char *tag)
{
    const struct pm_histogram_config config = PM_HISTOGRAM_CONFIG_INIT;
    struct pm_error error;

    series->tag = tag;
    check(pm_histogram_open(&series->live, &config, &error), &error);
    check(pm_histogram_open(&series->before, &config, &error), &error);
    check(pm_histogram_open(&series->after, &config, &error), &error);
    series->table = open_file(tag, "csv");
}

/* From 0 ns to about 36 minutes, small ones as likely as large ones, and some stalls in a row. */
static int64_t next_value(struct pm_random *random)
{
    if (pm_random_below(random, 1000) == 0)
        return 250 * PM_NS_PER_MS + (int64_t)pm_random_below(random, 1000);
    return (int64_t)(pm_random_u64(random) >> (23 + pm_random_below(random, 41)));
}

static void put_milliseconds(FILE *table, int64_t value_ns)
{
    char text[PM_DECIMAL_SIZE];

    fprintf(table, ",%s", pm_decimal_format(text, (double)value_ns / 1e6, 3));
}

static void put_table_row(const struct series *series, int interval)
{
    static const double total[] = {50, 90, 99, 99.9, 99.99};
    const struct pm_histogram *all = series->live;
    const struct pm_histogram *now = series->after;

    fprintf(series->table, "%d.000,%" PRIu64, interval + 1, pm_histogram_count(now));
    put_milliseconds(series->table, pm_histogram_percentile(now, 50));
    put_milliseconds(series->table, pm_histogram_percentile(now, 90));
    put_milliseconds(series->table, pm_histogram_max(now));
    fprintf(series->table, ",%" PRIu64, pm_histogram_count(all));
    for (size_t i = 0; i < sizeof total / sizeof total[0]; i++)
        put_milliseconds(series->table, pm_histogram_percentile(all, total[i]));
    put_milliseconds(series->table, pm_histogram_max(all));
    fputc('\n', series->table);
}

/* Record, and write the difference of two snapshots. */
static void run_interval(FILE *log, struct series *series, int interval, struct pm_random *random)
{
    const uint64_t samples = interval == 3 ? 0 : 1 + pm_random_below(random, SAMPLES);
    struct pm_error error;

    for (uint64_t i = 0; i < samples; i++)
        pm_histogram_record(series->live, next_value(random));
    check(pm_histogram_snapshot(series->after, series->live, &error), &error);
    check(pm_histogram_subtract(series->after, series->after, series->before, &error), &error);

    const struct pm_hlog_interval line = {series->tag, interval * PM_NS_PER_S, PM_NS_PER_S,
                                          series->after};

    check(pm_hlog_write(log, &line, &error), &error);
    put_table_row(series, interval);
    check(pm_histogram_snapshot(series->before, series->live, &error), &error);
}

static void close_series(struct series *series)
{
    FILE *text = open_file(series->tag, "hgrm");
    struct pm_error error;

    check(pm_hgrm_write(text, series->live, 1e6, &error), &error);
    fclose(text);
    fclose(series->table);
    pm_histogram_close(series->live);
    pm_histogram_close(series->before);
    pm_histogram_close(series->after);
}

int main(int argc, char **argv)
{
    static const char *const tags[] = {"", "e2e", "read"};
    struct series series[3];
    struct pm_error error;

    if (argc != 3 || chdir(argv[1]) != 0) {
        fputs("usage: hdr_sample FOLDER SEED\n", stderr);
        return 2;
    }

    struct pm_random random = pm_random_open(strtoull(argv[2], NULL, 10), 0);
    FILE *log = fopen("sample.hlog", "w");

    if (log == NULL)
        return 5;
    check(pm_hlog_write_head(log, "samples of a seeded generator", START_NS, &error), &error);
    for (int i = 0; i < 3; i++)
        open_series(&series[i], tags[i]);
    for (int i = 0; i < INTERVALS * 3; i++)
        run_interval(log, &series[i % 3], i / 3, &random);
    for (int i = 0; i < 3; i++)
        close_series(&series[i]);
    return fclose(log) == 0 ? 0 : 5;
}
