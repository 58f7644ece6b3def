/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded log as a source: views over its frames, in place. */
#include "pm_source.h"

#include <inttypes.h>
#include <stdlib.h>

#include "pm_log_held.h"
#include "pm_log_reader.h"
#include "pm_log_recover.h"

/** One partition: the rows of a frame that are still to be handed out. */
struct part {
    _Alignas(128) const struct pm_record *rows;
    uint64_t first_sequence;
    uint32_t left;
    bool ended;              /* the row handed out last was a flush record */
    uint64_t skip_to;        /* of a seek: rows before are passed over */
    uint64_t frame_sequence; /* of the frame taken last, UINT64_MAX when none was */
    uint64_t frame_position;
    int64_t max_time_ns; /* before rows[0] */
    int64_t visible_ns;
    struct pm_bytes bytes; /* the frame as the container of its extensions */
    struct pm_log_held held;
};

struct log_source {
    struct pm_source base;
    struct pm_log_reader *reader;
    unsigned partitions;
    struct part *parts;
};

static void log_close(struct pm_source *base)
{
    struct log_source *source = (struct log_source *)base;

    if (source == NULL)
        return;
    for (unsigned i = 0; i < source->partitions; i++)
        pm_log_held_close(&source->parts[i].held);
    pm_log_reader_close(source->reader);
    free(source->parts);
    free(source);
}

static int log_open(struct pm_source **out, const struct pm_source_config *config,
                    struct pm_error *error)
{
    struct log_source *source = calloc(1, sizeof *source);

    if (source == NULL)
        return pm_error_set(error, PM_ENOMEM, "log %s: no memory for a source", config->place);
    source->base.ops = &pm_source_log;
    const int rc = pm_log_reader_open(&source->reader, config->place, config->consumer, 0, error);
    if (rc != 0) {
        log_close(&source->base);
        return rc;
    }
    const unsigned partitions = pm_log_reader_partitions(source->reader);
    source->parts = aligned_alloc(_Alignof(struct part), partitions * sizeof *source->parts);
    if (source->parts == NULL) {
        log_close(&source->base);
        return pm_error_set(error, PM_ENOMEM, "log %s: no memory for a source", config->place);
    }
    source->partitions = partitions;
    for (unsigned i = 0; i < partitions; i++)
        source->parts[i] = (struct part){.max_time_ns = PM_TIME_MIN, .frame_sequence = UINT64_MAX};
    *out = &source->base;
    return 0;
}

static unsigned log_partitions(const struct pm_source *base)
{
    return ((const struct log_source *)base)->partitions;
}

/* --- rows of one frame -------------------------------------------------------------------- */

static void pass_rows(struct part *part, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        part->max_time_ns = pm_log_max_time(part->max_time_ns, &part->rows[i]);
    part->rows += count;
    part->first_sequence += count;
    part->left -= count;
}

static void take_frame(struct part *part, const struct pm_log_frame *frame, uint64_t position,
                       int64_t visible_ns)
{
    part->frame_sequence = frame->first_sequence;
    part->frame_position = position;
    part->rows = pm_log_frame_rows(frame, &part->bytes);
    part->first_sequence = frame->first_sequence;
    part->left = frame->count;
    part->max_time_ns = frame->max_time_before_ns;
    part->visible_ns = visible_ns;
    if (part->skip_to > part->first_sequence) {
        const uint64_t behind = part->skip_to - part->first_sequence;
        pass_rows(part, behind < part->left ? (uint32_t)behind : part->left);
    }
}

static void hand_out(struct part *part, uint32_t limit, struct pm_source_view *view)
{
    const uint32_t count = limit < part->left ? limit : part->left;

    *view = (struct pm_source_view){.rows = part->rows,
                                    .bytes = &part->bytes,
                                    .first_sequence = part->first_sequence,
                                    .count = count,
                                    .max_time_before_ns = part->max_time_ns,
                                    .visible_ns = part->visible_ns};
    part->ended = pm_record_kind(&part->rows[count - 1]) == PM_KIND_FLUSH;
    if (count == part->left) {
        part->left = 0; /* the next frame brings its own maximum */
        return;
    }
    pass_rows(part, count);
}

/* --- frames ------------------------------------------------------------------------------- */

/* What a frame means: rows for now, rows for later, or the commit of such. */
static int accept_frame(struct log_source *source, unsigned partition,
                        const struct pm_log_frame *frame)
{
    struct part *part = &source->parts[partition];

    if (frame->type == PM_LOG_COMMIT || frame->type == PM_LOG_COMMITTED)
        pm_log_held_commit(&part->held, frame->epoch, frame->incarnation,
                           pm_log_frame_visible_ns(frame));
    if (frame->type == PM_LOG_COMMIT)
        return 0;
    /* A committed frame behind held ones of its epoch keeps their order by joining them. */
    const bool now = frame->type == PM_LOG_COMMITTED || frame->epoch == 0;
    const uint64_t position = pm_log_reader_current(source->reader, partition);
    if (now && pm_log_held_position(&part->held) == UINT64_MAX) {
        take_frame(part, frame, position, pm_log_frame_visible_ns(frame));
        return 0;
    }
    const int rc = pm_log_held_add(&part->held, frame, position);
    if (rc == 0 && now)
        pm_log_held_commit(&part->held, frame->epoch, frame->incarnation,
                           pm_log_frame_visible_ns(frame));
    return rc;
}

/* Rows to hand out are there (1), nothing is there now (0), or a negative PM_E*. */
static int find_rows(struct log_source *source, unsigned partition)
{
    struct part *part = &source->parts[partition];
    const struct pm_log_frame *frame;

    while (part->left == 0) {
        const struct pm_log_held_frame *held = pm_log_held_take(&part->held);
        if (held != NULL) {
            take_frame(part, held->frame, held->position, held->visible_ns);
            continue;
        }
        const int found = pm_log_next_frame(source->reader, partition, &frame);
        if (found != 1)
            return found;
        const int rc = accept_frame(source, partition, frame);
        if (rc != 0)
            return rc;
    }
    return 1;
}

static int log_poll(struct pm_source *base, unsigned partition, uint32_t limit,
                    struct pm_source_view *view)
{
    struct log_source *source = (struct log_source *)base;
    struct part *part = &source->parts[partition];

    assert(limit != 0 && partition < source->partitions);
    const int found = find_rows(source, partition);
    if (found < 0)
        return found;
    if (found == 0)
        return part->ended ? PM_SOURCE_END : PM_SOURCE_NOTHING;
    hand_out(part, limit, view);
    return PM_SOURCE_DATA;
}

/* --- places ------------------------------------------------------------------------------- */

static void forget_rows(struct part *part, uint64_t skip_to)
{
    pm_log_held_clear(&part->held);
    part->left = 0;
    part->ended = false;
    part->skip_to = skip_to;
    part->frame_sequence = UINT64_MAX;
}

static int log_seek(struct pm_source *base, unsigned partition, uint64_t sequence,
                    struct pm_error *error)
{
    struct log_source *source = (struct log_source *)base;
    uint64_t position = 0;
    const int rc = pm_log_reader_find(source->reader, partition, sequence, &position);

    if (rc == PM_EOFFSET)
        return pm_error_set(error, rc,
                            "log p%04u.log: sequence %" PRIu64 " is not kept or not yet written",
                            partition, sequence);
    if (rc != 0)
        return pm_error_set(error, rc, "log p%04u.log is damaged", partition);
    pm_log_reader_go(source->reader, partition, position);
    forget_rows(&source->parts[partition], sequence);
    return 0;
}

static int log_seek_time(struct pm_source *base, unsigned partition, int64_t time_ns,
                         uint64_t *sequence, struct pm_error *error)
{
    struct log_source *source = (struct log_source *)base;
    uint64_t position = 0;
    const int rc = pm_log_reader_find_time(source->reader, partition, time_ns, &position);

    if (rc == PM_EOFFSET)
        return pm_error_set(error, rc,
                            "log p%04u.log: event time %" PRId64 " ns is not kept any more",
                            partition, time_ns);
    if (rc != 0)
        return pm_error_set(error, rc, "log p%04u.log is damaged", partition);
    pm_log_reader_go(source->reader, partition, position);
    forget_rows(&source->parts[partition], 0);
    int found = find_rows(source, partition);
    if (found == 0)
        found = pm_log_reader_end(source->reader, partition, sequence);
    else if (found == 1)
        *sequence = source->parts[partition].first_sequence;
    return found < 0 ? pm_error_set(error, found, "log p%04u.log is damaged", partition) : 0;
}

static int log_end(struct pm_source *base, unsigned partition, uint64_t *sequence)
{
    return pm_log_reader_end(((struct log_source *)base)->reader, partition, sequence);
}

/* Frames that wait for their commit are still to be handed out, so they are kept as well. */
static void log_release(struct pm_source *base, unsigned partition, uint64_t sequence)
{
    struct log_source *source = (struct log_source *)base;
    const struct part *part = &source->parts[partition];
    const uint64_t held = pm_log_held_position(&part->held);
    uint64_t position = part->frame_position;

    /* What is being read is known; only an older place is searched for. */
    if (sequence >= part->frame_sequence ||
        pm_log_reader_find(source->reader, partition, sequence, &position) == 0)
        pm_log_reader_release_to(source->reader, partition, position < held ? position : held);
}

const struct pm_source_ops pm_source_log = {
    .name = "log",
    .open = log_open,
    .partitions = log_partitions,
    .poll = log_poll,
    .seek = log_seek,
    .end = log_end,
    .seek_time = log_seek_time,
    .release = log_release,
    .close = log_close,
};
