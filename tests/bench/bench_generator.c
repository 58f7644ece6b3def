/* SPDX-License-Identifier: Apache-2.0 */
/* What a record costs to make: from a pool, by Zipf and Poisson, as JSON; and into a log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_headroom.h"
#include "pm_producer.h"

#define RUNS        5
#define POOL        4096u
#define BURST       64u
#define POOL_BURSTS 400000u
#define SPAN_NS     (300 * PM_NS_PER_MS)

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

static int by_value(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;

    return (left > right) - (left < right);
}

/* Prints the median and the extremes of RUNS values of ns per record. */
static void report(const char *name, double *ns)
{
    qsort(ns, RUNS, sizeof *ns, by_value);
    printf("%-28s %7.2f ns  %7.1f M/s/core  (%.2f..%.2f of %d runs)\n", name, ns[RUNS / 2],
           1e3 / ns[RUNS / 2], ns[0], ns[RUNS - 1], RUNS);
}

static struct pm_generator_config config_of(int shape, enum pm_codec codec, unsigned partitions)
{
    struct pm_generator_config config = {.streams = 1, .flush_time_ns = INT64_MAX};

    pm_option_defaults(pm_generator_options, &config.settings);
    config.settings.keys = 1000000;
    config.settings.keys_shape = shape;
    config.stream[0] = (struct pm_generator_stream){
        .partitions = partitions, .share = 1, .schema = &order, .codec = codec, .fill = fill};
    return config;
}

/* Copies of a pool of made records, one stamp a burst: what a source at maximum speed would do. */
static int bench_pool(void)
{
    struct pm_record *pool = calloc(POOL, sizeof *pool);
    struct pm_record *frame = calloc(BURST, sizeof *frame);
    double ns[RUNS];
    uint64_t sum = 0;

    for (int run = 0; run < RUNS && pool != NULL && frame != NULL; run++) {
        const int64_t start_ns = pm_clock_thread_cpu_ns();
        for (unsigned burst = 0; burst < POOL_BURSTS; burst++) {
            const struct pm_record *from = &pool[burst * BURST % POOL];
            for (unsigned i = 0; i < BURST; i++) {
                frame[i] = from[i];
                frame[i].stamp_ns = (int64_t)burst;
            }
            __asm__ volatile("" : : "r"(frame) : "memory");
            sum += (uint64_t)frame[BURST - 1].stamp_ns;
        }
        ns[run] = (double)(pm_clock_thread_cpu_ns() - start_ns) / (POOL_BURSTS * (double)BURST);
    }
    const bool whole = sum == (uint64_t)RUNS * POOL_BURSTS * (POOL_BURSTS - 1ULL) / 2;
    if (whole)
        report("pool, stamp a burst", ns);
    free(pool);
    free(frame);
    return whole ? 0 : 1;
}

static int bench_making(const char *name, int shape, enum pm_codec codec, unsigned partitions)
{
    const struct pm_generator_config config = config_of(shape, codec, partitions);
    double ns[RUNS];
    struct pm_error error;

    for (int run = 0; run < RUNS; run++) {
        int64_t rate_per_s = 0;
        if (pm_headroom_measure(&rate_per_s, &config, SPAN_NS / 3, &error) != 0) {
            fprintf(stderr, "%s: %s\n", name, error.text);
            return 1;
        }
        ns[run] = 1e9 / (double)rate_per_s;
    }
    report(name, ns);
    return 0;
}

/* One preload of 10^6 records into a log in shared memory; ns a record, or a negative number. */
static double preload_once(const char *folder, enum pm_codec codec, struct pm_error *error)
{
    struct pm_generator_config config = config_of(PM_KEYS_ZIPF, codec, 1);
    const struct pm_log_config log = {.partitions = 1, .capacity = 256 << 20, .run = 1};
    struct pm_producer_stats stats = {0};
    struct pm_log_writer *writer = NULL;
    struct pm_generator *generator = NULL;
    double ns = -1;

    config.settings.rate_per_s = 1000000;
    config.settings.duration_ns = PM_NS_PER_S;
    if (pm_log_create(folder, &log, error) == 0 &&
        pm_log_writer_open(&writer, folder, 0, NULL, error) == 0 &&
        pm_generator_open(&generator, &config, error) == 0) {
        const struct pm_producer_config producer = {.generator = generator, .writers = &writer};
        const int64_t start_ns = pm_clock_thread_cpu_ns();
        if (pm_producer_preload(&producer, &stats, error) == 0)
            ns = (double)(pm_clock_thread_cpu_ns() - start_ns) / (double)stats.sent;
    }
    pm_generator_close(generator);
    pm_log_writer_close(writer);
    return ns;
}

static int bench_log(const char *name, enum pm_codec codec)
{
    double ns[RUNS];

    for (int run = 0; run < RUNS; run++) {
        char folder[] = "/dev/shm/bench_generator.XXXXXX";
        char path[sizeof folder + 4];
        struct pm_error error = {0};
        if (mkdtemp(folder) == NULL)
            return 1;
        snprintf(path, sizeof path, "%s/log", folder);
        ns[run] = preload_once(path, codec, &error);
        pm_publish_remove(folder, NULL);
        if (ns[run] < 0) {
            fprintf(stderr, "%s: %s\n", name, error.text);
            return 1;
        }
    }
    report(name, ns);
    return 0;
}

int main(void)
{
    int rc = bench_pool();

    rc |= bench_making("uniform + Poisson", PM_KEYS_UNIFORM, PM_CODEC_BINARY, 1);
    rc |= bench_making("Zipf + Poisson", PM_KEYS_ZIPF, PM_CODEC_BINARY, 1);
    rc |= bench_making("Zipf + Poisson, 4 partitions", PM_KEYS_ZIPF, PM_CODEC_BINARY, 4);
    rc |= bench_making("Zipf + Poisson, JSON", PM_KEYS_ZIPF, PM_CODEC_JSON, 1);
    rc |= bench_making("Zipf + Poisson, CSV", PM_KEYS_ZIPF, PM_CODEC_CSV, 1);
    rc |= bench_log("Zipf + Poisson, log", PM_CODEC_BINARY);
    rc |= bench_log("Zipf + Poisson, JSON, log", PM_CODEC_JSON);
    return rc;
}
