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

#define PM_GENERATOR_STREAMS_MAX 4u

enum pm_schedule { PM_SCHEDULE_FIXED, PM_SCHEDULE_POISSON, PM_SCHEDULE_TRACE };
enum pm_key_shape { PM_KEYS_UNIFORM, PM_KEYS_ZIPF };

/** The settings that a scenario file may give; filled by pm_generator_options. */
struct pm_generator_settings {
    int64_t rate_per_s;     /* all streams together */
    int64_t duration_ns;    /* of the schedule, on the wall clock */
    int64_t events;         /* 0: rate x duration */
    int schedule;           /* enum pm_schedule */
    int keys_shape;         /* enum pm_key_shape */
    int64_t keys;           /* distinct keys */
    double zipf_exponent;
    int64_t disorder_ns;    /* event times are up to this much before the schedule, scenario time */
    int64_t stragglers_per_million;
    int64_t straggler_ns;   /* how far behind the schedule a straggler's event time lies */
    int64_t time_scale;     /* scenario ns per wall ns */
    int64_t start_time_ns;  /* scenario time of the schedule's first instant */
    int64_t seed;
};
extern const struct pm_option pm_generator_options[];

/** One stream's data; the callback is the query's fill, the generator knows nothing of queries. */
struct pm_generator_stream {
    unsigned first_partition, partitions;
    unsigned share;
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
    int64_t flush_time_ns; /* event time of the flush records: beyond every window and delay */
};

struct pm_generator;

/** Open the sequence of records of @p config. Errors: PM_EINPUT, PM_ENOMEM. */
int pm_generator_open(struct pm_generator **out, const struct pm_generator_config *config,
                      struct pm_error *error);

/**
 * The next record: stamp_ns is its due time from the schedule's start (add the run's start), its
 * partition stands in the id (its sequence is the log's to give), its extension in @p bytes (which
 * the caller resets). Returns 1, or 0 after the last; then come the flush records, one a
 * partition, kind FLUSH, through the same call; 0 when those are out too; or a negative PM_E*.
 * Same config, same records: no clock is read.
 */
int pm_generator_next(struct pm_generator *generator, struct pm_record *record,
                      struct pm_bytes *bytes);

void pm_generator_close(struct pm_generator *generator); /* accepts NULL */

#endif
