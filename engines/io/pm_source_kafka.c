/* SPDX-License-Identifier: Apache-2.0 */
/* A Kafka topic as a source: fetched messages decoded into rows of our own. */
#include "pm_source_kafka.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "pm_clock.h"

#define ROWS_MAX  PM_KAFKA_TAKE_MAX
#define LATE_NS   (30 * PM_NS_PER_S) /* for what is known to be there: a broker's restart */
#define LOOK_NS   (PM_NS_PER_MS / 5) /* between two looks for it */
#define SERVE_NS  (10 * PM_NS_PER_MS)
#define SILENT_NS (5 * PM_NS_PER_S) /* without a message: is the topic still there? */
#define ROW_ROOM  4096u /* behind a text, so that the columns of a short row lie in our memory */

/** Where a row of the block came from. */
struct origin {
    uint64_t offset;
    int64_t max_time_before_ns;
    enum pm_kafka_fault fault; /* of a dead letter, whose row is a mark */
};

/** One partition: a block of decoded rows that are handed out in views. */
struct part {
    _Alignas(128) struct pm_kafka_feed *feed; /* NULL: not polled yet */
    uint64_t begin;                           /* offset at which the feed begins */
    uint64_t next;                            /* offset behind the row handed out last */
    uint64_t promised;                        /* the largest end that was told */
    unsigned at, count;                       /* rows [at, count) are to be handed out */
    uint64_t counted; /* offset before which every message was handed out and is counted */
    unsigned faults;  /* dead letters of the block */
    bool known;       /* max_time_ns is the partition's */
    bool ended;
    int64_t max_time_ns; /* the largest event time before the next row to decode */
    int64_t visible_ns;
    int64_t checked_ns; /* when something was found, or the topic was looked at */
    struct pm_bytes bytes;
    _Atomic uint64_t dead[PM_KAFKA_FAULTS];
    _Atomic unsigned letters;
    struct pm_kafka_dead letter[PM_KAFKA_DEAD_KEPT];
    struct pm_record rows[ROWS_MAX];
    struct origin origin[ROWS_MAX];
};

struct kafka_source {
    struct pm_source base;
    struct pm_kafka *kafka;
    struct pm_kafka_figures *figures; /* NULL: nobody asks */
    unsigned partitions;
    _Atomic int64_t served_ns;
    struct part *parts;
};

/* --- opening ------------------------------------------------------------------------------- */

static void kafka_close(struct pm_source *base)
{
    struct kafka_source *source = (struct kafka_source *)base;

    if (source == NULL)
        return;
    for (unsigned i = 0; source->parts != NULL && i < source->partitions; i++) {
        pm_kafka_feed_close(source->parts[i].feed);
        pm_bytes_close(&source->parts[i].bytes);
    }
    pm_kafka_close(source->kafka);
    free(source->parts);
    free(source);
}

static int open_parts(struct kafka_source *source, struct pm_error *error)
{
    uint64_t high;

    source->partitions = pm_kafka_partitions(source->kafka);
    const size_t size = source->partitions * sizeof *source->parts;
    source->parts = aligned_alloc(_Alignof(struct part), size);
    if (source->parts == NULL)
        return pm_error_set(error, PM_ENOMEM, "kafka: no memory for a source");
    memset(source->parts, 0, size);
    for (unsigned i = 0; i < source->partitions; i++) {
        struct part *part = &source->parts[i];
        const int rc = pm_kafka_offsets(source->kafka, i, &part->begin, &high, error);

        part->next = part->counted = part->begin;
        part->max_time_ns = PM_TIME_MIN;
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int kafka_open(struct pm_source **out, const struct pm_source_config *config,
                      struct pm_error *error)
{
    struct kafka_source *source = calloc(1, sizeof *source);

    if (source == NULL)
        return pm_error_set(error, PM_ENOMEM, "kafka: no memory for a source");
    source->base.ops = &pm_source_kafka;
    int rc = pm_kafka_open(&source->kafka, PM_KAFKA_READER, config->place, config->client, error);
    if (rc == 0)
        rc = open_parts(source, error);
    if (rc != 0) {
        kafka_close(&source->base);
        return rc;
    }
    source->figures = config->figures;
    pm_kafka_tell(source->kafka, config->figures);
    *out = &source->base;
    return 0;
}

static unsigned kafka_partitions(const struct pm_source *base)
{
    return ((const struct kafka_source *)base)->partitions;
}

struct pm_kafka *pm_source_kafka_client(struct pm_source *base)
{
    return ((struct kafka_source *)base)->kafka;
}

/* --- decoding ------------------------------------------------------------------------------ */

static void refuse(struct kafka_source *source, struct part *part, const struct pm_kafka_dead *dead)
{
    const unsigned letter = atomic_load_explicit(&part->letters, memory_order_relaxed);

    atomic_fetch_add_explicit(&part->dead[dead->fault], 1, memory_order_relaxed);
    if (letter < PM_KAFKA_DEAD_KEPT) {
        part->letter[letter] = *dead;
        atomic_store_explicit(&part->letters, letter + 1, memory_order_release);
    }
    if (source->figures != NULL)
        pm_kafka_refuse(source->figures, dead);
}

unsigned pm_source_kafka_dead(struct pm_source *base, uint64_t *counts,
                              struct pm_kafka_dead *letters, unsigned limit)
{
    struct kafka_source *source = (struct kafka_source *)base;
    unsigned filled = 0;

    memset(counts, 0, PM_KAFKA_FAULTS * sizeof *counts);
    for (unsigned p = 0; p < source->partitions; p++) {
        struct part *part = &source->parts[p];
        const unsigned kept = atomic_load_explicit(&part->letters, memory_order_acquire);

        for (unsigned i = 0; i < PM_KAFKA_FAULTS; i++)
            counts[i] += atomic_load_explicit(&part->dead[i], memory_order_relaxed);
        for (unsigned i = 0; i < kept && filled < limit; i++)
            letters[filled++] = part->letter[i];
    }
    return filled;
}

/* Columns of a row are read behind its text's begin without a look at its size. */
static int copy_text(struct part *part, struct pm_record *row, const void *text, uint32_t size)
{
    pm_record_set_extension(row, 0);
    if (text == NULL)
        return 0;
    uint8_t *const to = pm_record_extend(row, &part->bytes, size + ROW_ROOM);
    if (to == NULL)
        return PM_ENOMEM;
    memcpy(to, text, size);
    pm_record_trim(row, &part->bytes, size);
    return 0;
}

/* One message into the next row of the block. */
static int take_message(struct kafka_source *source, unsigned partition,
                        const struct pm_kafka_message *message)
{
    struct part *const part = &source->parts[partition];
    struct pm_record *const row = &part->rows[part->count];
    struct pm_kafka_payload payload = {.value = message->value, .value_size = message->value_size};
    struct pm_kafka_head head;
    const void *text = NULL;
    uint32_t size = 0;

    if (!pm_kafka_is_binary(payload.value, payload.value_size))
        payload.header = pm_kafka_message_header(message, PM_KAFKA_HEADER, &payload.header_size);
    const enum pm_kafka_fault fault = pm_kafka_decode(&payload, &head, &text, &size);
    if (fault == PM_KAFKA_OK) {
        *row = head.record;
        if (!part->known)
            part->max_time_ns = head.max_time_before_ns;
        part->known = true;
    } else {
        part->faults++;
        *row = (struct pm_record){.event_time_ns = part->max_time_ns,
                                  .word = pm_record_word(0, PM_KIND_IDLE)};
    }
    if (fault == PM_KAFKA_OK && head.magic == PM_KAFKA_RECORD)
        row->id = pm_record_id(partition, pm_record_sequence(row));
    part->origin[part->count++] = (struct origin){message->offset, part->max_time_ns, fault};
    if (row->event_time_ns > part->max_time_ns)
        part->max_time_ns = row->event_time_ns;
    return fault == PM_KAFKA_OK ? copy_text(part, row, text, size) : 0;
}

/* One of the polling threads lets callbacks run: failures, statistics. */
static void serve_now_and_then(struct kafka_source *source, int64_t now_ns)
{
    int64_t served_ns = atomic_load_explicit(&source->served_ns, memory_order_relaxed);

    if (now_ns - served_ns > SERVE_NS &&
        atomic_compare_exchange_strong(&source->served_ns, &served_ns, now_ns))
        pm_kafka_serve(source->kafka, 0);
}

/* Fill the empty block: its rows, 0 when nothing has been fetched, or a negative PM_E*. */
static int fill_block(struct kafka_source *source, unsigned partition)
{
    struct part *const part = &source->parts[partition];
    const struct pm_kafka_message *messages;
    const int taken = pm_kafka_feed_take(part->feed, ROWS_MAX, &messages);

    if (taken <= 0)
        return taken;
    part->visible_ns = part->checked_ns = pm_clock_ns();
    serve_now_and_then(source, part->visible_ns);
    part->at = part->count = 0;
    part->faults = 0;
    part->bytes.used = 0;
    for (int i = 0; i < taken; i++) {
        const int rc = take_message(source, partition, &messages[i]);
        if (rc != 0)
            return rc;
    }
    return taken;
}

/* --- polling ------------------------------------------------------------------------------- */

/* Nothing came: time for callbacks, and a long silence is looked into. */
static int use_silence(struct kafka_source *source, struct part *part)
{
    const int64_t now_ns = pm_clock_ns();

    serve_now_and_then(source, now_ns);
    if (part->checked_ns == 0)
        part->checked_ns = now_ns;
    if (now_ns - part->checked_ns < SILENT_NS)
        return 0;
    part->checked_ns = now_ns;
    const int rc = pm_kafka_check(source->kafka);
    return rc == PM_EBUSY ? 0 : rc;
}

static int find_rows(struct kafka_source *source, unsigned partition)
{
    struct part *part = &source->parts[partition];
    int found = 0;

    if (part->at < part->count)
        return 1;
    if (part->feed == NULL) {
        found = pm_kafka_feed_open(&part->feed, source->kafka, partition, part->begin, NULL);
        if (found != 0)
            return found;
    }
    found = fill_block(source, partition);
    if (found == 0)
        found = use_silence(source, part);
    if (found != 0 || part->next >= part->promised)
        return found;
    const int64_t until_ns = pm_clock_ns() + LATE_NS;
    while (found == 0 && pm_clock_ns() < until_ns) {
        pm_clock_sleep_until(pm_clock_ns() + LOOK_NS);
        found = fill_block(source, partition);
        if (found == 0)
            found = use_silence(source, part);
    }
    return found == 0 ? PM_EIO : found;
}

/* How many rows of the block follow one another in offset and time, at most @p limit; what is
 * behind a flush is nobody's. */
static uint32_t count_run(const struct part *part, uint32_t limit)
{
    uint32_t count = 1;

    for (unsigned i = part->at + 1; i < part->count && count < limit; i++, count++) {
        const struct origin *const before = &part->origin[i - 1];
        const int64_t time_ns = part->rows[i - 1].event_time_ns;
        const int64_t max_ns =
            time_ns > before->max_time_before_ns ? time_ns : before->max_time_before_ns;

        if (part->origin[i].offset != before->offset + 1 ||
            part->origin[i].max_time_before_ns != max_ns ||
            pm_record_kind(&part->rows[i - 1]) == PM_KIND_FLUSH)
            break;
    }
    return count;
}

/* The next @p count rows are handed out. A range may be read again, or looked into further on: each
 * message counts when all before it did. */
static void count_taken(struct kafka_source *source, unsigned partition, uint32_t count)
{
    struct part *const part = &source->parts[partition];
    const struct origin *const first = &part->origin[part->at];
    const uint64_t end = first[count - 1].offset + 1;
    const uint64_t begin = first->offset > part->counted ? first->offset : part->counted;

    if (part->next > part->counted || end <= part->counted)
        return;
    part->counted = end;
    if (source->figures != NULL)
        atomic_fetch_add_explicit(&source->figures->taken, end - begin, memory_order_relaxed);
    for (uint32_t i = 0; part->faults != 0 && i < count; i++)
        if (first[i].fault != PM_KAFKA_OK && first[i].offset >= begin)
            refuse(source, part,
                   &(struct pm_kafka_dead){partition, first[i].offset, first[i].fault});
}

static int kafka_poll(struct pm_source *base, unsigned partition, uint32_t limit,
                      struct pm_source_view *view)
{
    struct kafka_source *source = (struct kafka_source *)base;
    struct part *part = &source->parts[partition];

    assert(limit != 0 && partition < source->partitions);
    const int found = part->ended ? use_silence(source, part) : find_rows(source, partition);
    if (found < 0)
        return found;
    if (found == 0)
        return part->ended ? PM_SOURCE_END : PM_SOURCE_NOTHING;
    const uint32_t count = count_run(part, limit);
    *view = (struct pm_source_view){.rows = &part->rows[part->at],
                                    .bytes = &part->bytes,
                                    .first_sequence = part->origin[part->at].offset,
                                    .count = count,
                                    .max_time_before_ns = part->origin[part->at].max_time_before_ns,
                                    .visible_ns = part->visible_ns};
    count_taken(source, partition, count);
    part->at += count;
    part->next = part->origin[part->at - 1].offset + 1;
    part->ended = pm_record_kind(&part->rows[part->at - 1]) == PM_KIND_FLUSH;
    return PM_SOURCE_DATA;
}

/* --- places -------------------------------------------------------------------------------- */

static int go(struct kafka_source *source, unsigned partition, uint64_t offset,
              struct pm_error *error)
{
    struct part *part = &source->parts[partition];

    pm_kafka_feed_close(part->feed);
    part->feed = NULL;
    part->begin = part->next = offset;
    part->at = part->count = 0;
    part->known = false;
    part->ended = false;
    part->max_time_ns = PM_TIME_MIN;
    return pm_kafka_feed_open(&part->feed, source->kafka, partition, offset, error);
}

static int kafka_seek(struct pm_source *base, unsigned partition, uint64_t sequence,
                      struct pm_error *error)
{
    struct kafka_source *source = (struct kafka_source *)base;
    uint64_t low;
    uint64_t high;
    const int rc = pm_kafka_offsets(source->kafka, partition, &low, &high, error);

    if (rc != 0)
        return rc;
    if (sequence < low || sequence > high)
        return pm_error_set(error, PM_EOFFSET,
                            "kafka partition %u: offset %" PRIu64 " is not kept or not yet "
                            "written: it holds %" PRIu64 " to %" PRIu64,
                            partition, sequence, low, high);
    return go(source, partition, sequence, error);
}

static int kafka_end(struct pm_source *base, unsigned partition, uint64_t *sequence)
{
    struct kafka_source *source = (struct kafka_source *)base;
    struct part *part = &source->parts[partition];
    const int rc = pm_kafka_offsets(source->kafka, partition, NULL, sequence, NULL);

    if (rc == 0 && *sequence > part->promised)
        part->promised = *sequence;
    return rc;
}

static int kafka_seek_time(struct pm_source *base, unsigned partition, int64_t time_ns,
                           uint64_t *sequence, struct pm_error *error)
{
    struct kafka_source *source = (struct kafka_source *)base;
    const int rc = pm_kafka_offset_of_time(source->kafka, partition, pm_kafka_time_ms(time_ns),
                                           sequence, error);

    return rc != 0 ? rc : go(source, partition, *sequence, error);
}

/* The topic's own retention forgets. */
static void kafka_release(struct pm_source *base, unsigned partition, uint64_t sequence)
{
    (void)base, (void)partition, (void)sequence;
}

static int kafka_failure(struct pm_source *base, struct pm_error *error)
{
    return pm_kafka_failure(((struct kafka_source *)base)->kafka, error);
}

const struct pm_source_ops pm_source_kafka = {
    .name = "kafka",
    .open = kafka_open,
    .partitions = kafka_partitions,
    .poll = kafka_poll,
    .seek = kafka_seek,
    .end = kafka_end,
    .seek_time = kafka_seek_time,
    .release = kafka_release,
    .close = kafka_close,
    .failure = kafka_failure,
};
