/* SPDX-License-Identifier: Apache-2.0 */
/* What a record costs to make (G1), to hand to another thread (G2), and what is left (G4). */
#include "pm_bench.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_headroom.h"
#include "pm_log.h"
#include "pm_ring.h"
#include "pm_scenario.h"

#define POOL        4096u
#define BURST       64u
#define POOL_BURSTS 400000u
#define MAKING_NS   (100 * PM_NS_PER_MS)
#define RING_SLOTS  4096u
#define HANDED      (POOL * 2000u) /* records that cross to the other thread */

static struct pm_record *pool;

/* An absolute goal stands in the row's text; the yardstick is then that figure. */
static double constant(void *payload)
{
    return *(const double *)payload;
}

/* --- G1: making ------------------------------------------------------------------------------- */

static const struct pm_schema order = {
    "order",
    4,
    {
        PM_COLUMN_EVENT_TIME("time"),
        PM_COLUMN_KEY("user"),
        PM_COLUMN_PAYLOAD("amount", PM_TYPE_MONEY, 0, 8, 0),
        PM_COLUMN_CHOICE("region", 8, 1, "north south east west"),
    },
};

static void fill(const void *payload, struct pm_random *random, struct pm_record *record,
                 struct pm_bytes *bytes)
{
    const uint64_t draw = pm_random_u64(random);

    (void)payload;
    (void)bytes;
    record->payload[0] = draw % 100000;
    record->payload[1] = draw >> 62;
}

/* Copies of a pool of made records, one stamp a burst: what a source at maximum speed would do. */
static double pool_speed(void *payload)
{
    struct pm_record frame[BURST];
    uint64_t sum = 0;
    const double begin = pm_bench_cpu_seconds();

    (void)payload;
    for (unsigned burst = 0; burst < POOL_BURSTS; burst++) {
        const struct pm_record *from = &pool[burst * BURST % POOL];
        for (unsigned i = 0; i < BURST; i++) {
            frame[i] = from[i];
            frame[i].stamp_ns = (int64_t)burst;
        }
        __asm__ volatile("" : : "r"(frame) : "memory");
        sum += (uint64_t)frame[BURST - 1].stamp_ns;
    }
    const double seconds = pm_bench_cpu_seconds() - begin;
    pm_bench_check(sum == POOL_BURSTS * (POOL_BURSTS - 1ull) / 2, "every burst has its stamp");
    return POOL_BURSTS * (double)BURST / seconds / 1e6;
}

static double making_speed(const struct pm_generator_config *config)
{
    struct pm_error error = {0};
    int64_t rate_per_s = 0;

    if (pm_headroom_measure(&rate_per_s, config, MAKING_NS, &error) != 0)
        fprintf(stderr, "benchmark: %s\n", error.text);
    pm_bench_check(rate_per_s > 0, "the generator makes records");
    return (double)rate_per_s / 1e6;
}

static double codec_speed(void *payload)
{
    struct pm_generator_config config = {.streams = 1, .flush_time_ns = INT64_MAX};

    pm_option_defaults(pm_generator_options, &config.settings);
    config.settings.keys = 1000000;
    config.settings.keys_shape = PM_KEYS_ZIPF;
    config.settings.schedule = PM_SCHEDULE_POISSON;
    config.stream[0] = (struct pm_generator_stream){.partitions = 1,
                                                    .share = 1,
                                                    .schema = &order,
                                                    .codec = *(const enum pm_codec *)payload,
                                                    .fill = fill};
    return making_speed(&config);
}

static void bench_making(void)
{
    static const struct pm_bench_goal
        pooled = {"G1", "generator: pool, a stamp a burst of 64, against 300 M/s", "M/s", 1.0,
                  true},
        zipf = {"G1", "generator: Zipf and Poisson, against 40 M/s", "M/s", 1.0, true},
        json = {"G1", "generator: Zipf and Poisson as JSON, against 10 M/s", "M/s", 1.0, true};
    static double goals[3] = {300, 40, 10};
    static enum pm_codec codecs[2] = {PM_CODEC_BINARY, PM_CODEC_JSON};

    pm_bench_compare(&pooled, pool_speed, NULL, constant, &goals[0]);
    pm_bench_compare(&zipf, codec_speed, &codecs[0], constant, &goals[1]);
    pm_bench_compare(&json, codec_speed, &codecs[1], constant, &goals[2]);
}

/* --- G2: into another thread ------------------------------------------------------------------ */

struct ring {
    _Alignas(PM_CACHE_PAIR) struct pm_ring ring;
    struct pm_record slots[RING_SLOTS];
};

static void *fill_ring(void *payload)
{
    struct ring *self = payload;

    for (uint64_t head = 0; head < HANDED;) {
        if (pm_ring_reserve(&self->ring, head, BURST) < BURST) {
            pm_clock_pause();
            continue;
        }
        for (uint64_t i = 0; i < BURST; i++, head++)
            self->slots[head % RING_SLOTS] = pool[head % POOL];
        pm_ring_publish(&self->ring, head);
    }
    return NULL;
}

static double ring_speed(void *payload)
{
    struct ring *self = payload;
    pthread_t thread;
    uint64_t sum = 0;
    const double begin = pm_bench_seconds();

    memset(&self->ring, 0, sizeof self->ring);
    self->ring.mask = RING_SLOTS - 1;
    pthread_create(&thread, NULL, fill_ring, self);
    for (uint64_t tail = 0; tail < HANDED;) {
        const uint64_t filled = pm_ring_readable(&self->ring, tail);
        if (filled == 0)
            pm_clock_pause();
        for (uint64_t i = 0; i < filled; i++, tail++)
            sum += self->slots[tail % RING_SLOTS].key;
        pm_ring_release(&self->ring, tail);
    }
    const double seconds = pm_bench_seconds() - begin;
    pthread_join(thread, NULL);
    pm_bench_check(sum == HANDED / POOL * (POOL * (POOL - 1ull) / 2), "every message once");
    return HANDED / seconds / 1e6;
}

struct log {
    char folder[64], path[80];
    struct pm_log_writer *writer;
    struct pm_log_reader *reader;
};

static void *fill_log(void *payload)
{
    struct log *self = payload;
    const struct pm_bytes none = {0};

    for (uint64_t sent = 0; sent < HANDED; sent += BURST) {
        while (pm_log_begin(self->writer, BURST, 0) != 0)
            pm_clock_pause();
        pm_log_append_rows(self->writer, &pool[sent % POOL], BURST, &none);
        pm_log_publish(self->writer, PM_LOG_RECORDS, 0);
    }
    return NULL;
}

static void open_log(struct log *self)
{
    const struct pm_log_config config = {.partitions = 1, .capacity = 1u << 20, .run = 1};

    snprintf(self->folder, sizeof self->folder, "/dev/shm/pm_bench_XXXXXX");
    pm_bench_check(mkdtemp(self->folder) != NULL, "a place in /dev/shm");
    snprintf(self->path, sizeof self->path, "%s/log", self->folder);
    pm_bench_check(pm_log_create(self->path, &config, NULL) == 0 &&
                       pm_log_writer_open(&self->writer, self->path, 0, NULL, NULL) == 0 &&
                       pm_log_reader_open(&self->reader, self->path, 0, 0, NULL) == 0,
                   "a log in /dev/shm");
}

/* The same records through frames with checksums, which the reader verifies. */
static double log_speed(void *payload)
{
    const struct pm_log_frame *frame;
    struct pm_bytes bytes;
    struct log self;
    pthread_t thread;
    uint64_t sum = 0, taken = 0;

    (void)payload;
    open_log(&self);
    const double begin = pm_bench_seconds();
    pthread_create(&thread, NULL, fill_log, &self);
    while (taken < HANDED) {
        const int found = pm_log_next_frame(self.reader, 0, &frame);
        pm_bench_check(found >= 0, "good frames");
        if (found == 0) {
            pm_clock_pause();
            continue;
        }
        const struct pm_record *rows = pm_log_frame_rows(frame, &bytes);
        for (uint32_t i = 0; i < frame->count; i++)
            sum += rows[i].key;
        taken += frame->count;
        pm_log_reader_release(self.reader, 0);
    }
    const double seconds = pm_bench_seconds() - begin;
    pthread_join(thread, NULL);
    pm_bench_check(sum == HANDED / POOL * (POOL * (POOL - 1ull) / 2), "every record once");
    pm_log_reader_close(self.reader);
    pm_log_writer_close(self.writer);
    pm_publish_remove(self.folder, NULL);
    return HANDED / seconds / 1e6;
}

static void bench_handing(void)
{
    static const struct pm_bench_goal goal = {
        "G2", "generator: pool into the log, bare ring as yardstick", "M/s", 0.7, true};
    struct ring *ring = aligned_alloc(PM_CACHE_PAIR, sizeof *ring);

    pm_bench_check(ring != NULL, "memory");
    memset(ring, 0, sizeof *ring);
    pm_bench_compare(&goal, log_speed, NULL, ring_speed, ring);
    free(ring);
}

/* --- G4: headroom over what the quick scenarios ask for --------------------------------------- */

static double scenario_speed(void *payload)
{
    struct pm_generator_config config;

    pm_scenario_generator(&config, payload);
    return making_speed(&config);
}

static void bench_headroom(const char *name)
{
    const struct pm_scenario_config none = {0};
    struct pm_scenario *scenario = NULL;
    struct pm_error error = {0};
    char text[80];

    if (pm_scenario_open(&scenario, name, NULL, &none, &error) != 0)
        fprintf(stderr, "benchmark: %s\n", error.text);
    pm_bench_check(scenario != NULL, "the scenario opens");
    double asked = (double)scenario->generator.rate_per_s / 1e6;
    snprintf(text, sizeof text, "generator: headroom over the rate of %s", name);
    const struct pm_bench_goal goal = {"G4", text, "M/s", PM_HEADROOM_FACTOR, true};
    pm_bench_compare(&goal, scenario_speed, scenario, constant, &asked);
    pm_scenario_close(scenario);
}

int main(void)
{
    pool = aligned_alloc(PM_CACHE_PAIR, POOL * sizeof *pool);
    pm_bench_check(pool != NULL, "memory");
    memset(pool, 0, POOL * sizeof *pool);
    for (unsigned i = 0; i < POOL; i++)
        pool[i].key = i;
    bench_making();
    bench_handing();
    bench_headroom("route");
    bench_headroom("spend");
    bench_headroom("fraud");
    free(pool);
    return 0;
}
