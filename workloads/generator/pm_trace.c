/* SPDX-License-Identifier: Apache-2.0 */
/* One pass makes an index of times and due times; a second one hands the records out. */
#include "pm_trace.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "pm_clock.h"
#include "pm_codec.h"
#include "pm_hash.h"
#include "pm_text.h"
#include "pm_trace_merge.h"
#include "pm_trace_reader.h"

#define GAP_NS     PM_NS_PER_S /* of wall time; a longer wait shows nothing more */
#define FASTER_MAX 1000000000

struct entry {
    int64_t time_ns;
    int64_t due_ns;
};

struct pm_trace {
    struct pm_trace_config config;
    struct pm_trace_reader *reader; /* without a map */
    struct pm_trace_merge *merge;   /* with one */
    struct entry *entry;            /* one a record */
    uint64_t room;
    uint64_t read;
    int64_t high_ns;
    int64_t end_ns;
    struct pm_trace_stats stats;
};

int pm_trace_set_pace(struct pm_trace_config *config, const char *text, struct pm_error *error)
{
    static const char *const words[] = {"fit", "max", "trace"};
    const size_t size = strlen(text);
    char digits[32];
    char shown[32];

    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i]) == 0) {
            config->pace = (enum pm_trace_pace)i;
            return 0;
        }
    }
    if (size > 1 && size < sizeof digits && text[size - 1] == 'x') {
        memcpy(digits, text, size - 1);
        digits[size - 1] = '\0';
        config->pace = PM_TRACE_FASTER;
        if (pm_text_parse(&config->faster, digits, PM_UNIT_COUNT, NULL) == 0 &&
            config->faster >= 1 && config->faster <= FASTER_MAX)
            return 0;
    }
    return pm_error_set(error, PM_EINPUT,
                        "pace: %s: expected trace, a factor such as 60x, fit or max",
                        pm_text_printable(shown, sizeof shown, text));
}

/* --- the first pass --------------------------------------------------------------------------- */

static bool has_map(const struct pm_trace *trace)
{
    return trace->config.file[0].map != NULL;
}

static int start_reading(struct pm_trace *trace, struct pm_error *error)
{
    const struct pm_trace_config *config = &trace->config;

    return has_map(trace) ? pm_trace_merge_open(&trace->merge, config->file, config->files, error)
                          : pm_trace_reader_open(&trace->reader, config->file[0].path, 0, error);
}

static void stop_reading(struct pm_trace *trace)
{
    pm_trace_reader_close(trace->reader);
    pm_trace_merge_close(trace->merge);
    trace->reader = NULL;
    trace->merge = NULL;
}

static int add_entry(struct pm_trace *trace, int64_t time_ns, struct pm_error *error)
{
    const uint64_t records = trace->stats.all.records;

    if (records == trace->room) {
        const uint64_t room = trace->room != 0 ? trace->room * 2 : 1024;
        struct entry *entry = realloc(trace->entry, room * sizeof *entry);
        if (entry == NULL)
            return pm_error_set(error, PM_ENOMEM, "trace: out of memory at record %llu",
                                (unsigned long long)records);
        trace->entry = entry;
        trace->room = room;
    }
    trace->entry[records] = (struct entry){.time_ns = time_ns};
    trace->stats.all.records++;
    return 0;
}

/* Reads every line's time; records before the first readable one get that one's. */
static int read_lines(struct pm_trace *trace, struct pm_error *error)
{
    struct pm_trace_counts *counts = &trace->stats.all;
    int64_t time_ns = PM_TIME_MIN;
    uint64_t unknown = 0;
    struct pm_trace_row row;
    struct pm_clf clf;
    char shown[100];
    int rc;

    while ((rc = pm_trace_reader_next(trace->reader, &row, error)) == 1) {
        if (row.size <= PM_CODEC_TEXT_MAX && pm_clf_parse(row.text, row.size, &clf) == PM_CODEC_OK)
            time_ns = clf.time_ns;
        unknown += time_ns == PM_TIME_MIN ? 1 : 0;
        if ((rc = add_entry(trace, time_ns, error)) != 0)
            break;
    }
    if (rc != 0)
        return rc;
    if (unknown == counts->records)
        return pm_error_set(error, PM_EINPUT,
                            "trace %s: no line of Combined Log Format among %llu: CSV and JSON "
                            "need a mapping file: --map",
                            pm_text_printable(shown, sizeof shown, trace->config.file[0].path),
                            (unsigned long long)counts->records);
    for (uint64_t i = 0; i < unknown; i++)
        trace->entry[i].time_ns = trace->entry[unknown].time_ns;
    counts->rows = counts->records;
    trace->stats.file[0] = *counts;
    return 0;
}

/* The first dead letter of each file says why, where it holds no record. */
struct letters {
    struct pm_trace_outcome first[PM_TRACE_FILES_MAX];
};

static void count_row(struct pm_trace_counts *counts, const struct pm_trace_outcome *outcome,
                      struct pm_trace_outcome *first)
{
    counts->rows++;
    if (outcome->fate == PM_TRACE_RECORD)
        counts->records++;
    if (outcome->fate == PM_TRACE_DROPPED)
        counts->dropped++;
    if (outcome->fate == PM_TRACE_DEAD && counts->dead++ == 0) {
        counts->first_dead_line = outcome->row.line;
        *first = *outcome;
    }
}

static int refuse_rows(const struct pm_trace *trace, unsigned number,
                       const struct pm_trace_outcome *first, struct pm_error *error)
{
    const struct pm_trace_counts *counts = &trace->stats.file[number];
    char shown[100];

    pm_text_printable(shown, sizeof shown, trace->config.file[number].path);
    if (counts->dead == 0)
        return pm_error_set(error, PM_EINPUT, "trace %s: no record: %llu rows, all dropped", shown,
                            (unsigned long long)counts->rows);
    return pm_error_set(
        error, PM_EINPUT, "trace %s:%llu: no record among %llu rows: %s: %s", shown,
        (unsigned long long)counts->first_dead_line, (unsigned long long)counts->rows,
        first->field != NULL ? first->field : "the row", pm_codec_fault_name(first->fault));
}

/* Adds up the files' counts; each must hold a record. */
static int sum_up(struct pm_trace *trace, const struct letters *letters, struct pm_error *error)
{
    struct pm_trace_counts *all = &trace->stats.all;

    for (unsigned i = 0; i < trace->config.files; i++) {
        const struct pm_trace_counts *counts = &trace->stats.file[i];
        if (counts->records == 0)
            return refuse_rows(trace, i, &letters->first[i], error);
        all->rows += counts->rows;
        all->dropped += counts->dropped;
        all->dead += counts->dead;
        if (all->first_dead_line == 0)
            all->first_dead_line = counts->first_dead_line;
    }
    return 0;
}

static int read_rows(struct pm_trace *trace, struct pm_error *error)
{
    struct letters letters = {0};
    struct pm_trace_outcome outcome;
    struct pm_bytes bytes = {0};
    struct pm_record record;
    unsigned number = 0;
    int rc;

    while ((rc = pm_trace_merge_next(trace->merge, &outcome, &number, &record, &bytes, error)) ==
           1) {
        bytes.used = 0;
        count_row(&trace->stats.file[number], &outcome, &letters.first[number]);
        if (outcome.fate == PM_TRACE_RECORD &&
            (rc = add_entry(trace, record.event_time_ns, error)) != 0)
            break;
    }
    pm_bytes_close(&bytes);
    return rc == 0 ? sum_up(trace, &letters, error) : rc;
}

/* --- due times -------------------------------------------------------------------------------- */

static void measure_times(struct pm_trace *trace)
{
    static const int64_t stamps[] = {86400 * PM_NS_PER_S,
                                     3600 * PM_NS_PER_S,
                                     60 * PM_NS_PER_S,
                                     PM_NS_PER_S,
                                     PM_NS_PER_MS,
                                     1000,
                                     1};
    struct pm_trace_stats *stats = &trace->stats;
    unsigned stamp = has_map(trace) ? 0 : 3;
    int64_t high_ns = INT64_MIN;

    stats->first_ns = trace->entry[0].time_ns;
    for (uint64_t i = 0; i < stats->all.records; i++) {
        const int64_t time_ns = trace->entry[i].time_ns;
        while (time_ns % stamps[stamp] != 0)
            stamp++;
        high_ns = time_ns > high_ns ? time_ns : high_ns;
        stats->first_ns = time_ns < stats->first_ns ? time_ns : stats->first_ns;
        stats->step_back_ns =
            high_ns - time_ns > stats->step_back_ns ? high_ns - time_ns : stats->step_back_ns;
    }
    stats->last_ns = high_ns;
    stats->stamp_ns = stamps[stamp];
}

/* Wall time from the first record's time on that @p since_ns of the trace's time take. */
static int64_t wall_time(const struct pm_trace *trace, int64_t since_ns)
{
    const struct pm_trace_config *config = &trace->config;
    const int64_t span_ns = trace->stats.last_ns - trace->entry[0].time_ns + trace->stats.stamp_ns;

    switch (config->pace) {
    case PM_TRACE_FIT:
        return (int64_t)((__int128)since_ns * config->fit_ns / span_ns);
    case PM_TRACE_MAX:
        return 0;
    case PM_TRACE_FASTER:
        return since_ns / config->faster;
    default:
        return since_ns;
    }
}

/* Of the records from @p i on those whose running maximum is the first one's time. */
static uint64_t end_of_group(const struct pm_trace *trace, uint64_t i)
{
    const int64_t high_ns = trace->entry[i].time_ns;

    while (i < trace->stats.all.records && trace->entry[i].time_ns <= high_ns)
        i++;
    return i;
}

static void set_due_times(struct pm_trace *trace)
{
    struct pm_trace_stats *stats = &trace->stats;
    const int64_t first_ns = trace->entry[0].time_ns;
    int64_t last_due_ns = 0;

    for (uint64_t i = 0; i < stats->all.records;) {
        const int64_t since_ns = trace->entry[i].time_ns - first_ns;
        const uint64_t start = i, stop = end_of_group(trace, i);
        int64_t until_ns = since_ns + stats->stamp_ns;
        if (stop < stats->all.records && trace->entry[stop].time_ns - first_ns < until_ns)
            until_ns = trace->entry[stop].time_ns - first_ns;
        const int64_t from_ns = wall_time(trace, since_ns);
        const int64_t length_ns = wall_time(trace, until_ns) - from_ns;
        for (; i < stop; i++) {
            int64_t due_ns =
                from_ns - stats->gaps_ns +
                (int64_t)((__int128)length_ns * (__int128)(i - start) / (__int128)(stop - start));
            if (trace->config.pace != PM_TRACE_RECORDED && due_ns - last_due_ns > GAP_NS) {
                stats->gaps++;
                stats->gaps_ns += due_ns - last_due_ns - GAP_NS;
                due_ns = last_due_ns + GAP_NS;
            }
            trace->entry[i].due_ns = due_ns;
            last_due_ns = due_ns;
        }
        trace->end_ns = from_ns + length_ns - stats->gaps_ns;
    }
    if (trace->end_ns < last_due_ns)
        trace->end_ns = last_due_ns;
}

int pm_trace_open(struct pm_trace **out, const struct pm_trace_config *config,
                  struct pm_error *error)
{
    struct pm_trace *trace = calloc(1, sizeof *trace);

    if (trace == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    trace->config = *config;
    int rc = start_reading(trace, error);
    if (rc == 0)
        rc = has_map(trace) ? read_rows(trace, error) : read_lines(trace, error);
    stop_reading(trace);
    if (rc == 0)
        rc = start_reading(trace, error);
    if (rc != 0) {
        pm_trace_close(trace);
        return rc;
    }
    measure_times(trace);
    set_due_times(trace);
    trace->high_ns = trace->entry[0].time_ns;
    *out = trace;
    return 0;
}

/* --- the second pass -------------------------------------------------------------------------- */

const struct pm_trace_stats *pm_trace_stats(const struct pm_trace *trace)
{
    return &trace->stats;
}

int64_t pm_trace_end_ns(const struct pm_trace *trace)
{
    return trace->end_ns;
}

int64_t pm_trace_high_ns(const struct pm_trace *trace)
{
    return trace->high_ns;
}

int64_t pm_trace_due_ns(const struct pm_trace *trace)
{
    return trace->read < trace->stats.all.records ? trace->entry[trace->read].due_ns : -1;
}

static int next_line(struct pm_trace *trace, struct pm_record *record, struct pm_bytes *bytes)
{
    struct pm_trace_row row;

    if (pm_trace_reader_next(trace->reader, &row, NULL) != 1)
        return PM_EINPUT;
    const char *blank = memchr(row.text, ' ', row.size);
    *record = (struct pm_record){
        .key = pm_hash_bytes(row.text, blank != NULL ? (uint64_t)(blank - row.text) : row.size),
        .payload = {row.line},
    };
    char *text = pm_record_extend(record, bytes, row.size);
    if (text == NULL)
        return PM_ENOMEM;
    memcpy(text, row.text, row.size);
    return 0;
}

static int next_row(struct pm_trace *trace, struct pm_record *record, struct pm_bytes *bytes)
{
    struct pm_trace_outcome outcome;
    unsigned number;
    int rc;

    do
        rc = pm_trace_merge_next(trace->merge, &outcome, &number, record, bytes, NULL);
    while (rc == 1 && outcome.fate != PM_TRACE_RECORD);
    if (rc == 1)
        return 0;
    return rc < 0 ? rc : PM_EINPUT;
}

int pm_trace_next(struct pm_trace *trace, struct pm_record *record, struct pm_bytes *bytes)
{
    const struct entry *entry = &trace->entry[trace->read++];

    assert(trace->read <= trace->stats.all.records);
    const int rc =
        has_map(trace) ? next_row(trace, record, bytes) : next_line(trace, record, bytes);
    if (rc != 0)
        return rc;
    record->event_time_ns = entry->time_ns;
    record->stamp_ns = entry->due_ns;
    trace->high_ns = entry->time_ns > trace->high_ns ? entry->time_ns : trace->high_ns;
    return 0;
}

void pm_trace_close(struct pm_trace *trace)
{
    if (trace == NULL)
        return;
    stop_reading(trace);
    free(trace->entry);
    free(trace);
}
