/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the committed rows: origin, samples, intervals, oracle. */
#include "pm_collector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_decode.h"
#include "pm_text.h"

#define SETTLED_RUN  3   /* intervals in a row */
#define SETTLED_P99  0.5 /* how far their p99 may lie from the mean of the three */
#define SETTLED_RATE 0.2 /* and the records read in them */

struct pm_collector {
    struct pm_collector_config config;
    unsigned outputs;
    struct pm_plan_output_info info[PM_PLAN_OUTPUTS_MAX];
    struct pm_oracle_check *check;
    uint8_t **seen; /* without a plan: one bit a record of each partition */
    bool failed;    /* memory ran out */
    struct pm_collection all;
};

static const struct pm_histogram_config layout = PM_HISTOGRAM_CONFIG_INIT;

static int open_seen(struct pm_collector *collector)
{
    const struct pm_input *const input = collector->config.input;

    collector->seen = calloc(input->partitions, sizeof *collector->seen);
    if (collector->seen == NULL)
        return PM_ENOMEM;
    for (unsigned i = 0; i < input->partitions; i++) {
        collector->seen[i] = calloc(input->partition[i].count / 8 + 1, 1);
        if (collector->seen[i] == NULL)
            return PM_ENOMEM;
    }
    return 0;
}

static void free_seen(struct pm_collector *collector)
{
    for (unsigned i = 0; collector->seen != NULL && i < collector->config.input->partitions; i++)
        free(collector->seen[i]);
    free(collector->seen);
}

static int open_parts(struct pm_collector *collector)
{
    struct pm_collection *const all = &collector->all;

    for (unsigned i = 0; i < PM_MEASURES; i++)
        if (pm_histogram_open(&all->measure[i], &layout, NULL) != 0)
            return PM_ENOMEM;
    all->interval = calloc(all->intervals, sizeof(struct pm_histogram *));
    all->visible = calloc(all->intervals, sizeof *all->visible);
    if (all->interval == NULL || all->visible == NULL)
        return PM_ENOMEM;
    if (collector->config.plan == NULL) {
        all->checked = true;
        all->verdict.expected = collector->config.input->records;
        all->verdict.lost = collector->config.input->records;
        return open_seen(collector);
    }
    if (collector->config.oracle == NULL)
        return 0;
    all->checked = true;
    return pm_oracle_check_open(&collector->check, collector->config.oracle);
}

int pm_collector_open(struct pm_collector **out, const struct pm_collector_config *config,
                      struct pm_error *error)
{
    struct pm_collector *const collector = calloc(1, sizeof *collector);
    struct pm_collection unused;

    if (collector == NULL)
        return pm_error_set(error, PM_ENOMEM, "collector: out of memory");
    collector->config = *config;
    collector->all.intervals = config->intervals;
    if (config->plan != NULL) {
        collector->outputs = pm_plan_outputs(config->plan);
        for (unsigned i = 0; i < collector->outputs; i++)
            pm_plan_output_info(config->plan, i, &collector->info[i]);
    }
    if (open_parts(collector) != 0) {
        pm_collector_close(collector, &unused, NULL);
        pm_collection_close(&unused);
        return pm_error_set(error, PM_ENOMEM, "collector: out of memory");
    }
    *out = collector;
    return 0;
}

static unsigned interval_of(const struct pm_collector *collector, int64_t since_start_ns)
{
    const int64_t at = since_start_ns < 0 ? 0 : since_start_ns / collector->config.interval_ns;

    return at < collector->all.intervals ? (unsigned)at : collector->all.intervals - 1;
}

static int record_interval(struct pm_collector *collector, int64_t origin_ns, int64_t latency_ns)
{
    struct pm_histogram **const at = &collector->all.interval[interval_of(collector, origin_ns)];

    if (*at == NULL && pm_histogram_open(at, &layout, NULL) != 0)
        return PM_ENOMEM;
    pm_histogram_record(*at, latency_ns);
    return 0;
}

/* Where a row's latency begins, from the schedule's start. */
enum origin { ORIGIN_KNOWN, ORIGIN_FLUSH, ORIGIN_ALIEN };

static enum origin origin_of(const struct pm_collector *collector, const struct pm_record *row,
                             const struct pm_plan_output_info *info, int64_t *origin_ns)
{
    int64_t mark_ns = 0;

    if (info == NULL || info->on_arrival)
        return pm_input_due(collector->config.input, row->id, origin_ns) ? ORIGIN_KNOWN
                                                                         : ORIGIN_ALIEN;
    /* A point in time t counts as the end t + 1. */
    if (__builtin_add_overflow(row->event_time_ns, 1 + info->closing_lag_ns, &mark_ns))
        mark_ns = INT64_MAX;
    return pm_closing_due(&collector->config.input->closing, info->streams, mark_ns, origin_ns)
               ? ORIGIN_KNOWN
               : ORIGIN_FLUSH;
}

/* An input's effect on an update output. */
static void take_effect(void *payload, uint64_t id, int64_t visible_ns)
{
    struct pm_collector *const collector = payload;
    struct pm_collection *const all = &collector->all;
    const int64_t since_start_ns = visible_ns - collector->config.start_ns;
    int64_t due_ns = 0;

    if (!collector->config.sampled || !pm_input_due(collector->config.input, id, &due_ns))
        return;
    if (since_start_ns < due_ns) {
        all->update_early++;
        return;
    }
    if (due_ns < collector->config.warmup_ns) {
        all->update_warmup++;
        return;
    }
    all->update_samples++;
    pm_histogram_record(all->measure[PM_MEASURE_LATENCY], since_start_ns - due_ns);
    collector->failed |= record_interval(collector, due_ns, since_start_ns - due_ns) != 0;
}

/* The stages between the reading of what fired the row and its visibility. */
static void record_stages(struct pm_collector *collector, const struct pm_committed *committed)
{
    struct pm_histogram *const *const measure = collector->all.measure;
    const int64_t read_ns = committed->row->stamp_ns;

    pm_histogram_record(measure[PM_MEASURE_SERVICE], committed->visible_ns - read_ns);
    if (committed->written_ns == 0)
        return;
    pm_histogram_record(measure[PM_MEASURE_READ_TO_EMIT], committed->written_ns - read_ns);
    pm_histogram_record(measure[PM_MEASURE_EMIT_TO_VISIBLE],
                        committed->visible_ns - committed->written_ns);
}

static void record_measures(struct pm_collector *collector, const struct pm_committed *committed,
                            const struct pm_plan_output_info *info, int64_t origin_ns)
{
    const struct pm_collector_config *const config = &collector->config;
    const struct pm_record *const row = committed->row;
    const int64_t visible_ns = committed->visible_ns;
    struct pm_histogram *const *const measure = collector->all.measure;

    pm_histogram_record(measure[PM_MEASURE_LATENCY], visible_ns - origin_ns);
    record_stages(collector, committed);
    pm_histogram_record(measure[PM_MEASURE_DUE_TO_READ], row->stamp_ns - origin_ns);
    if (info != NULL && !info->on_arrival && config->time_scale != 0) {
        const int64_t end_ns = row->event_time_ns + 1 - config->start_time_ns;

        pm_histogram_record(measure[PM_MEASURE_EVENT_TIME],
                            visible_ns - config->start_ns - end_ns / config->time_scale);
    }
}

/* The stages of the newest input that the row includes. */
static void take_update(struct pm_collector *collector, const struct pm_committed *committed)
{
    const struct pm_record *const row = committed->row;
    const struct pm_collector_config *const config = &collector->config;
    struct pm_histogram *const *const measure = collector->all.measure;
    int64_t due_ns = 0;

    collector->all.update_rows++;
    if (!config->sampled || pm_record_deletes(row) ||
        !pm_input_due(config->input, row->id, &due_ns) || due_ns < config->warmup_ns ||
        committed->visible_ns < config->start_ns + due_ns)
        return;
    record_stages(collector, committed);
    pm_histogram_record(measure[PM_MEASURE_DUE_TO_READ], row->stamp_ns - config->start_ns - due_ns);
}

static int sample(struct pm_collector *collector, const struct pm_committed *committed,
                  const struct pm_plan_output_info *info)
{
    const struct pm_record *const row = committed->row;
    const int64_t visible_ns = committed->visible_ns;
    const int64_t start_ns = collector->config.start_ns;
    struct pm_collection *const all = &collector->all;
    int64_t origin_ns = 0;

    if (pm_record_deletes(row) || (info != NULL && info->updates)) {
        take_update(collector, committed);
        return 0;
    }
    switch (origin_of(collector, row, info, &origin_ns)) {
    case ORIGIN_FLUSH:
        all->flush_rows++;
        return 0;
    case ORIGIN_ALIEN:
        all->alien_rows++;
        return 0;
    case ORIGIN_KNOWN:
        break;
    }
    if (!collector->config.sampled)
        return 0;
    if (visible_ns < start_ns + origin_ns) {
        all->early_rows++;
        return 0;
    }
    if (origin_ns < collector->config.warmup_ns) {
        all->warmup_rows++;
        return 0;
    }
    all->sampled++;
    record_measures(collector, committed, info, start_ns + origin_ns);
    return record_interval(collector, origin_ns, visible_ns - start_ns - origin_ns);
}

/* Without a plan every record comes once, as it was. */
static void check_passed_on(struct pm_collector *collector, const struct pm_record *row)
{
    struct pm_oracle_verdict *const verdict = &collector->all.verdict;
    int64_t due_ns = 0;

    if (!pm_input_due(collector->config.input, row->id, &due_ns)) {
        verdict->wrong++;
        return;
    }

    uint8_t *const byte = &collector->seen[pm_record_partition(row)][pm_record_sequence(row) / 8];
    const uint8_t bit = (uint8_t)(1u << pm_record_sequence(row) % 8);
    const uint64_t id = row->id;

    verdict->duplicated += (*byte & bit) != 0 ? 1u : 0u;
    verdict->lost -= (*byte & bit) == 0 ? 1u : 0u;
    *byte |= bit;
    pm_digest_add(&verdict->digest, &id, sizeof id);
}

/* Keep the dead letter when it is of one of the first lines; writers come one after the other. */
static void show_dead_letter(struct pm_dead_letters *shown, const struct pm_record *row,
                             const struct pm_bytes *bytes)
{
    const uint64_t line = row->payload[1];
    uint32_t size = 0;
    const char *const text = pm_record_text(row, bytes, &size);
    char copy[PM_DEAD_LETTER_SIZE];
    unsigned at = shown->count;

    while (at > 0 && shown->line[at - 1] > line)
        at--;
    if (at == PM_DEAD_LETTERS_SHOWN)
        return;
    shown->count += shown->count < PM_DEAD_LETTERS_SHOWN ? 1u : 0u;
    memmove(&shown->line[at + 1], &shown->line[at],
            (shown->count - 1 - at) * sizeof shown->line[0]);
    memmove(&shown->text[at + 1], &shown->text[at],
            (shown->count - 1 - at) * sizeof shown->text[0]);
    shown->line[at] = line;
    snprintf(copy, sizeof copy, "line %llu: %s: %.*s", (unsigned long long)line,
             pm_codec_fault_name((enum pm_codec_fault)row->payload[0]),
             text != NULL ? (int)(size < 80 ? size : 80) : 0, text != NULL ? text : "");
    pm_text_printable(shown->text[at], sizeof shown->text[at], copy);
}

int pm_collector_row(void *payload, const struct pm_committed *committed)
{
    const struct pm_record *const row = committed->row;
    const int64_t visible_ns = committed->visible_ns;
    struct pm_collector *const collector = payload;
    struct pm_collection *const all = &collector->all;
    const unsigned output = pm_record_stream(row);

    all->rows++;
    if (all->first_visible_ns == 0 || visible_ns < all->first_visible_ns)
        all->first_visible_ns = visible_ns;
    if (visible_ns > all->last_visible_ns)
        all->last_visible_ns = visible_ns;
    all->visible[interval_of(collector, visible_ns - collector->config.start_ns)]++;
    if (collector->config.plan == NULL) {
        check_passed_on(collector, row);
        return sample(collector, committed, NULL);
    }
    if (collector->check != NULL)
        pm_oracle_check_row(collector->check, row, committed->bytes, visible_ns);
    if (output >= collector->outputs) {
        all->alien_rows++;
        return 0;
    }
    all->output_rows[output]++;
    if (strcmp(collector->info[output].schema->name, pm_dead_letter_schema.name) == 0)
        show_dead_letter(&all->dead_letters, row, committed->bytes);
    return sample(collector, committed, &collector->info[output]);
}

static int judge(struct pm_collector *collector, struct pm_error *error)
{
    struct pm_collection *const all = &collector->all;
    struct pm_oracle_verdict *const verdict = &all->verdict;
    int code = 0;

    if (collector->check != NULL) {
        pm_oracle_check_effects(collector->check, take_effect, collector);
        code = pm_oracle_check_close(collector->check, verdict);
    } else if (collector->seen != NULL) {
        code = verdict->lost + verdict->duplicated + verdict->wrong != 0 ? PM_EWRONG : 0;
    }
    if (code == PM_ENOMEM || collector->failed)
        return pm_error_set(error, PM_ENOMEM, "collector: out of memory");
    const uint64_t early = all->early_rows + all->update_early;
    if (code == 0 && early + all->alien_rows == 0)
        return 0;
    return pm_error_set(error, PM_EWRONG,
                        "output differs: %llu lost, %llu duplicated, %llu wrong, %llu visible "
                        "before their cause, %llu of no known input; %.100s",
                        (unsigned long long)verdict->lost, (unsigned long long)verdict->duplicated,
                        (unsigned long long)verdict->wrong, (unsigned long long)early,
                        (unsigned long long)all->alien_rows,
                        verdict->examples != 0 ? verdict->example[0] : "no example");
}

int pm_collector_close(struct pm_collector *collector, struct pm_collection *out,
                       struct pm_error *error)
{
    const int code = judge(collector, error);

    free_seen(collector);
    *out = collector->all;
    free(collector);
    return code;
}

void pm_collection_close(struct pm_collection *collection)
{
    for (unsigned i = 0; i < PM_MEASURES; i++)
        pm_histogram_close(collection->measure[i]);
    for (unsigned i = 0; collection->interval != NULL && i < collection->intervals; i++)
        pm_histogram_close(collection->interval[i]);
    free(collection->interval);
    free(collection->visible);
    *collection = (struct pm_collection){0};
}

static bool within(double value, double mean, double share)
{
    return value >= mean * (1.0 - share) && value <= mean * (1.0 + share);
}

static bool all_within(const double values[SETTLED_RUN], double share)
{
    double mean = 0.0;

    for (unsigned i = 0; i < SETTLED_RUN; i++)
        mean += values[i] / SETTLED_RUN;
    for (unsigned i = 0; i < SETTLED_RUN; i++)
        if (!within(values[i], mean, share))
            return false;
    return true;
}

/* The next intervals with samples, from @p first on; false when there are not enough. */
static bool find_intervals(const struct pm_collection *collection, unsigned first,
                           unsigned found[SETTLED_RUN])
{
    unsigned count = 0;

    for (unsigned i = first; i < collection->intervals && count < SETTLED_RUN; i++)
        if (collection->interval[i] != NULL)
            found[count++] = i;
    return count == SETTLED_RUN;
}

static bool agree(const struct pm_collection *collection, const unsigned at[SETTLED_RUN],
                  const uint64_t *read)
{
    double p99[SETTLED_RUN];
    double rate[SETTLED_RUN];

    for (unsigned i = 0; i < SETTLED_RUN; i++) {
        p99[i] = (double)pm_histogram_percentile(collection->interval[at[i]], 99.0);
        rate[i] = read != NULL ? (double)read[at[i]] : 1.0;
    }
    return all_within(p99, SETTLED_P99) && all_within(rate, SETTLED_RATE);
}

int pm_collection_settled(const struct pm_collection *collection, const uint64_t *read)
{
    unsigned at[SETTLED_RUN];

    for (unsigned i = 0; i < collection->intervals / 2; i++)
        if (collection->interval[i] != NULL && find_intervals(collection, i, at) &&
            agree(collection, at, read))
            return (int)i;
    return -1;
}
