/* SPDX-License-Identifier: Apache-2.0 */
/* The committed-output log: a partition a writer, rows in frames, an epoch visible by one frame. */
#include "pm_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "pm_log.h"
#include "pm_sink_rows.h"

#define FRAME_ROWS 256u /* rows that are collected before a frame is written */
#define FRAME_BYTES                                                                                \
    (64u << 10) /* and bytes of extensions; one larger row has a frame of its own                  \
                 */

struct log_sink {
    struct pm_sink base;
    struct pm_log_writer *writer;
    const char *place;
    struct pm_sink_handle open;      /* the open or just prepared epoch */
    struct pm_sink_handle committed; /* the newest commit */
    struct pm_digest rows;           /* of the open epoch */
    uint32_t count;                  /* rows that are collected */
    uint32_t frame_rows;             /* rows and extension bytes that make a frame */
    size_t frame_bytes;
    bool single;  /* PM_AT_MOST_ONCE: an epoch of one frame needs no commit */
    bool spilled; /* frames of the open epoch are in the log already */
    struct pm_bytes bytes;
    struct pm_record collected[FRAME_ROWS];
};

/* --- what is in the log ------------------------------------------------------------------- */

/** What a walk through a partition found about one epoch and about the newest commit. */
struct survey {
    uint64_t epoch;
    uint32_t incarnation;
    struct pm_digest rows; /* of the frames of (epoch, incarnation) */
    bool committed;
    struct pm_log_commit commit; /* of (epoch, incarnation), when committed */
    struct pm_sink_handle newest;
};

static void digest_frame(struct pm_digest *rows, const struct pm_log_frame *frame)
{
    struct pm_bytes bytes;
    const struct pm_record *records = pm_log_frame_rows(frame, &bytes);

    for (uint32_t i = 0; i < frame->count; i++)
        pm_sink_rows_add(rows, &records[i], &bytes);
}

static void survey_frame(struct survey *survey, const struct pm_log_frame *frame)
{
    struct pm_log_commit commit = {.epoch = frame->epoch, .incarnation = frame->incarnation};
    const bool asked = frame->epoch == survey->epoch && frame->incarnation == survey->incarnation;
    struct pm_digest rows = {0};

    if (frame->type == PM_LOG_RECORDS) {
        if (asked)
            digest_frame(&survey->rows, frame);
        return;
    }
    if (frame->type == PM_LOG_COMMITTED) {
        digest_frame(&rows, frame);
        commit.rows = rows.count;
        commit.digest = pm_digest_value(&rows);
    } else {
        commit = *(const struct pm_log_commit *)(const void *)(frame + 1);
    }
    if (asked) {
        survey->committed = true;
        survey->commit = commit;
    }
    survey->newest.incarnation = commit.incarnation;
    survey->newest.epoch = commit.epoch;
    survey->newest.rows = commit.rows;
    survey->newest.digest = commit.digest;
}

static int survey_log(const struct log_sink *sink, struct survey *survey, struct pm_error *error)
{
    struct pm_log_reader *reader;
    const struct pm_log_frame *frame;
    int rc = pm_log_reader_open(&reader, sink->place, PM_LOG_CONSUMERS_MAX, sink->open.run, error);

    if (rc != 0)
        return rc;
    while ((rc = pm_log_next_frame(reader, sink->open.writer, &frame)) == 1)
        survey_frame(survey, frame);
    pm_log_reader_close(reader);
    if (rc != 0)
        return pm_error_set(error, rc, "log %s: p%04u.log is damaged", sink->place,
                            sink->open.writer);
    survey->newest.run = sink->open.run;
    survey->newest.writer = sink->open.writer;
    return 0;
}

/* --- opening ------------------------------------------------------------------------------ */

static void log_close(struct pm_sink *base)
{
    struct log_sink *sink = (struct log_sink *)base;

    if (sink == NULL)
        return;
    pm_log_writer_close(sink->writer);
    pm_bytes_close(&sink->bytes);
    free(sink);
}

/* The first writer of a job makes the log for all; another may have been quicker. */
static int create_missing(const struct pm_sink_config *config, struct pm_error *error)
{
    const struct pm_log_config log = {.partitions = config->writers,
                                      .capacity = config->capacity,
                                      .durability = config->durability,
                                      .run = config->run};
    struct stat info;

    if (stat(config->place, &info) == 0 || errno != ENOENT)
        return 0;
    const int rc = pm_log_create(config->place, &log, error);
    return rc == PM_EMISMATCH ? 0 : rc;
}

static int open_writer(struct log_sink *sink, const struct pm_sink_config *config,
                       struct pm_error *error)
{
    struct survey survey = {.epoch = 0};
    int rc = create_missing(config, error);

    if (rc == 0)
        rc = pm_log_writer_open(&sink->writer, config->place, config->writer, NULL, error);
    if (rc == 0 && !pm_log_writer_is_new(sink->writer))
        rc = survey_log(sink, &survey, error);
    if (rc != 0)
        return rc;
    sink->committed = survey.newest;
    pm_log_writer_set_incarnation(sink->writer, config->incarnation);
    return 0;
}

static int log_open(struct pm_sink **out, const struct pm_sink_config *config,
                    struct pm_error *error)
{
    struct log_sink *sink = calloc(1, sizeof *sink);

    if (sink == NULL)
        return pm_error_set(error, PM_ENOMEM, "log %s: no memory for a sink", config->place);
    sink->base.ops = &pm_sink_log;
    sink->place = config->place;
    /* A frame is at most a quarter of the ring: an eighth for its rows, a sixteenth for bytes. */
    sink->frame_rows =
        config->capacity / 512 < FRAME_ROWS ? (uint32_t)(config->capacity / 512) : FRAME_ROWS;
    sink->frame_rows = sink->frame_rows < 4 ? 4 : sink->frame_rows;
    sink->frame_bytes = config->capacity / 16 < FRAME_BYTES ? config->capacity / 16 : FRAME_BYTES;
    sink->single = config->guarantee == PM_AT_MOST_ONCE;
    sink->open = (struct pm_sink_handle){
        .run = config->run, .incarnation = config->incarnation, .writer = config->writer};
    const int rc = open_writer(sink, config, error);
    if (rc != 0) {
        log_close(&sink->base);
        return rc;
    }
    *out = &sink->base;
    return 0;
}

/* --- writing ------------------------------------------------------------------------------ */

static void forget_rows(struct log_sink *sink)
{
    sink->count = 0;
    sink->bytes.used = 0;
}

/* Put the collected rows into a frame. After PM_EBUSY they are still there. */
static int flush(struct log_sink *sink, enum pm_log_frame_type type)
{
    int rc = pm_log_begin(sink->writer, sink->count, sink->bytes.used);

    if (rc != 0)
        return rc;
    for (uint32_t i = 0; i < sink->count; i++)
        pm_log_append_output(sink->writer, &sink->collected[i], &sink->bytes);
    rc = pm_log_publish(sink->writer, type, sink->open.epoch);
    if (rc == 0)
        forget_rows(sink);
    return rc;
}

static int log_begin(struct pm_sink *base, uint64_t epoch)
{
    struct log_sink *sink = (struct log_sink *)base;

    assert(epoch != 0); /* epoch 0 marks the frames of a source log */
    sink->open.epoch = epoch;
    sink->rows = (struct pm_digest){0};
    sink->spilled = false;
    forget_rows(sink);
    return 0;
}

static int log_write(struct pm_sink *base, const struct pm_record *record,
                     const struct pm_bytes *bytes)
{
    struct log_sink *sink = (struct log_sink *)base;

    if (sink->count == sink->frame_rows || sink->bytes.used >= sink->frame_bytes) {
        const int rc = flush(sink, PM_LOG_RECORDS);
        if (rc != 0)
            return rc;
        sink->spilled = true;
    }
    struct pm_record *row = &sink->collected[sink->count];
    *row = *record;
    pm_record_carry(row, bytes, &sink->bytes);
    if (sink->bytes.failed)
        return PM_ENOMEM;
    pm_sink_rows_add(&sink->rows, record, bytes);
    sink->count++;
    return 0;
}

static int log_prepare(struct pm_sink *base, struct pm_sink_handle *handle)
{
    struct log_sink *sink = (struct log_sink *)base;

    if (sink->count != 0) {
        const int rc = flush(sink, PM_LOG_RECORDS);
        if (rc != 0)
            return rc;
        sink->spilled = true;
    }
    sink->open.rows = sink->rows.count;
    sink->open.digest = pm_digest_value(&sink->rows);
    *handle = sink->open;
    return 0;
}

/* --- committing --------------------------------------------------------------------------- */

/* A commit that was made is checked against its digest, one of a dead incarnation by its rows. */
static int check_commit(const struct log_sink *sink, const struct pm_sink_handle *handle,
                        bool *made)
{
    struct survey survey = {.epoch = handle->epoch, .incarnation = handle->incarnation};
    const int rc = survey_log(sink, &survey, NULL);

    *made = survey.committed;
    if (rc != 0)
        return rc;
    if (survey.committed)
        return survey.commit.rows == handle->rows && survey.commit.digest == handle->digest
                   ? 0
                   : PM_EMISMATCH;
    if (handle->epoch <= survey.newest.epoch)
        return PM_EMISMATCH; /* a later epoch is committed: this one was given up */
    return survey.rows.count == handle->rows && pm_digest_value(&survey.rows) == handle->digest
               ? 0
               : PM_ECORRUPT;
}

static int log_commit(struct pm_sink *base, const struct pm_sink_handle *handle)
{
    struct log_sink *sink = (struct log_sink *)base;
    const struct pm_log_commit commit = {.epoch = handle->epoch,
                                         .incarnation = handle->incarnation,
                                         .writer = handle->writer,
                                         .rows = handle->rows,
                                         .digest = handle->digest};
    bool made = false;
    int rc = 0;

    if (handle->run != sink->open.run || handle->writer != sink->open.writer)
        return PM_EMISMATCH;
    if (handle->epoch <= sink->committed.epoch || handle->incarnation != sink->open.incarnation)
        rc = check_commit(sink, handle, &made);
    if (rc != 0 || made)
        return rc;
    rc = pm_log_publish_commit(sink->writer, &commit);
    if (rc == 0)
        sink->committed = *handle;
    return rc;
}

static int log_abort(struct pm_sink *base, const struct pm_sink_handle *handle)
{
    struct log_sink *sink = (struct log_sink *)base;

    if (handle->epoch == sink->open.epoch && handle->incarnation == sink->open.incarnation)
        forget_rows(sink); /* what is in the log without a commit frame is never seen */
    return 0;
}

static int log_last_committed(struct pm_sink *base, struct pm_sink_handle *handle)
{
    *handle = ((struct log_sink *)base)->committed;
    return 0;
}

static int publish_single(struct log_sink *sink)
{
    if (sink->count == 0)
        return 0;
    const int rc = flush(sink, PM_LOG_COMMITTED);
    if (rc == 0) {
        sink->open.rows = sink->rows.count;
        sink->open.digest = pm_digest_value(&sink->rows);
        sink->committed = sink->open;
    }
    return rc;
}

static int log_publish(struct pm_sink *base, uint64_t *epoch)
{
    struct log_sink *sink = (struct log_sink *)base;
    struct pm_sink_handle handle;
    int rc;

    if (sink->single && !sink->spilled) {
        rc = publish_single(sink);
    } else {
        rc = log_prepare(base, &handle);
        if (rc == 0)
            rc = log_commit(base, &handle);
    }
    return rc != 0 ? rc : log_begin(base, ++*epoch);
}

const struct pm_sink_ops pm_sink_log = {
    .name = "log",
    .guarantees = 1u << PM_AT_MOST_ONCE | 1u << PM_AT_LEAST_ONCE | 1u << PM_EXACTLY_ONCE,
    .open = log_open,
    .begin = log_begin,
    .write = log_write,
    .prepare = log_prepare,
    .commit = log_commit,
    .abort = log_abort,
    .last_committed = log_last_committed,
    .close = log_close,
    .publish = log_publish,
};
