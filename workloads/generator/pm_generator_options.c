/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the load, and which of them go together. */
#include "pm_generator.h"

#include "pm_shape.h"

#define FIELD(name_)   offsetof(struct pm_generator_settings, name_)
#define MINUTE_NS      (60 * PM_NS_PER_S)
#define DAY_NS         (1440 * MINUTE_NS)
#define RECORDS_MAX    (1LL << 48) /* what a record's sequence can count */
#define YEAR_2200_NS   7258118400000000000LL
#define PARTITIONS_MAX 65536u /* what a record's id can tell apart */

/* A further file of a trace and its mapping. */
#define TRACE(number_)                                                                             \
    {"trace-" #number_,                                                                            \
     PM_OPTION_TEXT,                                                                               \
     PM_UNIT_COUNT,                                                                                \
     FIELD(trace[number_ - 1]),                                                                    \
     0,                                                                                            \
     0,                                                                                            \
     "",                                                                                           \
     NULL,                                                                                         \
     "file " #number_ " of schedule trace, which trace-map-" #number_ " reads",                    \
     NULL},                                                                                        \
    {                                                                                              \
        "trace-map-" #number_, PM_OPTION_TEXT, PM_UNIT_COUNT, FIELD(trace_map[number_ - 1]), 0, 0, \
            "", NULL, "mapping of trace-" #number_, NULL                                           \
    }

const char *const pm_generator_traces[PM_TRACE_FILES_MAX] = {"trace", "trace-2", "trace-3",
                                                             "trace-4"};
const char *const pm_generator_trace_maps[PM_TRACE_FILES_MAX] = {"trace-map", "trace-map-2",
                                                                 "trace-map-3", "trace-map-4"};

const struct pm_option pm_generator_options[] = {
    {"rate", PM_OPTION_INTEGER, PM_UNIT_RATE, FIELD(rate_per_s), 1, PM_NS_PER_S, "50k/s", NULL,
     "records that fall due per second, all streams together; never slowed down for an engine",
     "rows-per-second (Flink datagen), rowsPerSecond (Spark rate source)"},
    {"duration", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(duration_ns), PM_NS_PER_MS,
     365 * DAY_NS, "10s", NULL, "how long the schedule lasts on the wall clock", NULL},
    {"events", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(events), 0, RECORDS_MAX, "0", NULL,
     "at most so many records; 0 takes rate x duration", "number-of-rows (Flink datagen)"},
    {"schedule", PM_OPTION_CHOICE, PM_UNIT_COUNT, FIELD(schedule), 0, 0, "poisson",
     "fixed poisson trace on-off ramp burst",
     "how due times follow each other; a trace brings its own", NULL},
    {"spacing", PM_OPTION_CHOICE, PM_UNIT_COUNT, FIELD(spacing), 0, 0, "poisson", "poisson even",
     "how records follow each other in the schedules on-off, ramp and burst", NULL},
    {"schedule.period", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(period_ns), PM_NS_PER_MS, DAY_NS,
     "1s", NULL, "schedules on-off and burst: how often they begin anew", NULL},
    {"schedule.length", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(length_ns), PM_NS_PER_MS, DAY_NS,
     "200ms", NULL, "schedule on-off: how long a period is on; burst: how long its burst lasts",
     NULL},
    {"burst.factor", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(burst_factor), 1, 1000, "10", NULL,
     "schedule burst: the rate in a burst over that between bursts; their mean is rate", NULL},
    {"ramp.start", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(ramp_percent), 0, 200, "20", NULL,
     "schedule ramp: percent of rate at the start; it ends as far on the other side of rate", NULL},
    {"keys", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(keys), 1, 100000000, "10k", NULL,
     "distinct keys", NULL},
    {"key-shape", PM_OPTION_CHOICE, PM_UNIT_COUNT, FIELD(keys_shape), 0, 0, "uniform",
     "uniform zipf hot-set hot-moving", "how records spread over the keys", NULL},
    {"zipf-exponent", PM_OPTION_DECIMAL, PM_UNIT_COUNT, FIELD(zipf_exponent), 0, 10, "1", NULL,
     "skew of key-shape zipf: key number k has a share proportional to 1/k^exponent", NULL},
    {"hot-keys", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(hot_keys), 1, 100000000, "1", NULL,
     "key-shape hot-set and hot-moving: how many keys are hot", NULL},
    {"hot-share", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(hot_percent), 0, 100, "50", NULL,
     "percent of the records that have a hot key", NULL},
    {"hot-period", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(hot_period_ns), PM_NS_PER_MS, DAY_NS,
     "1s", NULL, "key-shape hot-moving: after so much wall time other keys are hot", NULL},
    {"disorder", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(disorder_ns), 0, 30 * DAY_NS, "0", NULL,
     "event times lie up to so much before the schedule, uniformly, in scenario time", NULL},
    {"stragglers", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(stragglers_per_million), 0, 1000000, "0",
     NULL, "records per million that come far too late", NULL},
    {"straggler-delay", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(straggler_ns), 0, 365 * DAY_NS,
     "0", NULL, "how far a straggler's event time lies before the schedule, in scenario time",
     NULL},
    {"time-scale", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(time_scale), 1, 1000000, "1", NULL,
     "how much faster than the wall clock scenario time runs", NULL},
    {"start-time", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(start_time_ns), 0, YEAR_2200_NS,
     "1704067200s", NULL, "scenario time of the schedule's start, since 1970-01-01", NULL},
    {"seed", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(seed), 0, INT64_MAX, "1", NULL,
     "fixes every byte of the load", NULL},
    {"idle-mark", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(idle_mark_ns), 0, 60 * MINUTE_NS,
     "100ms", NULL, "a partition silent for so long says that it is idle; 0 never",
     "table.exec.source.idle-timeout (Flink), max.task.idle.ms (Kafka Streams)"},
    {"trace", PM_OPTION_TEXT, PM_UNIT_COUNT, FIELD(trace[0]), 0, 0, "", NULL,
     "file of schedule trace, plain, gzip or zstd: lines of Combined Log Format, or what trace-map "
     "says",
     NULL},
    {"trace-map", PM_OPTION_TEXT, PM_UNIT_COUNT, FIELD(trace_map[0]), 0, 0, "", NULL,
     "file that says which columns of a trace of CSV or JSON lines become which fields", NULL},
    TRACE(2),
    TRACE(3),
    TRACE(4),
    {"pace", PM_OPTION_TEXT, PM_UNIT_COUNT, FIELD(pace), 0, 0, "fit", NULL,
     "schedule trace: trace (as recorded), a factor such as 60x, fit (stretched to duration) or "
     "max "
     "(all at once); but for trace, waits over 1 s are shortened to 1 s",
     NULL},
    {.name = NULL},
};

static int check_streams(const struct pm_generator_config *config, struct pm_error *error)
{
    unsigned shares = 0;

    if (config->streams < 1 || config->streams > PM_GENERATOR_STREAMS_MAX)
        return pm_error_set(error, PM_EINPUT, "%u streams: expected 1..%u", config->streams,
                            PM_GENERATOR_STREAMS_MAX);
    for (unsigned i = 0; i < config->streams; i++) {
        const struct pm_generator_stream *stream = &config->stream[i];
        if (stream->partitions < 1 || stream->partitions > PARTITIONS_MAX ||
            stream->first_partition > PARTITIONS_MAX - stream->partitions)
            return pm_error_set(error, PM_EINPUT, "stream %u: partitions beyond %u", i,
                                PARTITIONS_MAX);
        if (stream->share > 1000000)
            return pm_error_set(error, PM_EINPUT, "stream %u: share %u: expected at most 1000000",
                                i, stream->share);
        for (unsigned j = 0; j < i; j++) {
            const struct pm_generator_stream *other = &config->stream[j];
            if (stream->first_partition < other->first_partition + other->partitions &&
                other->first_partition < stream->first_partition + stream->partitions)
                return pm_error_set(error, PM_EINPUT, "streams %u and %u share a partition", j, i);
        }
        shares += stream->share;
    }
    return shares > 0 ? 0 : pm_error_set(error, PM_EINPUT, "no stream has a share of the records");
}

static int check_times(const struct pm_generator_settings *settings, struct pm_error *error)
{
    int64_t end_ns, first_ns;

    if (__builtin_mul_overflow(settings->duration_ns, settings->time_scale, &end_ns) ||
        __builtin_add_overflow(end_ns, settings->start_time_ns, &end_ns))
        return pm_error_set(error, PM_EINPUT,
                            "duration x time-scale: scenario time passes the year 2260: take less "
                            "of one");
    if (__builtin_sub_overflow(settings->start_time_ns, settings->disorder_ns, &first_ns) ||
        __builtin_sub_overflow(settings->start_time_ns, settings->straggler_ns, &first_ns))
        return pm_error_set(error, PM_EINPUT, "disorder or straggler-delay: beyond 64-bit times");
    return 0;
}

unsigned pm_generator_files(const struct pm_generator_config *config,
                            struct pm_trace_file file[PM_TRACE_FILES_MAX])
{
    unsigned files = 0;

    if (config->settings.schedule != PM_SCHEDULE_TRACE)
        return 0;
    for (; files < PM_TRACE_FILES_MAX && config->settings.trace[files][0] != '\0'; files++)
        file[files] = (struct pm_trace_file){config->settings.trace[files], config->map[files]};
    return files;
}

/* Is the records' key a hash of the column's text? */
static bool hashes_key(const struct pm_trace_map *map)
{
    for (unsigned i = 0; i < map->fields; i++) {
        const struct pm_column *column = &map->field[i].column;
        if (column->place == PM_PLACE_RECORD && column->type != PM_TYPE_TEXT &&
            column->offset == offsetof(struct pm_record, key))
            return map->field[i].hashed;
    }
    return false;
}

static int check_maps(const struct pm_generator_config *config, unsigned files,
                      struct pm_error *error)
{
    for (unsigned i = 0; i < PM_TRACE_FILES_MAX; i++) {
        const struct pm_trace_map *map = config->map[i];
        if (i >= files && (map != NULL || config->settings.trace[i][0] != '\0'))
            return pm_error_set(error, PM_EINPUT, "%s: missing: give as many traces as mappings",
                                pm_generator_traces[files]);
        if (map == NULL && i < files && files > 1)
            return pm_error_set(error, PM_EINPUT,
                                "%s: missing: of several traces each has a mapping",
                                pm_generator_trace_maps[i]);
        if (map != NULL && map->stream >= config->streams)
            return pm_error_set(error, PM_EINPUT, "%s: stream %u of %u", pm_generator_trace_maps[i],
                                map->stream, config->streams);
        if (map != NULL && hashes_key(map) != hashes_key(config->map[0]))
            return pm_error_set(error, PM_EINPUT,
                                "%s: its key is hashed and that of %s is not, or the other way "
                                "round: no key of one would be found in the other",
                                pm_generator_trace_maps[i], pm_generator_trace_maps[0]);
    }
    return 0;
}

static int check_trace(const struct pm_generator_config *config, struct pm_error *error)
{
    struct pm_trace_file file[PM_TRACE_FILES_MAX];
    struct pm_trace_config trace;
    const unsigned files = pm_generator_files(config, file);

    if (files == 0)
        return pm_error_set(error, PM_EINPUT, "schedule trace: no file: set trace");
    const int rc = check_maps(config, files, error);
    if (rc != 0)
        return rc;
    if (config->map[0] == NULL && (config->streams != 1 || config->stream[0].codec != PM_CODEC_CLF))
        return pm_error_set(error, PM_EINPUT,
                            "schedule trace: only a query of log lines reads a trace as it is: "
                            "name a mapping file: --map");
    return pm_trace_set_pace(&trace, config->settings.pace, error);
}

/* What shapes of rate and keys ask for beyond each value's range. */
static int check_shapes(const struct pm_generator_settings *settings, struct pm_error *error)
{
    const bool has_periods =
        settings->schedule == PM_SCHEDULE_ON_OFF || settings->schedule == PM_SCHEDULE_BURST;

    if (has_periods && settings->length_ns > settings->period_ns)
        return pm_error_set(error, PM_EINPUT,
                            "schedule.length: longer than schedule.period: take less of it");
    if (settings->keys_shape >= PM_KEYS_HOT_SET && settings->hot_keys > settings->keys)
        return pm_error_set(error, PM_EINPUT, "hot-keys: more than keys: take less of them");
    if (pm_generator_peak(settings) > PM_NS_PER_S)
        return pm_error_set(error, PM_EINPUT,
                            "schedule: its highest rate is beyond 10^9/s: take less of rate");
    return 0;
}

int64_t pm_generator_peak(const struct pm_generator_settings *settings)
{
    struct pm_shape shape;

    pm_shape_open(&shape, settings);
    return pm_shape_peak(&shape, settings->rate_per_s);
}

int pm_generator_check(const struct pm_generator_config *config, struct pm_error *error)
{
    const struct pm_generator_settings *settings = &config->settings;
    const __int128 records = (__int128)settings->rate_per_s * settings->duration_ns / PM_NS_PER_S;
    int rc = check_streams(config, error);

    if (rc == 0)
        rc = check_times(settings, error);
    if (rc != 0)
        return rc;
    if (settings->schedule == PM_SCHEDULE_TRACE)
        return check_trace(config, error);
    if (records > RECORDS_MAX)
        return pm_error_set(error, PM_EINPUT,
                            "rate x duration: more than 2^48 records: take less of one");
    if (records == 0)
        return pm_error_set(error, PM_EINPUT,
                            "rate x duration: no record falls due: take more of one");
    return check_shapes(settings, error);
}
