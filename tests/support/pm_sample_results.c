/* SPDX-License-Identifier: Apache-2.0 */
/* Latencies of four invented engines: constant work, jitter, a rare stall. */
#include "pm_sample_results.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_hlog.h"
#include "pm_publish.h"

#define INSTANCES   4u
#define START_WALL  1767225600000000000LL
#define PATH_SIZE   4096u
#define MEMORY_STEP 1048576u

static const struct engine {
    const char *name, *trigger;
    bool is_floor;
    int64_t base_ns, spread_ns, stall_ns; /* latency: base + uniform, one in 500 stalls */
} engines[INSTANCES] = {
    {"batch", "1s", false, 20000000, 1000000000, 40000000},
    {"microbatch", "100ms", false, 4000000, 100000000, 20000000},
    {"event", "", false, 9000, 9000, 2500000},
    {"null", "", true, 3000, 2000, 1100000},
};

static void ensure(bool is_fine, const char *what)
{
    if (is_fine)
        return;
    perror(what);
    abort();
}

static FILE *open_in(const char *directory, const char *name)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *const stream = fopen(path, "w");
    ensure(stream != NULL, path);
    return stream;
}

/* --- latencies: the only state is a counter, so that every write gives the same bytes --------- */

static int64_t latency_of(const struct engine *engine, uint64_t at)
{
    uint64_t mixed = (at + 1) * 0x9e3779b97f4a7c15ULL;

    mixed ^= mixed >> 29;
    mixed *= 0xbf58476d1ce4e5b9ULL;
    mixed ^= mixed >> 32;
    return engine->base_ns + (int64_t)(mixed % (uint64_t)engine->spread_ns) +
           (mixed % 499 == 0 ? engine->stall_ns : 0);
}

static struct pm_histogram *interval_of(const struct engine *engine, uint64_t from, unsigned count)
{
    const struct pm_histogram_config config = PM_HISTOGRAM_CONFIG_INIT;
    struct pm_histogram *histogram;

    ensure(pm_histogram_open(&histogram, &config, NULL) == 0, "histogram");
    for (unsigned i = 0; i < count; i++)
        pm_histogram_record(histogram, latency_of(engine, from + i));
    return histogram;
}

/* --- the files -------------------------------------------------------------------------------- */

struct writer {
    const struct pm_sample_results *sample;
    FILE *document, *hlog, *series;
    struct pm_histogram *all; /* of the run in hand */
};

static void write_second(struct writer *writer, const struct engine *engine, unsigned run,
                         unsigned second)
{
    const struct pm_sample_results *const sample = writer->sample;
    const uint64_t place = (uint64_t)(run - 1) * sample->seconds + second;
    struct pm_histogram *const histogram =
        interval_of(engine, place * sample->samples, sample->samples);
    const struct pm_hlog_interval interval = {
        .tag = engine->name,
        .start_ns = (int64_t)(place * INSTANCES * 1000000000ULL),
        .length_ns = 1000000000,
        .histogram = histogram,
    };

    ensure(pm_hlog_write(writer->hlog, &interval, NULL) == 0, "hlog");
    fprintf(writer->series, "%s,%s,%u,%u,%u,%lld,%lld,%lld,%u,,,,,,\n", sample->scenario,
            engine->name, run, second, sample->samples,
            (long long)pm_histogram_percentile(histogram, 50.0),
            (long long)pm_histogram_percentile(histogram, 99.0),
            (long long)pm_histogram_max(histogram), sample->samples);
    ensure(pm_histogram_merge(writer->all, histogram, NULL) == 0, "merge");
    pm_histogram_close(histogram);
}

static void write_latency(struct writer *writer, const char *name, int64_t percent)
{
    static const struct {
        const char *name;
        double percentile;
    } percentiles[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99_9", 99.9}};

    fprintf(writer->document, "\"%s\": {", name);
    for (unsigned i = 0; i < 4; i++) {
        const double percentile = percentiles[i].percentile;
        if (pm_histogram_supports(writer->all, percentile))
            fprintf(writer->document, "\"%s\": %lld, ", percentiles[i].name,
                    (long long)pm_histogram_percentile(writer->all, percentile) * percent / 100);
        else
            fprintf(writer->document, "\"%s\": null, ", percentiles[i].name);
    }
    fprintf(writer->document, "\"max\": %lld, \"count\": %llu}, ",
            (long long)pm_histogram_max(writer->all) * percent / 100,
            (unsigned long long)pm_histogram_count(writer->all));
}

static void write_reasons(struct writer *writer)
{
    const bool has_tail = pm_histogram_supports(writer->all, 99.9);

    fprintf(writer->document, "\"reasons\": {%s}",
            has_tail ? ""
                     : "\"latency_ns.p99_9\": \"fewer than 100 samples above it\", "
                       "\"latency_ns.p99\": \"fewer than 100 samples above it\"");
}

static void write_row(struct writer *writer, const struct engine *engine, unsigned run)
{
    const bool is_wrong = writer->sample->is_event_wrong && strcmp(engine->name, "event") == 0;

    fprintf(
        writer->document,
        "%s{\"scenario\": \"%s\", \"instance\": \"%s\", \"engine\": \"%s\", \"run\": %u,\n"
        "\"floor\": %s, \"transport\": \"embedded\", \"guarantee\": \"at-most-once\", "
        "\"durability\": \"none\", \"wait\": \"nap\", \"rate_per_s\": 50000, "
        "\"throughput_per_s\": %u, \"cpu_work_s_per_million\": 0.%u25, "
        "\"cpu_wait_s_per_million\": 0.5, \"memory_peak_bytes\": %u, \"first_output_ms\": %g,\n",
        run == 1 && engine == engines ? "" : ",\n", writer->sample->scenario, engine->name,
        engine->name, run, engine->is_floor ? "true" : "false", 49990 + run, run,
        MEMORY_STEP * (run + 8), (double)(engine->base_ns + engine->spread_ns) / 1e6);
    if (engine->trigger[0] != '\0')
        fprintf(writer->document, "\"trigger_or_cadence\": \"%s\", ", engine->trigger);
    write_latency(writer, "latency_ns", 100);
    write_latency(writer, "service_ns", 40);
    fprintf(writer->document,
            "\"exit_code\": 0, \"oracle\": {\"status\": \"%s\", \"examples\": [%s]}, "
            "\"audit\": {\"valid\": %s, \"reasons\": [%s], \"warnings\": [\"turbo is on\"]}, ",
            is_wrong ? "differs" : "equal", is_wrong ? "\"key 7 window 3: 41 for 42\"" : "",
            is_wrong ? "false" : "true", is_wrong ? "\"1 result is wrong\"" : "");
    write_reasons(writer);
    fprintf(writer->document, "}");
}

static void write_run(struct writer *writer, const struct engine *engine, unsigned run)
{
    const struct pm_histogram_config config = PM_HISTOGRAM_CONFIG_INIT;

    ensure(pm_histogram_open(&writer->all, &config, NULL) == 0, "histogram");
    for (unsigned second = 0; second < writer->sample->seconds; second++)
        write_second(writer, engine, run, second);
    write_row(writer, engine, run);
    pm_histogram_close(writer->all);
}

void pm_sample_results_write(char *directory, size_t size, const struct pm_sample_results *sample)
{
    const char *const root = getenv("TMPDIR");
    struct writer writer = {.sample = sample};

    snprintf(directory, size, "%s/pm-sample-XXXXXX", root != NULL ? root : "/tmp");
    ensure(mkdtemp(directory) != NULL, directory);
    writer.document = open_in(directory, "result.json");
    writer.hlog = open_in(directory, "latency.hlog");
    writer.series = open_in(directory, "timeseries.csv");
    fprintf(writer.document, "{\"schema\": \"pacemark-result/1\", \"label\": \"%s\", \"rows\": [\n",
            sample->label);
    fprintf(writer.series,
            "scenario,instance,run,second,rows_due,p50_ns,p99_ns,max_ns,rows_visible,sent,"
            "read,published,state_bytes,memory_peak_bytes,memory_shared_bytes\n");
    ensure(pm_hlog_write_head(writer.hlog, NULL, START_WALL, NULL) == 0, "hlog");
    for (unsigned run = 1; run <= sample->runs; run++)
        for (unsigned i = 0; i < INSTANCES; i++)
            write_run(&writer, &engines[i], run);
    fprintf(writer.document, "]}\n");
    ensure(fclose(writer.document) == 0 && fclose(writer.hlog) == 0 && fclose(writer.series) == 0,
           directory);
}

void pm_sample_results_file(const char *directory, const char *name, const char *text)
{
    FILE *const stream = open_in(directory, name);

    fputs(text, stream);
    ensure(fclose(stream) == 0, name);
}

void pm_sample_results_remove(const char *directory)
{
    ensure(pm_publish_remove(directory, NULL) == 0, directory);
}
