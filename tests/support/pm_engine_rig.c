/* SPDX-License-Identifier: Apache-2.0 */
/* One engine run in this process: a source log, an output log, and what was committed to it. */
#include "pm_engine_rig.h"

#include "pm_log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FLUSH_TIME 4000000000000000000LL

struct rig {
    const struct pm_rig_config *config;
    const struct pm_engine_stats *stats;
    char root[64], in[80], out[80];
    struct pm_log_writer *writers[PM_RIG_PARTITIONS];
    size_t written[PM_RIG_PARTITIONS];
};

static size_t input_bytes(const struct pm_rig_config *config)
{
    size_t bytes = 1u << 16;

    for (unsigned p = 0; p < config->partitions; p++) {
        const struct pm_rig_partition *part = &config->partition[p];
        bytes += part->count * 160 + (part->bytes != NULL ? part->bytes->used : 0);
    }
    return bytes;
}

static int create_logs(struct rig *rig, struct pm_error *error)
{
    const struct pm_rig_config *config = rig->config;
    const struct pm_log_config in = {.partitions = config->partitions,
                                     .capacity = input_bytes(config),
                                     .durability = PM_DURABILITY_NONE,
                                     .run = 1};
    int code;

    snprintf(rig->root, sizeof rig->root, "/dev/shm/pm_rig_XXXXXX");
    if (mkdtemp(rig->root) == NULL)
        return pm_error_errno(error, PM_EIO, "mkdtemp");
    snprintf(rig->in, sizeof rig->in, "%s/in", rig->root);
    snprintf(rig->out, sizeof rig->out, "%s/out", rig->root);
    code = pm_log_create(rig->in, &in, error);
    for (unsigned p = 0; p < config->partitions && code == 0; p++)
        code = pm_log_writer_open(&rig->writers[p], rig->in, p, NULL, error);
    return code;
}

/* Write the records of partition @p p up to @p to; the flush record after the last. */
static int write_part(struct rig *rig, unsigned p, size_t to)
{
    const struct pm_rig_partition *part = &rig->config->partition[p];
    const struct pm_bytes none = {0};
    const struct pm_bytes *bytes = part->bytes != NULL ? part->bytes : &none;
    const uint32_t frame_rows = rig->config->frame_rows != 0 ? rig->config->frame_rows : 64;

    while (rig->written[p] < to) {
        const size_t from = rig->written[p];
        const uint32_t count = to - from < frame_rows ? (uint32_t)(to - from) : frame_rows;
        uint64_t extensions = 0;
        for (uint32_t i = 0; i < count; i++)
            extensions += pm_record_extension_bytes(&part->rows[from + i], bytes);
        int code = pm_log_begin(rig->writers[p], count, extensions);
        if (code != 0)
            return code;
        for (uint32_t i = 0; i < count; i++)
            pm_log_append(rig->writers[p], &part->rows[from + i], bytes);
        code = pm_log_publish(rig->writers[p], PM_LOG_RECORDS, 0);
        if (code != 0)
            return code;
        rig->written[p] += count;
    }
    return 0;
}

static int write_flush(struct rig *rig, unsigned p)
{
    const struct pm_record flush = {.event_time_ns = FLUSH_TIME,
                                    .id = pm_record_id(p, 0),
                                    .word = pm_record_word(0, PM_KIND_FLUSH)};
    const struct pm_bytes none = {0};
    const int code = pm_log_begin(rig->writers[p], 1, 0);

    if (code != 0)
        return code;
    pm_log_append(rig->writers[p], &flush, &none);
    return pm_log_publish(rig->writers[p], PM_LOG_RECORDS, 0);
}

static void await_rows(const struct rig *rig)
{
    const int64_t end_ns = pm_clock_ns() + 10 * PM_NS_PER_S;

    while (atomic_load(&rig->stats->rows_published) < rig->config->awaited_rows &&
           pm_clock_ns() < end_ns)
        pm_clock_sleep_until(pm_clock_ns() + PM_NS_PER_MS);
}

static int write_input(struct rig *rig, unsigned rounds)
{
    const struct pm_rig_config *config = rig->config;
    int code = 0;

    for (unsigned r = 1; r <= rounds && code == 0; r++) {
        if (r == rounds && rounds > 1)
            await_rows(rig);
        for (unsigned p = 0; p < config->partitions && code == 0; p++)
            code = write_part(rig, p, config->partition[p].count * r / rounds);
        if (r < rounds)
            pm_clock_sleep_until(pm_clock_ns() + 3 * PM_NS_PER_MS);
    }
    for (unsigned p = 0; p < config->partitions && code == 0; p++)
        code = write_flush(rig, p);
    return code;
}

/* --- the run ---------------------------------------------------------------------------------- */

int pm_rig_settings(const struct pm_engine_ops *ops, const char *const *settings, void *target,
                    struct pm_error *error)
{
    pm_option_defaults(ops->options, target);
    for (unsigned i = 0; settings != NULL && settings[i] != NULL; i++) {
        char name[64];
        const char *equals = strchr(settings[i], '=');
        snprintf(name, sizeof name, "%.*s", (int)(equals - settings[i]), settings[i]);
        const struct pm_option *option = pm_option_find(ops->options, name);
        if (option == NULL)
            continue; /* of another engine */
        const int code = pm_option_set(option, target, equals + 1, error);
        if (code != 0)
            return code;
    }
    return 0;
}

struct run {
    struct pm_engine *engine;
    struct pm_error *error;
    int code;
};

static void *run_engine(void *payload)
{
    struct run *run = payload;

    run->code = pm_engine_run(run->engine, run->error);
    return NULL;
}

static int run_job(struct rig *rig, struct pm_rig_result *result, const struct pm_engine_ops *ops,
                   const struct pm_job *job, struct pm_error *error)
{
    struct run run = {.error = error};
    pthread_t thread;
    int code = 0;

    if (rig->config->rounds == 0)
        code = write_input(rig, 1);
    if (code == 0)
        code = pm_engine_open(&run.engine, ops, job, &result->stats, error);
    if (code != 0)
        return code;
    pthread_create(&thread, NULL, run_engine, &run);
    if (rig->config->rounds != 0)
        code = write_input(rig, rig->config->rounds);
    result->last_written_ns = pm_clock_ns();
    pthread_join(thread, NULL);
    pm_engine_close(run.engine);
    return code != 0 ? code : run.code;
}

static void keep(struct pm_rig_result *result, const struct pm_record *row,
                 const struct pm_bytes *bytes, int64_t visible_ns)
{
    if (result->count == result->room) {
        result->room = result->room * 2 + 64;
        result->rows = realloc(result->rows, result->room * sizeof *result->rows);
    }
    struct pm_rig_row *kept = &result->rows[result->count++];
    *kept = (struct pm_rig_row){.record = *row, .visible_ns = visible_ns};
    const char *text = pm_record_text(row, bytes, &kept->text_size);
    kept->text = malloc(kept->text_size + 1);
    if (kept->text_size != 0)
        memcpy(kept->text, text, kept->text_size);
}

static int read_output(const struct rig *rig, struct pm_rig_result *result, struct pm_error *error)
{
    const struct pm_source_config config = {.place = rig->out};
    struct pm_source *source;
    struct pm_source_view view;
    int code = pm_source_log.open(&source, &config, error);

    if (code != 0)
        return code;
    for (unsigned p = 0; p < source->ops->partitions(source); p++) {
        while ((code = pm_source_poll(source, p, 256, &view)) == PM_SOURCE_DATA) {
            for (uint32_t i = 0; i < view.count; i++)
                keep(result, &view.rows[i], view.bytes, view.visible_ns);
        }
        if (code < 0)
            break;
    }
    source->ops->close(source);
    return code < 0 ? pm_error_set(error, code, "output log: %s", pm_error_name(code)) : 0;
}

int pm_rig_run(struct pm_rig_result *result, const struct pm_engine_ops *ops,
               const struct pm_rig_config *config, struct pm_error *error)
{
    struct rig rig = {.config = config, .stats = &result->stats};
    uint64_t settings[64];
    int code;

    memset(result, 0, sizeof *result);
    code = pm_rig_settings(ops, config->settings, settings, error);
    if (code == 0)
        code = create_logs(&rig, error);
    struct pm_job job = {
        .instance = ops->name,
        .plan = config->plan,
        .streams = config->streams,
        .source = &pm_source_log,
        .source_config = {.place = rig.in},
        .sink = &pm_sink_log,
        .sink_config = {.place = rig.out,
                        .run = 1,
                        .capacity = input_bytes(config) * 4 + (1u << 20)},
        .state = config->state,
        .parallelism = config->parallelism,
        .workers = config->workers,
        .wait = PM_WAIT_NAP,
        .settings = settings,
    };
    memcpy(job.stream, config->stream, sizeof job.stream);
    if (code == 0)
        code = run_job(&rig, result, ops, &job, error);
    if (code == 0)
        code = read_output(&rig, result, error);
    for (unsigned p = 0; p < config->partitions; p++)
        pm_log_writer_close(rig.writers[p]);
    pm_publish_remove(rig.root, NULL);
    return code;
}

/* --- comparing -------------------------------------------------------------------------------- */

static int compare_rows(const void *a, const void *b)
{
    const struct pm_rig_row *x = a, *y = b;
    const uint64_t left[] = {pm_record_stream(&x->record), x->record.key,
                             (uint64_t)x->record.event_time_ns, x->record.id};
    const uint64_t right[] = {pm_record_stream(&y->record), y->record.key,
                              (uint64_t)y->record.event_time_ns, y->record.id};

    for (unsigned i = 0; i < 4; i++) {
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    }
    const int payload = memcmp(x->record.payload, y->record.payload, sizeof x->record.payload);
    if (payload != 0)
        return payload;
    if (x->text_size != y->text_size)
        return x->text_size < y->text_size ? -1 : 1;
    return memcmp(x->text, y->text, x->text_size);
}

void pm_rig_sort(struct pm_rig_result *result)
{
    if (result->count != 0)
        qsort(result->rows, result->count, sizeof *result->rows, compare_rows);
}

bool pm_rig_equal(const struct pm_rig_result *a, const struct pm_rig_result *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (compare_rows(&a->rows[i], &b->rows[i]) != 0)
            return false;
    }
    return true;
}

void pm_rig_result_close(struct pm_rig_result *result)
{
    for (size_t i = 0; i < result->count; i++)
        free(result->rows[i].text);
    free(result->rows);
    *result = (struct pm_rig_result){0};
}
