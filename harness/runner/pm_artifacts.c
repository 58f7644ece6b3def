/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering what each run leaves, and handing it over as files. */
#include "pm_artifacts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "pm_hgrm.h"
#include "pm_hlog.h"
#include "pm_results_folder.h"

#define NS_AS_US 1e3 /* of percentile text: its three decimals are then exact to the nanosecond */

int pm_artifacts_open(struct pm_artifacts *out, struct pm_error *error)
{
    *out = (struct pm_artifacts){.opened_ns = pm_clock_ns()};
    out->hlog = open_memstream(&out->hlog_text, &out->hlog_size);
    if (out->hlog == NULL)
        return pm_error_set(error, PM_ENOMEM, "result: out of memory");
    pm_outbuf_add(&out->timeseries,
                  "scenario,instance,run,second,rows_due,p50_ns,p99_ns,max_ns,rows_visible,sent,"
                  "read,published,state_bytes,memory_peak_bytes,memory_shared_bytes,"
                  "generator_queued,source_queued,sink_queued,valid\n");
    return pm_hlog_write_head(out->hlog,
                              "latency in ns by origin, a tag an instance; '" PM_HLOG_INVALID "' "
                              "behind it: of a run that is invalid",
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

static void add_percentile(struct pm_outbuf *out, const struct pm_histogram *histogram,
                           double percentile)
{
    if (pm_histogram_supports(histogram, percentile))
        pm_outbuf_add(out, "%lld", (long long)pm_histogram_percentile(histogram, percentile));
    pm_outbuf_add(out, ",");
}

/* The latencies of an interval; a field is empty where no sample, or too few, were due in it. */
static void add_latency_fields(struct pm_outbuf *out, const struct pm_histogram *histogram)
{
    if (histogram == NULL) {
        pm_outbuf_add(out, "0,,,");
        return;
    }
    pm_outbuf_add(out, "%llu,", (unsigned long long)pm_histogram_count(histogram));
    add_percentile(out, histogram, 50.0);
    add_percentile(out, histogram, 99.0);
    pm_outbuf_add(out, "%lld", (long long)pm_histogram_max(histogram));
}

static void add_sample_fields(struct pm_outbuf *out, const struct pm_run *run, unsigned at)
{
    if (at >= run->samples) {
        pm_outbuf_add(out, ",,,,,,,,");
        return;
    }
    const struct pm_run_sample *const sample = &run->sample[at];
    pm_outbuf_add(out, "%llu,%llu,%llu,%llu,%lld,%lld", (unsigned long long)sample->sent,
                  (unsigned long long)sample->read, (unsigned long long)sample->published,
                  (unsigned long long)sample->state_bytes, (long long)sample->own_bytes,
                  (long long)sample->shared_bytes);
    for (unsigned i = 0; i < PM_CLIENTS; i++)
        if (sample->queued[i] < 0)
            pm_outbuf_add(out, ",");
        else
            pm_outbuf_add(out, ",%lld", (long long)sample->queued[i]);
}

static bool is_valid(const struct pm_row *row)
{
    return row->code == 0 && row->audit.reasons == 0;
}

static void add_timeseries(struct pm_artifacts *artifacts, const struct pm_run *run,
                           const struct pm_row *row)
{
    struct pm_outbuf *const out = &artifacts->timeseries;
    const struct pm_collection *const all = &run->collection;

    for (unsigned i = 0; i < all->intervals && all->interval != NULL; i++) {
        pm_outbuf_add(out, "%s,%s,%u,%g,", row->scenario, row->instance, row->run,
                      (double)(i * run->interval_ns) / 1e9);
        add_latency_fields(out, all->interval[i]);
        pm_outbuf_add(out, ",%llu,", (unsigned long long)all->visible[i]);
        add_sample_fields(out, run, i);
        pm_outbuf_add(out, ",%d\n", is_valid(row));
    }
}

static int add_hlog(struct pm_artifacts *artifacts, const struct pm_run *run,
                    const struct pm_row *row, struct pm_error *error)
{
    const struct pm_collection *const all = &run->collection;
    char tag[PM_OPTION_TEXT_SIZE];
    int code = 0;

    snprintf(tag, sizeof tag, "%s%s", row->instance, is_valid(row) ? "" : PM_HLOG_INVALID);
    for (unsigned i = 0; i < all->intervals && all->interval != NULL && code == 0; i++) {
        const struct pm_hlog_interval interval = {
            .tag = tag,
            .start_ns = run->start_ns - artifacts->opened_ns + i * run->interval_ns,
            .length_ns = run->interval_ns,
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
    const struct pm_histogram *const latency = run->collection.measure[PM_MEASURE_LATENCY];
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
    if (latency == NULL || (artifacts->has_valid[at] && !is_valid(row)))
        return 0;
    if (is_valid(row) && !artifacts->has_valid[at]) { /* what invalid runs showed gives way */
        artifacts->has_valid[at] = true;
        return pm_histogram_snapshot(artifacts->latency[at], latency, error);
    }
    return pm_histogram_merge(artifacts->latency[at], latency, error);
}

int pm_artifacts_add(struct pm_artifacts *artifacts, const struct pm_run *run,
                     const struct pm_row *row, struct pm_error *error)
{
    add_timeseries(artifacts, run, row);
    const int code = add_hlog(artifacts, run, row, error);
    return code != 0 ? code : merge_latency(artifacts, run, row, error);
}

int pm_artifacts_attach(struct pm_artifacts *artifacts, const char *prefix, const char *name,
                        const void *data, size_t size, struct pm_error *error)
{
    const unsigned count = artifacts->attachments;
    struct pm_artifact *const list =
        realloc(artifacts->attachment, (count + 1u) * sizeof *artifacts->attachment);

    if (list == NULL)
        return pm_error_set(error, PM_ENOMEM, "result: out of memory");
    artifacts->attachment = list;
    list[count] = (struct pm_artifact){.data = data, .size = size};
    snprintf(list[count].name, sizeof list[count].name, "%s.%s", prefix, name);
    artifacts->attachments++;
    return 0;
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
    snprintf(out->name, sizeof out->name, "%s%s.hgrm", artifacts->name[at],
             artifacts->has_valid[at] ? "" : ".invalid");
    const int code = pm_hgrm_write(stream, artifacts->latency[at], NS_AS_US, error);
    if (fclose(stream) != 0 && code == 0)
        return pm_error_set(error, PM_ENOMEM, "result: out of memory");
    return code;
}

static int publish_files(const struct pm_artifacts *artifacts, const struct hgrm *hgrm,
                         const struct pm_runner_config *config, const char *document,
                         const struct pm_outbuf *scenario_text, char *directory, size_t size,
                         struct pm_error *error)
{
    struct pm_results_file *const files =
        calloc(artifacts->instances + artifacts->attachments + 8u, sizeof *files);
    unsigned count = 0;

    if (files == NULL)
        return pm_error_set(error, PM_ENOMEM, "result: out of memory");
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
    for (unsigned i = 0; i < artifacts->attachments; i++)
        files[count++] =
            (struct pm_results_file){artifacts->attachment[i].name, artifacts->attachment[i].data,
                                     artifacts->attachment[i].size};
    const int code = pm_results_folder_publish(directory, size, config->results,
                                               config->scenario->name, files, count, error);
    free(files);
    return code;
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
    free(artifacts->attachment);
    pm_outbuf_close(&artifacts->timeseries);
    pm_outbuf_close(&artifacts->log);
    for (unsigned i = 0; i < artifacts->instances; i++)
        pm_histogram_close(artifacts->latency[i]);
    *artifacts = (struct pm_artifacts){0};
}
