/* SPDX-License-Identifier: Apache-2.0 */
/* The workload: records on an open-loop schedule, every byte fixed by the seed. */
#ifndef PM_GENERATOR_H
#define PM_GENERATOR_H

#include "pm_clock.h"
#include "pm_codec.h"
#include "pm_error.h"
#include "pm_option.h"
#include "pm_random.h"
#include "pm_record.h"
#include "pm_schema.h"
#include "pm_trace.h"

#define PM_GENERATOR_STREAMS_MAX 4u

enum pm_schedule {
    PM_SCHEDULE_FIXED,
    PM_SCHEDULE_POISSON,
    PM_SCHEDULE_TRACE,
    PM_SCHEDULE_ON_OFF,
    PM_SCHEDULE_RAMP,
    PM_SCHEDULE_BURST,
};
/** How records follow each other where the schedule gives the rate alone: on-off, ramp, burst. */
enum pm_spacing { PM_SPACING_POISSON, PM_SPACING_EVEN };
enum pm_key_shape { PM_KEYS_UNIFORM, PM_KEYS_ZIPF, PM_KEYS_HOT_SET, PM_KEYS_HOT_MOVING };

/** The settings that a scenario file may give; filled by pm_generator_options. */
struct pm_generator_settings {
    int64_t rate_per_s;  /* all streams together; the mean where the rate moves */
    int64_t duration_ns; /* of the schedule, on the wall clock */
    int64_t events;      /* at most so many records; 0: rate x duration */
    int schedule;        /* enum pm_schedule */
    int spacing;         /* enum pm_spacing */
    int64_t period_ns;   /* of on-off and burst */
    int64_t length_ns;   /* how much of a period is on, or is the burst */
    int64_t burst_factor;
    int64_t ramp_percent; /* of the rate, at the start of a ramp */
    int keys_shape;       /* enum pm_key_shape */
    int64_t keys;         /* distinct keys */
    double zipf_exponent;
    int64_t hot_keys;
    int64_t hot_percent;   /* of the records */
    int64_t hot_period_ns; /* how long a moving hot set stays where it is */
    int64_t disorder_ns;   /* event times are up to this much before the schedule, scenario time */
    int64_t stragglers_per_million;
    int64_t straggler_ns;  /* how far behind the schedule a straggler's event time lies */
    int64_t time_scale;    /* scenario ns per wall ns */
    int64_t start_time_ns; /* scenario time of the schedule's first instant */
    int64_t seed;
    int64_t idle_mark_ns; /* a partition silent for so long gets an idle mark, wall time; 0: none */
    /* The files that PM_SCHEDULE_TRACE replays, each with the one that says what its columns are
     * ("": CLF); the first "" ends them. */
    char trace[PM_TRACE_FILES_MAX][PM_OPTION_TEXT_SIZE];
    char trace_map[PM_TRACE_FILES_MAX][PM_OPTION_TEXT_SIZE];
    char pace[PM_OPTION_TEXT_SIZE]; /* as pm_trace_set_pace takes it */
};
extern const struct pm_option pm_generator_options[];

/** What the options call file and mapping number i of a trace: "trace", "trace-2" and so on. */
extern const char *const pm_generator_traces[PM_TRACE_FILES_MAX];
extern const char *const pm_generator_trace_maps[PM_TRACE_FILES_MAX];

/** One stream's data; the callback is the query's fill, the generator knows nothing of queries. */
struct pm_generator_stream {
    unsigned first_partition, partitions; /* no partition belongs to two streams */
    unsigned share;                       /* of the records, in parts of the sum over the streams */
    const struct pm_schema *schema;
    enum pm_codec codec;
    void (*fill)(const void *payload, struct pm_random *random, struct pm_record *record,
                 struct pm_bytes *bytes);
    const void *payload;
};

struct pm_generator_config {
    struct pm_generator_settings settings;
    unsigned streams;
    struct pm_generator_stream stream[PM_GENERATOR_STREAMS_MAX];
    /* Of each file of the trace; NULL: lines of Combined Log Format; borrowed. */
    const struct pm_trace_map *map[PM_TRACE_FILES_MAX];
    int64_t flush_time_ns; /* event time of the flush records: beyond every window and delay */
    /* One of several generators of one sequence: it gives the records of the partitions p for which
     * p % parts is part, and passes over the others'. parts 0 or 1: it gives all. */
    unsigned part, parts;
};

#define PM_GENERATOR_PARTS_MAX 8u

/** What pm_generator_next returns where the records that came next are other parts'. */
#define PM_GENERATOR_OTHERS 2

struct pm_generator;

/**
 * Refuse settings that are each in range and do not go together: too many records, times beyond
 * 64 bits, a schedule without a record, streams that share a partition. Errors: PM_EINPUT.
 */
int pm_generator_check(const struct pm_generator_config *config, struct pm_error *error);

/** The highest rate that the schedule of checked @p settings comes to, records per second. */
int64_t pm_generator_peak(const struct pm_generator_settings *settings);

/**
 * Open the sequence of records of @p config, which is copied; what its streams point at must live
 * as long. A trace is read once from end to end. Errors: PM_EINPUT, PM_EIO, PM_ENOMEM.
 */
int pm_generator_open(struct pm_generator **out, const struct pm_generator_config *config,
                      struct pm_error *error);

/**
 * The next record: stamp_ns is its due time from the schedule's start (add the run's start), never
 * less than that of the one before; its partition stands in the id (its sequence is the log's to
 * give), its extension in @p bytes (which the caller resets). Returns 1, 0 after the last, or
 * PM_ENOMEM, or PM_EINPUT (the trace has changed). Same config, same records: no clock is read.
 * A part returns PM_GENERATOR_OTHERS, too, so that one call never takes long: call again. The parts
 * of one sequence make each record's bytes as one generator would; what is passed over costs as
 * much but for the codec.
 *
 * A partition that gets no record for idle_mark_ns gets one of kind IDLE: its event time is the
 * schedule's scenario time less disorder_ns, and no record that follows in any partition lies
 * below it except stragglers, which are made to come late. (A trace: the running maximum less the
 * largest step back that the whole trace makes.) The last ones are flush records, one a partition,
 * kind FLUSH, due at pm_generator_end_ns.
 * Thread: one at a time. Cost: 15 to 30 ns and the stream's fill and codec.
 */
int pm_generator_next(struct pm_generator *generator, struct pm_record *record,
                      struct pm_bytes *bytes);

/**
 * Leave out what is still to come but the flush records, all of which follow (again): for a run
 * that is stopped early and drops what it has made ahead.
 */
void pm_generator_finish(struct pm_generator *generator);

/** Partitions of all streams together: one more than the largest number. */
unsigned pm_generator_partitions(const struct pm_generator *generator);

/**
 * When the schedule ends, ns from its start: the duration (a trace's own end), or where
 * settings.events ends it earlier one mean gap behind the last record. -1 while records are still
 * to come.
 */
int64_t pm_generator_end_ns(const struct pm_generator *generator);

/** The files of the trace and their maps, as pm_trace_config has them; returns how many there are,
 * 0 without a trace. Borrows from @p config. */
unsigned pm_generator_files(const struct pm_generator_config *config,
                            struct pm_trace_file file[PM_TRACE_FILES_MAX]);

/** What the trace held, or NULL without one; borrowed until close. */
const struct pm_trace_stats *pm_generator_trace(const struct pm_generator *generator);

/** Data records of the whole sequence until here, those of other parts among them. */
uint64_t pm_generator_made(const struct pm_generator *generator);

void pm_generator_close(struct pm_generator *generator); /* accepts NULL */

#endif
