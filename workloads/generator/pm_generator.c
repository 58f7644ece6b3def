/* SPDX-License-Identifier: Apache-2.0 */
/* The sequence: schedule x streams x keys x disorder x payload x codec x partition. */
#include "pm_generator.h"

#include <assert.h>
#include <stdlib.h>

#include "pm_arrivals.h"
#include "pm_hot_keys.h"
#include "pm_keys.h"
#include "pm_partition.h"
#include "pm_shape.h"

/* Each draw has a stream of its own, so that one setting does not shift what the others draw. */
enum draw { DRAW_ARRIVALS, DRAW_STREAM, DRAW_KEYS, DRAW_DISORDER, DRAW_STRAGGLER, DRAW_PAYLOAD };

struct lane {
    int64_t silent_since_ns;
    uint8_t stream;
};

struct pm_generator {
    struct pm_generator_config config;
    struct pm_arrivals arrivals;
    struct pm_shape shape;
    struct pm_hot_keys hot_keys;
    struct pm_keys *keys;   /* NULL with a trace and with hot keys */
    struct pm_trace *trace; /* NULL without */
    struct pm_random stream_random, disorder_random, straggler_random, payload_random;
    uint64_t left; /* records to come at most */
    uint64_t made;
    int64_t due_ns; /* of the next record; -1 when none comes */
    int64_t last_due_ns;
    int64_t end_ns;  /* -1 while records come */
    int64_t mark_ns; /* no idle mark is due before */
    unsigned shares;
    unsigned partitions;
    unsigned flushed;  /* partitions whose flush record is out */
    struct lane *lane; /* one a partition; a partition of no stream has stream 255 */
};

#define NO_STREAM 255u
#define PASS_MAX  64u /* records of others in one call */

static struct pm_random draws(const struct pm_generator *generator, enum draw draw)
{
    return pm_random_open((uint64_t)generator->config.settings.seed, draw);
}

static int64_t first_end(const struct pm_generator *generator)
{
    return generator->trace != NULL ? pm_trace_end_ns(generator->trace)
                                    : generator->config.settings.duration_ns;
}

/* Where the schedule ends when the cap on records ends it: one mean gap behind the last. */
static int64_t capped_end(const struct pm_generator *generator)
{
    const int64_t rate = generator->config.settings.rate_per_s;
    const int64_t end_ns = generator->last_due_ns + (PM_NS_PER_S + rate - 1) / rate;
    const int64_t limit_ns = first_end(generator);

    return end_ns < limit_ns ? end_ns : limit_ns;
}

/* Look ahead to the next record's due time, or to the schedule's end. */
static void look_ahead(struct pm_generator *generator)
{
    const struct pm_generator_settings *settings = &generator->config.settings;

    generator->due_ns = -1;
    if (generator->left == 0) {
        generator->end_ns = settings->events != 0 ? capped_end(generator) : first_end(generator);
        return;
    }
    if (generator->trace != NULL)
        generator->due_ns = pm_trace_due_ns(generator->trace);
    else
        generator->due_ns =
            pm_shape_due_ns(&generator->shape, pm_arrivals_next(&generator->arrivals));
    if (generator->due_ns < 0 ||
        (generator->trace == NULL && generator->due_ns >= settings->duration_ns)) {
        generator->due_ns = -1;
        generator->end_ns = first_end(generator);
    }
}

static int open_lanes(struct pm_generator *generator, struct pm_error *error)
{
    const struct pm_generator_config *config = &generator->config;

    for (unsigned i = 0; i < config->streams; i++) {
        const unsigned end = config->stream[i].first_partition + config->stream[i].partitions;
        generator->partitions = end > generator->partitions ? end : generator->partitions;
        generator->shares += config->stream[i].share;
    }
    generator->lane = calloc(generator->partitions, sizeof *generator->lane);
    if (generator->lane == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    for (unsigned p = 0; p < generator->partitions; p++)
        generator->lane[p].stream = NO_STREAM;
    for (unsigned i = 0; i < config->streams; i++) {
        for (unsigned p = 0; p < config->stream[i].partitions; p++)
            generator->lane[config->stream[i].first_partition + p].stream = (uint8_t)i;
    }
    return 0;
}

static int open_trace(struct pm_generator *generator, struct pm_error *error)
{
    const struct pm_generator_settings *settings = &generator->config.settings;
    struct pm_trace_config config = {.fit_ns = settings->duration_ns};
    int rc = pm_trace_set_pace(&config, settings->pace, error);

    config.files = pm_generator_files(&generator->config, config.file);
    if (rc == 0)
        rc = pm_trace_open(&generator->trace, &config, error);
    if (rc == 0)
        generator->left = pm_trace_stats(generator->trace)->all.records;
    return rc;
}

/* Periods that the duration cuts may have more than the mean until there: the duration ends them.
 */
static uint64_t most_records(const struct pm_generator_settings *settings)
{
    const bool has_periods =
        settings->schedule == PM_SCHEDULE_ON_OFF || settings->schedule == PM_SCHEDULE_BURST;

    return has_periods
               ? UINT64_MAX
               : (uint64_t)((__int128)settings->rate_per_s * settings->duration_ns / PM_NS_PER_S);
}

static int open_process(struct pm_generator *generator, struct pm_error *error)
{
    const struct pm_generator_settings *settings = &generator->config.settings;
    const bool poisson =
        settings->schedule == PM_SCHEDULE_POISSON ||
        (settings->schedule != PM_SCHEDULE_FIXED && settings->spacing == PM_SPACING_POISSON);

    pm_arrivals_open(&generator->arrivals, poisson, (uint64_t)settings->rate_per_s,
                     draws(generator, DRAW_ARRIVALS));
    pm_shape_open(&generator->shape, settings);
    generator->left = most_records(settings);
    if (settings->keys_shape >= PM_KEYS_HOT_SET) {
        pm_hot_keys_open(&generator->hot_keys, settings, draws(generator, DRAW_KEYS));
        return 0;
    }
    return pm_keys_open(&generator->keys, (enum pm_key_shape)settings->keys_shape,
                        (uint64_t)settings->keys, settings->zipf_exponent,
                        draws(generator, DRAW_KEYS), error);
}

int pm_generator_open(struct pm_generator **out, const struct pm_generator_config *config,
                      struct pm_error *error)
{
    const struct pm_generator_settings *settings = &config->settings;
    int rc = pm_generator_check(config, error);

    if (rc != 0)
        return rc;
    struct pm_generator *generator = calloc(1, sizeof *generator);
    if (generator == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    generator->config = *config;
    generator->end_ns = -1;
    generator->mark_ns = settings->idle_mark_ns > 0 ? settings->idle_mark_ns : INT64_MAX;
    generator->stream_random = draws(generator, DRAW_STREAM);
    generator->disorder_random = draws(generator, DRAW_DISORDER);
    generator->straggler_random = draws(generator, DRAW_STRAGGLER);
    generator->payload_random = draws(generator, DRAW_PAYLOAD);
    rc = open_lanes(generator, error);
    if (rc == 0)
        rc = settings->schedule == PM_SCHEDULE_TRACE ? open_trace(generator, error)
                                                     : open_process(generator, error);
    if (rc != 0) {
        pm_generator_close(generator);
        return rc;
    }
    if (settings->events != 0 && (uint64_t)settings->events < generator->left)
        generator->left = (uint64_t)settings->events;
    look_ahead(generator);
    *out = generator;
    return 0;
}

static unsigned choose_stream(struct pm_generator *generator)
{
    const struct pm_generator_config *config = &generator->config;
    unsigned i = 0;

    if (config->streams == 1)
        return 0;
    uint64_t place = pm_random_below(&generator->stream_random, generator->shares);
    for (; place >= config->stream[i].share; i++)
        place -= config->stream[i].share;
    return i;
}

/* The schedule's scenario time at @p due_ns. */
static int64_t scenario_time(const struct pm_generator *generator, int64_t due_ns)
{
    const struct pm_generator_settings *settings = &generator->config.settings;

    return settings->start_time_ns + due_ns * settings->time_scale;
}

static int64_t draw_delay(struct pm_generator *generator)
{
    const struct pm_generator_settings *settings = &generator->config.settings;

    if (settings->stragglers_per_million > 0 &&
        pm_random_below(&generator->straggler_random, 1000000) <
            (uint64_t)settings->stragglers_per_million)
        return settings->straggler_ns;
    return settings->disorder_ns > 0
               ? pm_random_between(&generator->disorder_random, 0, settings->disorder_ns)
               : 0;
}

static int make_record(struct pm_generator *generator, struct pm_record *record,
                       struct pm_bytes *bytes)
{
    const unsigned number = choose_stream(generator);
    const struct pm_generator_stream *stream = &generator->config.stream[number];

    *record = (struct pm_record){
        .event_time_ns = scenario_time(generator, generator->due_ns) - draw_delay(generator),
        .stamp_ns = generator->due_ns,
        .key = generator->keys != NULL ? pm_keys_next(generator->keys)
                                       : pm_hot_keys_next(&generator->hot_keys, generator->due_ns),
        .word = pm_record_word(number, PM_KIND_DATA),
    };
    if (stream->fill != NULL)
        stream->fill(stream->payload, &generator->payload_random, record, bytes);
    return 0;
}

static bool is_ours(const struct pm_generator *generator, const struct pm_record *record)
{
    const unsigned parts = generator->config.parts;

    return parts <= 1 || pm_record_partition(record) % parts == generator->config.part;
}

static int next_record(struct pm_generator *generator, struct pm_record *record,
                       struct pm_bytes *bytes)
{
    const int rc = generator->trace != NULL ? pm_trace_next(generator->trace, record, bytes)
                                            : make_record(generator, record, bytes);

    if (rc != 0)
        return rc;
    const struct pm_generator_stream *stream = &generator->config.stream[pm_record_stream(record)];
    const bool is_text = generator->trace != NULL && generator->config.map[0] == NULL;
    unsigned partition = stream->first_partition;
    if (stream->partitions > 1)
        partition += pm_partition_of(record->key, stream->partitions);
    record->id = pm_record_id(partition, 0);
    if (!is_text && stream->codec != PM_CODEC_BINARY && is_ours(generator, record))
        pm_codec_encode(stream->codec, stream->schema, record, bytes);
    if (bytes->failed)
        return PM_ENOMEM;
    generator->lane[partition].silent_since_ns = generator->due_ns;
    generator->last_due_ns = generator->due_ns;
    generator->left--;
    generator->made++;
    look_ahead(generator);
    return 1;
}

/*
 * The event time that nothing that follows lies below, stragglers aside: a later record's is at
 * least (its due time, which is no earlier) - disorder. A trace is bounded by its own step back.
 */
static int64_t promised_time(const struct pm_generator *generator, int64_t due_ns)
{
    if (generator->trace != NULL)
        return pm_trace_high_ns(generator->trace) - pm_trace_stats(generator->trace)->step_back_ns;
    return scenario_time(generator, due_ns) - generator->config.settings.disorder_ns;
}

/*
 * The idle mark that is due before @p until_ns, if any. The partitions are looked at only when one
 * may have become silent for long enough: silences only get shorter, so mark_ns may be too early,
 * never too late.
 */
static bool next_mark(struct pm_generator *generator, int64_t until_ns, struct pm_record *record)
{
    const int64_t silence_ns = generator->config.settings.idle_mark_ns;
    unsigned idlest = 0;
    int64_t since_ns = INT64_MAX - silence_ns;

    if (generator->mark_ns >= until_ns)
        return false;
    for (unsigned p = 0; p < generator->partitions; p++) {
        if (generator->lane[p].stream != NO_STREAM &&
            generator->lane[p].silent_since_ns < since_ns) {
            since_ns = generator->lane[p].silent_since_ns;
            idlest = p;
        }
    }
    generator->mark_ns = since_ns + silence_ns;
    if (generator->mark_ns >= until_ns)
        return false;
    generator->lane[idlest].silent_since_ns = generator->mark_ns;
    *record = (struct pm_record){
        .event_time_ns = promised_time(generator, generator->mark_ns),
        .stamp_ns = generator->mark_ns,
        .id = pm_record_id(idlest, 0),
        .word = pm_record_word(generator->lane[idlest].stream, PM_KIND_IDLE),
    };
    return true;
}

static int next_flush(struct pm_generator *generator, struct pm_record *record)
{
    while (generator->flushed < generator->partitions &&
           generator->lane[generator->flushed].stream == NO_STREAM)
        generator->flushed++;
    if (generator->flushed == generator->partitions)
        return 0;
    const unsigned partition = generator->flushed++;
    *record = (struct pm_record){
        .event_time_ns = generator->config.flush_time_ns,
        .stamp_ns = generator->end_ns,
        .id = pm_record_id(partition, 0),
        .word = pm_record_word(generator->lane[partition].stream, PM_KIND_FLUSH),
    };
    return 1;
}

static int next_of_all(struct pm_generator *generator, struct pm_record *record,
                       struct pm_bytes *bytes)
{
    const int64_t until_ns = generator->due_ns >= 0 ? generator->due_ns : generator->end_ns;

    if (next_mark(generator, until_ns, record))
        return 1;
    if (generator->due_ns >= 0)
        return next_record(generator, record, bytes);
    return next_flush(generator, record);
}

int pm_generator_next(struct pm_generator *generator, struct pm_record *record,
                      struct pm_bytes *bytes)
{
    const size_t used = bytes->used;

    for (unsigned passed = 0; passed < PASS_MAX; passed++) {
        const int rc = next_of_all(generator, record, bytes);

        if (rc != 1 || is_ours(generator, record))
            return rc;
        bytes->used = used;
    }
    return PM_GENERATOR_OTHERS;
}

void pm_generator_finish(struct pm_generator *generator)
{
    if (generator->end_ns < 0)
        generator->end_ns = generator->last_due_ns;
    generator->due_ns = -1;
    generator->left = 0;
    generator->flushed = 0;
    generator->mark_ns = INT64_MAX;
}

unsigned pm_generator_partitions(const struct pm_generator *generator)
{
    return generator->partitions;
}

int64_t pm_generator_end_ns(const struct pm_generator *generator)
{
    return generator->end_ns;
}

const struct pm_trace_stats *pm_generator_trace(const struct pm_generator *generator)
{
    return generator->trace != NULL ? pm_trace_stats(generator->trace) : NULL;
}

uint64_t pm_generator_made(const struct pm_generator *generator)
{
    return generator->made;
}

void pm_generator_close(struct pm_generator *generator)
{
    if (generator == NULL)
        return;
    pm_keys_close(generator->keys);
    pm_trace_close(generator->trace);
    free(generator->lane);
    free(generator);
}
