/* SPDX-License-Identifier: Apache-2.0 */
/* One loop: write what is due, else make a record ahead, else wait. */
#include "pm_producer.h"

#include <stdlib.h>

#include "pm_lane.h"

#define AHEAD_STEP 4u                  /* records made between two looks at the clock */
#define LOOK_UP_NS (10 * PM_NS_PER_MS) /* the longest sleep: how soon a stop is seen */
#define EVERYTHING INT64_MAX           /* the time at which all is due: preload */

struct producer {
    const struct pm_producer_config *config;
    struct pm_medium *medium;
    struct pm_producer_stats *stats;
    struct pm_error *error;
    struct pm_lane *lane; /* one a partition */
    unsigned partitions;
    struct pm_record made; /* not yet in its lane */
    struct pm_bytes bytes; /* of made */
    bool has_made;
    bool ended;   /* the generator has no more */
    bool stopped; /* stop was seen */
    bool paced;
};

/* Fill the lanes with up to @p limit records; the number made, 0 when nothing fits, or PM_E*. */
static int make_ahead(struct producer *producer, unsigned limit)
{
    unsigned made = 0;

    while (made < limit && !producer->ended) {
        if (!producer->has_made) {
            producer->bytes.used = 0;
            const int rc =
                pm_generator_next(producer->config->generator, &producer->made, &producer->bytes);
            if (rc < 0)
                return pm_error_set(producer->error, rc, "out of memory for a record's text");
            if (rc == PM_GENERATOR_OTHERS) {
                made++;
                continue;
            }
            producer->ended = rc == 0;
            producer->has_made = rc == 1;
            continue;
        }
        struct pm_lane *lane = &producer->lane[pm_record_partition(&producer->made)];
        const int rc = lane->closed ? 1 : pm_lane_push(lane, &producer->made, &producer->bytes);
        if (rc < 0)
            return pm_error_set(producer->error, rc, "out of memory for a record's text");
        if (rc == 0)
            break;
        producer->has_made = false;
        made++;
    }
    return (int)made;
}

/* How many rows of @p batch one frame takes at @p now_ns since the start; a flush goes alone. */
static uint32_t count_due(const struct pm_lane_batch *batch, int64_t now_ns)
{
    uint32_t count = 0;

    for (uint32_t i = batch->at; i < batch->count && batch->rows[i].stamp_ns <= now_ns; i++) {
        if (pm_record_kind(&batch->rows[i]) == PM_KIND_FLUSH)
            return count > 0 ? count : 1;
        count++;
    }
    return count;
}

static void note_sent(struct producer *producer, const struct pm_record *rows, uint32_t count,
                      int64_t written_ns)
{
    const struct pm_producer_config *config = producer->config;
    struct pm_producer_stats *stats = producer->stats;

    for (uint32_t i = 0; i < count; i++) {
        const enum pm_record_kind kind = pm_record_kind(&rows[i]);
        stats->marks += kind == PM_KIND_IDLE ? 1 : 0;
        if (kind != PM_KIND_DATA)
            continue;
        stats->sent++;
        if (!producer->paced)
            continue;
        const int64_t late_ns = written_ns - rows[i].stamp_ns;
        stats->late_ns_max = late_ns > stats->late_ns_max ? late_ns : stats->late_ns_max;
        if (config->lateness != NULL)
            config->lateness(config->payload, late_ns);
    }
    stats->frames++;
}

static void note_unsent(struct producer *producer, const struct pm_record *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        producer->stats->unsent += pm_record_kind(&rows[i]) == PM_KIND_DATA ? 1 : 0;
}

/* The rows found no room: they are lost, but for a flush record, which waits. */
static int refuse(struct producer *producer, struct pm_lane *lane, uint32_t count)
{
    const struct pm_lane_batch *batch = pm_lane_front(lane);
    const struct pm_record *rows = &batch->rows[batch->at];

    if (!producer->paced)
        return pm_error_set(producer->error, PM_EINVALID,
                            "the log is full after %llu records: give it more capacity",
                            (unsigned long long)producer->stats->sent);
    if (pm_record_kind(rows) == PM_KIND_FLUSH && !producer->stopped)
        return 0;
    note_unsent(producer, rows, count);
    pm_lane_drop(lane, count);
    return (int)count;
}

/* A write failed with @p rc: the medium knows best why. */
static int explain(struct producer *producer, unsigned partition, int rc)
{
    struct pm_medium *const medium = producer->medium;
    const int known =
        medium->ops->failure != NULL ? medium->ops->failure(medium, producer->error) : 0;

    if (known != 0)
        return known;
    if (rc == PM_EINPUT)
        return pm_error_set(producer->error, rc,
                            "partition %u: a record is larger than its log takes", partition);
    return pm_error_set(producer->error, rc, "partition %u: %s", partition, pm_error_name(rc));
}

/* Write of the @p count rows at the front of @p partition: how many are done with, or PM_E*. */
static int write_frame(struct producer *producer, unsigned partition, uint32_t count)
{
    struct pm_lane *lane = &producer->lane[partition];
    struct pm_lane_batch *batch = pm_lane_front(lane);
    struct pm_record *rows = &batch->rows[batch->at];
    const struct pm_due due = {
        .rows = rows,
        .bytes = &batch->bytes,
        .count = count,
        .start_ns = producer->config->start_ns,
        .now_ns = producer->stopped ? pm_clock_ns() : 0,
    };
    const int rc = producer->medium->ops->write(producer->medium, partition, &due);

    if (rc == PM_EBUSY)
        return refuse(producer, lane, count);
    if (rc < 0)
        return explain(producer, partition, rc);
    note_sent(producer, rows, (uint32_t)rc, producer->paced ? pm_clock_ns() : 0);
    lane->closed = pm_record_kind(rows) == PM_KIND_FLUSH;
    pm_lane_drop(lane, (uint32_t)rc);
    return rc;
}

/* Write all that is due at @p now_ns since the start: how many records, or PM_E*. */
static int write_due(struct producer *producer, int64_t now_ns)
{
    int written = 0;

    for (unsigned p = 0; p < producer->partitions; p++) {
        const struct pm_lane_batch *batch = pm_lane_front(&producer->lane[p]);
        uint32_t due = batch != NULL ? count_due(batch, now_ns) : 0;
        while (due > 0) {
            const int rc = write_frame(producer, p, due);
            if (rc <= 0) {
                if (rc < 0)
                    return rc;
                break;
            }
            written += rc;
            batch = pm_lane_front(&producer->lane[p]);
            due = batch != NULL ? count_due(batch, now_ns) : 0;
        }
    }
    return written;
}

/* The earliest due time of what is ready; EVERYTHING when nothing is. */
static int64_t next_due(struct producer *producer)
{
    int64_t due_ns = EVERYTHING;

    for (unsigned p = 0; p < producer->partitions; p++) {
        const struct pm_lane_batch *batch = pm_lane_front(&producer->lane[p]);
        if (batch != NULL && batch->rows[batch->at].stamp_ns < due_ns)
            due_ns = batch->rows[batch->at].stamp_ns;
    }
    return due_ns;
}

static void wait_for(struct producer *producer, int64_t due_ns)
{
    const struct pm_producer_config *config = producer->config;

    if (config->wait == PM_WAIT_SPIN) {
        pm_clock_wait(PM_WAIT_SPIN);
        return;
    }
    const int64_t now_ns = pm_clock_ns();
    int64_t until_ns = now_ns + LOOK_UP_NS;
    if (due_ns < until_ns - config->start_ns)
        until_ns = due_ns + config->start_ns;
    pm_clock_sleep_until(until_ns > now_ns + PM_NAP_NS ? until_ns : now_ns + PM_NAP_NS);
}

/* Leave out everything but the flush records, which are due now. */
static void stop(struct producer *producer)
{
    producer->stopped = true;
    producer->has_made = false;
    producer->ended = false;
    for (unsigned p = 0; p < producer->partitions; p++)
        pm_lane_clear(&producer->lane[p]);
    pm_generator_finish(producer->config->generator);
}

static bool is_stop_asked(const struct producer *producer)
{
    return !producer->stopped && producer->config->stop != NULL &&
           atomic_load_explicit(producer->config->stop, memory_order_relaxed);
}

static int run_paced(struct producer *producer)
{
    for (;;) {
        if (is_stop_asked(producer))
            stop(producer);
        const int64_t now_ns =
            producer->stopped ? EVERYTHING : pm_clock_ns() - producer->config->start_ns;
        const int written = write_due(producer, now_ns);
        if (written < 0)
            return written;
        /* With something ready the clock comes first; with nothing, what is next may be due now. */
        const int64_t due_ns = next_due(producer);
        const int made = make_ahead(producer, due_ns == EVERYTHING ? PM_LANE_BATCH : AHEAD_STEP);
        if (made < 0)
            return made;
        if (written > 0 || made > 0)
            continue;
        if (producer->ended && due_ns == EVERYTHING)
            return 0;
        wait_for(producer, due_ns);
    }
}

static int run_preload(struct producer *producer)
{
    for (;;) {
        const int made = make_ahead(producer, PM_LANE_BATCH * PM_LANE_BATCHES);
        if (made < 0)
            return made;
        const int written = write_due(producer, EVERYTHING);
        if (written < 0)
            return written;
        if (made == 0 && written == 0)
            return 0;
    }
}

/* What the medium had taken and lost after all was not sent. */
static int finish(struct producer *producer)
{
    const struct pm_medium_ops *const ops = producer->medium->ops;
    uint64_t lost = 0;

    if (ops->finish == NULL)
        return 0;
    const int rc = ops->finish(producer->medium, &lost, producer->error);
    lost = lost < producer->stats->sent ? lost : producer->stats->sent;
    producer->stats->sent -= lost;
    producer->stats->unsent += lost;
    return rc;
}

static int produce(const struct pm_producer_config *config, bool paced,
                   struct pm_producer_stats *stats, struct pm_error *error)
{
    struct pm_medium_log log;
    struct producer producer = {
        .config = config,
        .medium = config->medium != NULL ? config->medium : &log.base,
        .stats = stats,
        .error = error,
        .partitions = pm_generator_partitions(config->generator),
        .paced = paced,
    };

    *stats = (struct pm_producer_stats){0};
    pm_medium_log_open(&log, config->writers);
    producer.lane = calloc(producer.partitions, sizeof *producer.lane);
    if (producer.lane == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    pm_clock_exact_sleep();
    int rc = paced ? run_paced(&producer) : run_preload(&producer);
    if (rc == 0)
        rc = finish(&producer);
    for (unsigned p = 0; p < producer.partitions; p++)
        pm_lane_close(&producer.lane[p]);
    free(producer.lane);
    pm_bytes_close(&producer.bytes);
    return rc;
}

int pm_producer_run(const struct pm_producer_config *config, struct pm_producer_stats *stats,
                    struct pm_error *error)
{
    return produce(config, true, stats, error);
}

int pm_producer_preload(const struct pm_producer_config *config, struct pm_producer_stats *stats,
                        struct pm_error *error)
{
    return produce(config, false, stats, error);
}
