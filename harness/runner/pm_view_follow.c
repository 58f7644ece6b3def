/* SPDX-License-Identifier: Apache-2.0 */
/* From the frames of committed output to transactions of the view. */
#include "pm_view_follow.h"

#include <stdio.h>
#include <stdlib.h>

#include "pm_log_held.h"
#include "pm_log_reader.h"
#include "pm_sink.h"

#define STEP_ROWS  4096u /* a transaction ends with the commit that reaches so many */
#define BUSY_TRIES 30u   /* each waits as long as the sink does */

/* One writer of the output: its sink, and the commits that the next transaction applies. */
struct follower {
    struct pm_sink *sink;
    uint64_t applied; /* the newest epoch that is in the view */
    struct pm_log_held held;
    struct pm_log_frame const **frames;
    size_t frame_count, frame_capacity;
    int64_t *visible_ns; /* of each commit */
    size_t commits, commit_capacity;
    uint64_t epoch; /* of the last one */
    uint64_t rows;
};

struct pm_view_follow {
    struct pm_view_map *map;
    struct pm_log_reader *reader;
    unsigned writers;
    struct follower *writer;
};

void pm_view_follow_close(struct pm_view_follow *follow)
{
    if (follow == NULL)
        return;
    for (unsigned i = 0; follow->writer != NULL && i < follow->writers; i++) {
        struct follower *const one = &follow->writer[i];
        if (one->sink != NULL)
            one->sink->ops->close(one->sink);
        pm_log_held_close(&one->held);
        free(one->frames);
        free(one->visible_ns);
    }
    free(follow->writer);
    pm_log_reader_close(follow->reader);
    free(follow);
}

static int open_writer(struct follower *out, unsigned number, unsigned writers,
                       const struct pm_view_follow_config *config, struct pm_error *error)
{
    char words[3][96];
    const char *const about[] = {words[0], words[1], words[2], NULL};
    const struct pm_sink_config sink = {
        .place = config->place,
        .writer = number,
        .writers = writers,
        .run = config->run,
        .incarnation = 1,
        .outputs = config->tables->names,
        .schemas = config->tables->schemas,
        .about = about,
    };
    struct pm_sink_handle last;

    snprintf(words[0], sizeof words[0], "scenario=%s", config->scenario);
    snprintf(words[1], sizeof words[1], "engine=%s", config->instance);
    snprintf(words[2], sizeof words[2], "run=%llu", (unsigned long long)config->run);
    const int code = pm_sink_sqlite.open(&out->sink, &sink, error);
    if (code != 0)
        return code;
    out->sink->ops->last_committed(out->sink, &last);
    out->applied = last.epoch;
    return 0;
}

int pm_view_follow_make(const struct pm_view_follow_config *config, struct pm_error *error)
{
    struct follower first = {.sink = NULL};
    const int code = open_writer(&first, 0, 1, config, error);

    if (code == 0)
        first.sink->ops->close(first.sink);
    return code;
}

int pm_view_follow_open(struct pm_view_follow **out, const struct pm_view_follow_config *config,
                        struct pm_error *error)
{
    struct pm_view_follow *const follow = calloc(1, sizeof *follow);
    int code = 0;

    if (follow == NULL)
        return pm_error_set(error, PM_ENOMEM, "view: out of memory");
    follow->map = config->map;
    code = pm_log_reader_open(&follow->reader, config->output, PM_LOG_CONSUMERS_MAX, config->run,
                              error);
    if (code == 0) {
        follow->writers = pm_log_reader_partitions(follow->reader);
        follow->writer = calloc(follow->writers, sizeof *follow->writer);
        if (follow->writer == NULL)
            code = pm_error_set(error, PM_ENOMEM, "view: out of memory");
    }
    for (unsigned i = 0; code == 0 && i < follow->writers; i++)
        code = open_writer(&follow->writer[i], i, follow->writers, config, error);
    if (code != 0) {
        pm_view_follow_close(follow);
        return code;
    }
    *out = follow;
    return 0;
}

/* --- gathering -------------------------------------------------------------------------------- */

/* Room for one more element of @p size bytes in @p list. */
static int grow(void **list, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return 0;
    const size_t larger = *capacity == 0 ? 256 : *capacity * 2;
    void *const memory = realloc(*list, larger * size);
    if (memory == NULL)
        return PM_ENOMEM;
    *list = memory;
    *capacity = larger;
    return 0;
}

static int take_commit(struct follower *one, const struct pm_log_frame *frame)
{
    const struct pm_log_held_frame *held = NULL;
    const bool known = frame->epoch <= one->applied;

    pm_log_held_commit(&one->held, frame->epoch, frame->incarnation,
                       pm_log_frame_visible_ns(frame));
    while ((held = pm_log_held_take(&one->held)) != NULL) {
        if (known)
            continue;
        if (grow((void **)&one->frames, one->frame_count, &one->frame_capacity,
                 sizeof *one->frames) != 0)
            return PM_ENOMEM;
        one->frames[one->frame_count++] = held->frame;
        one->rows += held->frame->count;
    }
    if (known)
        return 0;
    if (grow((void **)&one->visible_ns, one->commits, &one->commit_capacity,
             sizeof *one->visible_ns) != 0)
        return PM_ENOMEM;
    one->visible_ns[one->commits++] = pm_log_frame_visible_ns(frame);
    one->epoch = frame->epoch;
    return 0;
}

/* The commits that are there now, and no part of one that is not. */
static int gather(struct pm_view_follow *follow, unsigned number)
{
    struct follower *const one = &follow->writer[number];
    const struct pm_log_frame *frame = NULL;
    int code = 0;

    one->frame_count = 0;
    one->commits = 0;
    one->rows = 0;
    while (one->rows < STEP_ROWS &&
           (code = pm_log_next_frame(follow->reader, number, &frame)) > 0) {
        if (frame->type == PM_LOG_RECORDS || frame->type == PM_LOG_COMMITTED)
            code =
                pm_log_held_add(&one->held, frame, pm_log_reader_current(follow->reader, number));
        if (code >= 0 && (frame->type == PM_LOG_COMMIT || frame->type == PM_LOG_COMMITTED))
            code = take_commit(one, frame);
        if (code < 0)
            return code;
    }
    return code < 0 ? code : 0;
}

/* --- applying --------------------------------------------------------------------------------- */

static int write_frame(struct pm_sink *sink, const struct pm_log_frame *frame)
{
    struct pm_bytes bytes;
    const struct pm_record *const rows = pm_log_frame_rows(frame, &bytes);
    int code = 0;

    for (uint32_t i = 0; i < frame->count && code == 0; i++)
        if (pm_record_kind(&rows[i]) == PM_KIND_DATA)
            code = pm_sink_write(sink, &rows[i], &bytes);
    return code;
}

static int apply(struct follower *one)
{
    struct pm_sink *const sink = one->sink;
    struct pm_sink_handle handle;

    int code = sink->ops->begin(sink, one->epoch);
    for (size_t i = 0; i < one->frame_count && code == 0; i++)
        code = write_frame(sink, one->frames[i]);
    if (code == 0)
        code = sink->ops->prepare(sink, &handle);
    if (code != 0)
        return code;
    code = PM_EBUSY;
    for (unsigned i = 0; i < BUSY_TRIES && code == PM_EBUSY; i++)
        code = sink->ops->commit(sink, &handle);
    if (code == 0)
        one->applied = one->epoch;
    return code;
}

static void tell(struct pm_view_map *map, const struct follower *one)
{
    const int64_t now_ns = pm_clock_ns();

    for (size_t i = 0; i < one->commits; i++)
        pm_histogram_record(map->lag, now_ns - one->visible_ns[i]);
    atomic_fetch_add(&map->page->commits, one->commits);
    atomic_fetch_add(&map->page->rows, one->rows);
    atomic_fetch_add(&map->page->transactions, 1);
}

int pm_view_follow_step(struct pm_view_follow *follow, struct pm_error *error)
{
    int applied = 0;

    for (unsigned i = 0; i < follow->writers; i++) {
        struct follower *const one = &follow->writer[i];
        int code = gather(follow, i);

        if (code == 0 && one->commits != 0)
            code = apply(one);
        if (code != 0)
            return pm_error_set(error, code, "view: the commits of writer %u cannot be applied: %s",
                                i, pm_error_name(code));
        if (one->commits != 0)
            tell(follow->map, one);
        applied += (int)one->commits;
    }
    return applied;
}
