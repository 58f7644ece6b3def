/* SPDX-License-Identifier: Apache-2.0 */
/* The producer's work without its log: make records, put them into lanes, copy them out. */
#include "pm_headroom.h"

#include <stdlib.h>
#include <string.h>

#include "pm_lane.h"

#define LOOK_EVERY 1024u /* records between two looks at the clock */

/* Copy the front batch as a frame would be. */
static void drain(struct pm_lane *lane, struct pm_record *frame, struct pm_bytes *bytes)
{
    for (struct pm_lane_batch *batch = pm_lane_front(lane); batch != NULL;
         batch = pm_lane_front(lane)) {
        bytes->used = 0;
        for (uint32_t i = batch->at; i < batch->count; i++) {
            frame[i] = batch->rows[i];
            pm_record_carry(&frame[i], &batch->bytes, bytes);
        }
        pm_lane_drop(lane, batch->count - batch->at);
    }
}

/* Generate until @p budget_ns are used or the sequence ends; the records made, or PM_E*. */
static int64_t generate(struct pm_generator *generator, struct pm_lane *lane, int64_t budget_ns,
                        int64_t *used_ns)
{
    struct pm_record frame[PM_LANE_BATCH];
    struct pm_bytes frame_bytes = {0};
    struct pm_bytes bytes = {0};
    struct pm_record record;
    const int64_t start_ns = pm_clock_thread_cpu_ns();
    int rc = 1;

    for (*used_ns = 0; rc >= 1 && *used_ns < budget_ns;
         *used_ns = pm_clock_thread_cpu_ns() - start_ns) {
        for (unsigned i = 0; i < LOOK_EVERY && rc >= 1; i++) {
            bytes.used = 0;
            rc = pm_generator_next(generator, &record, &bytes);
            if (rc != 1)
                continue;
            if (pm_lane_push(lane, &record, &bytes) != 1)
                drain(lane, frame, &frame_bytes);
        }
    }
    pm_bytes_close(&frame_bytes);
    pm_bytes_close(&bytes);
    return rc < 0 ? rc : (int64_t)pm_generator_made(generator);
}

/* The rate whose highest moment is a record a nanosecond, or the last below it. */
static int64_t highest_rate(const struct pm_generator_settings *settings)
{
    struct pm_generator_settings full = *settings;

    full.rate_per_s = PM_NS_PER_S; /* a peak is proportional to its rate, and rounded down */
    return (int64_t)((__int128)PM_NS_PER_S * PM_NS_PER_S / (pm_generator_peak(&full) + 1));
}

static int measure_part(int64_t *rate_per_s, const struct pm_generator_config *config,
                        int64_t budget_ns, struct pm_error *error)
{
    struct pm_generator_config most = *config;
    struct pm_generator *generator = NULL;
    struct pm_lane *lane = calloc(1, sizeof *lane);
    int64_t used_ns = 0;

    if (lane == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    if (most.settings.schedule != PM_SCHEDULE_TRACE) {
        most.settings.rate_per_s = highest_rate(&most.settings);
        most.settings.duration_ns = budget_ns; /* no generator makes a record a nanosecond */
        most.settings.events = 0;
    }
    int rc = pm_generator_open(&generator, &most, error);
    if (rc == 0) {
        const int64_t made = generate(generator, lane, budget_ns, &used_ns);
        rc = made < 0 ? pm_error_set(error, (int)made, "out of memory for a record's text") : 0;
        if (rc == 0)
            *rate_per_s = (int64_t)((double)made * 1e9 / (double)(used_ns > 0 ? used_ns : 1));
    }
    pm_generator_close(generator);
    pm_lane_close(lane);
    free(lane);
    return rc;
}

int pm_headroom_measure(int64_t *rate_per_s, const struct pm_generator_config *config,
                        int64_t budget_ns, struct pm_error *error)
{
    const bool is_trace = config->settings.schedule == PM_SCHEDULE_TRACE;
    const unsigned parts = config->parts > 1 && !is_trace ? config->parts : 1;
    struct pm_generator_config one = *config;
    int rc = 0;

    for (unsigned i = 0; i < parts && rc == 0; i++) {
        int64_t part_per_s = 0;
        one.part = i;
        rc = measure_part(&part_per_s, &one, budget_ns / parts, error);
        if (rc == 0 && (i == 0 || part_per_s < *rate_per_s))
            *rate_per_s = part_per_s;
    }
    return rc;
}
