/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering what each run leaves, and handing it over as files. */
#include "pm_artifacts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "pm_hgrm.h"
#include "pm_hlog.h"
#include "pm_results_folder.h"

#define NS_AS_MS 1e6

int pm_artifacts_open(struct pm_artifacts *out, struct pm_error *error)
{
    *out = (struct pm_artifacts){.opened_ns = pm_clock_ns()};
    out->hlog = open_memstream(&out->hlog_text, &out->hlog_size);
    if (out->hlog == NULL)
        return pm_error_set(error, PM_ENOMEM, "result: out of memory");
    pm_outbuf_add(&out->timeseries,
                  "scenario,instance,run,second,rows_due,p50_ns,p99_ns,max_ns,rows_visible,sent,"
                  "read,published,state_bytes,memory_peak_bytes,memory_shared_bytes\n");
    return pm_hlog_write_head(out->hlog, "latency in ns by origin, a tag an instance",
                              pm_clock_wall_ns(), error);
}

void pm_artifacts_note(struct pm_artifacts *artifacts, const char *format, ...)
{
    char line[512];
    va_list values;

    va_start(values, format);
    vsnprintf(line, sizeof line, format, values);
    va_end(values);
    pm_outbuf_add(&artifacts->log, "%9.3f s  %s\n",
                  (double)(pm_clock_ns() - artifacts->opened_ns) / 1e9, line);
}

/* The latencies of an interval, or empty fields: no sample was due in it. */
static void add_latency_fields(struct pm_outbuf *out, const struct pm_histogram *histogram)
{
    if (histogram == NULL)
        pm_outbuf_add(out, "0,,,");
    else
        pm_outbuf_add(out, "%llu,%lld,%lld,%lld", (unsigned long long)pm_histogram_count(histogram),
                      (long long)pm_histogram_percentile(histogram, 50.0),
                      (long long)pm_histogram_percentile(histogram, 99.0),
                      (long long)pm_histogram_max(histogram));
}

static void add_sample_fields(struct pm_outbuf *out, const struct pm_run *run, unsigned second)
{
    if (second >= run->samples) {
        pm_outbuf_add(out, ",,,,,\n");
        return;
    }
    const struct pm_run_sample *const sample = &run->sample[second];
    pm_outbuf_add(out, "%llu,%llu,%llu,%llu,%lld,%lld\n", (unsigned long long)sample->sent,
                  (unsigned long long)sample->read, (unsigned long long)sample->published,
                  (unsigned long long)sample->state_bytes, (long long)sample->own_bytes,
                  (long long)sample->shared_bytes);
}

static void add_timeseries(struct pm_artifacts *artifacts, const struct pm_run *run,
                           const struct pm_row *row)
{
    struct pm_outbuf *const out = &artifacts->timeseries;
    const struct pm_collection *const all = &run->collection;

    for (unsigned i = 0; i < all->intervals && all->interval != NULL; i++) {
        pm_outbuf_add(out, "%s,%s,%u,%u,", row->scenario, row->instance, row->run, i);
        add_latency_fields(out, all->interval[i]);
        pm_outbuf_add(out, ",%llu,", (unsigned long long)all->visible[i]);
        add_sample_fields(out, run, i);
    }
}

static int add_hlog(struct pm_artifacts *artifacts, const struct pm_run *run,
                    const struct pm_row *row, struct pm_error *error)
{
    const struct pm_collection *const all = &run->collection;
    int code = 0;

    for (unsigned i = 0; i < all->intervals && all->interval != NULL && code == 0; i++) {
        const struct pm_hlog_interval interval = {
            .tag = row->instance,
            .start_ns = run->start_ns - artifacts->opened_ns + i * PM_RUN_INTERVAL_NS,
            .length_ns = PM_RUN_INTERVAL_NS,
            .histogram = all->interval[i],
        };

        if (interval.histogram != NULL)
            code = pm_hlog_write(artifacts->hlog, &interval, error);
    }
    return code;
}

static int merge_latency(struct pm_artifacts *artifacts, const struct pm_run *run,
                         const struct pm_row *row, struct pm_error *error)
{
    const struct pm_histogram_config layout = PM_HISTOGRAM_CONFIG_INIT;
    unsigned at = 0;

    while (at < artifacts->instances && strcmp(artifacts->name[at], row->instance) != 0)
        at++;
    if (at == artifacts->instances) {
        const int code = pm_histogram_open(&artifacts->latency[at], &layout, error);

        if (code != 0)
            return code;
        artifacts->name[at] = row->instance;
        artifacts->instances++;
    }
    if (run->collection.measure[PM_MEASURE_LATENCY] == NULL)
        return 0;
    return pm_histogram_merge(artifacts->latency[at], run->collection.measure[PM_MEASURE_LATENCY],
                              error);
}

int pm_artifacts_add(struct pm_artifacts *artifacts, const struct pm_run *run,
                     const struct pm_row *row, struct pm_error *error)
{
    add_timeseries(artifacts, run, row);
    const int code = add_hlog(artifacts, run, row, error);
    return code != 0 ? code : merge_latency(artifacts, run, row, error);
}

/* --- handing over ---------------------------------------------------------------------------- */

struct hgrm {
    char name[PM_OPTION_TEXT_SIZE];
    char *text;
    size_t size;
};

static int write_hgrm(struct hgrm *out, const struct pm_artifacts *artifacts, unsigned at,
                      struct pm_error *error)
{
    FILE *const stream = open_memstream(&out->text, &out->size);

    if (stream == NULL)
        return pm_error_set(error, PM_ENOMEM, "result: out of memory");
    snprintf(out->name, sizeof out->name, "%s.hgrm", artifacts->name[at]);
    const int code = pm_hgrm_write(stream, artifacts->latency[at], NS_AS_MS, error);
    if (fclose(stream) != 0 && code == 0)
        return pm_error_set(error, PM_ENOMEM, "result: out of memory");
    return code;
}

static int publish_files(const struct pm_artifacts *artifacts, const struct hgrm *hgrm,
                         const struct pm_runner_config *config, const char *document,
                         const struct pm_outbuf *scenario_text, char *directory, size_t size,
                         struct pm_error *error)
{
    struct pm_results_file files[PM_INSTANCES_MAX + 8u];
    unsigned count = 0;

    files[count++] = (struct pm_results_file){"result.json", document, strlen(document)};
    files[count++] = (struct pm_results_file){"timeseries.csv", artifacts->timeseries.text,
                                              artifacts->timeseries.used};
    files[count++] =
        (struct pm_results_file){"latency.hlog", artifacts->hlog_text, artifacts->hlog_size};
    files[count++] =
        (struct pm_results_file){"scenario.yaml", scenario_text->text, scenario_text->used};
    files[count++] = (struct pm_results_file){"log.txt", artifacts->log.text, artifacts->log.used};
    for (unsigned i = 0; i < artifacts->instances; i++)
        files[count++] = (struct pm_results_file){hgrm[i].name, hgrm[i].text, hgrm[i].size};
    return pm_results_folder_publish(directory, size, config->results, config->scenario->name,
                                     files, count, error);
}

int pm_artifacts_publish(struct pm_artifacts *artifacts, const struct pm_runner_config *config,
                         const char *document, const struct pm_outbuf *scenario_text,
                         char *directory, size_t size, struct pm_error *error)
{
    struct hgrm hgrm[PM_INSTANCES_MAX + 1u] = {{.text = NULL}};
    int code = 0;

    if (fflush(artifacts->hlog) != 0 || artifacts->timeseries.failed || artifacts->log.failed)
        code = pm_error_set(error, PM_ENOMEM, "result: out of memory");
    for (unsigned i = 0; i < artifacts->instances && code == 0; i++)
        code = write_hgrm(&hgrm[i], artifacts, i, error);
    if (code == 0)
        code =
            publish_files(artifacts, hgrm, config, document, scenario_text, directory, size, error);
    for (unsigned i = 0; i < artifacts->instances; i++)
        free(hgrm[i].text);
    return code;
}

void pm_artifacts_close(struct pm_artifacts *artifacts)
{
    if (artifacts->hlog != NULL)
        fclose(artifacts->hlog);
    free(artifacts->hlog_text);
    pm_outbuf_close(&artifacts->timeseries);
    pm_outbuf_close(&artifacts->log);
    for (unsigned i = 0; i < artifacts->instances; i++)
        pm_histogram_close(artifacts->latency[i]);
    *artifacts = (struct pm_artifacts){0};
}
