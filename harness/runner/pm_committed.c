/* SPDX-License-Identifier: Apache-2.0 */
/* Two onlookers of one log: the first finds the commits, the second gives rows their moment. */
#include "pm_committed.h"

#include <stdbool.h>
#include <stdlib.h>

#include "pm_log.h"

struct commit {
    uint64_t epoch;
    uint32_t incarnation;
    int64_t written_ns;
};

/* The commits of one writer in the order of the log; passed counts those behind the second reader.
 */
struct commits {
    struct commit *list;
    size_t count, capacity, passed;
};

static int add_commit(struct commits *commits, const struct pm_log_frame *frame)
{
    if (commits->count == commits->capacity) {
        const size_t capacity = commits->capacity == 0 ? 1024 : commits->capacity * 2;
        struct commit *const list = realloc(commits->list, capacity * sizeof *list);

        if (list == NULL)
            return PM_ENOMEM;
        commits->list = list;
        commits->capacity = capacity;
    }
    commits->list[commits->count++] =
        (struct commit){frame->epoch, frame->incarnation, pm_log_frame_visible_ns(frame)};
    return 0;
}

static int find_commits(struct commits *commits, struct pm_log_reader *reader, unsigned writer)
{
    const struct pm_log_frame *frame = NULL;
    int code = 0;

    commits->count = 0;
    commits->passed = 0;
    while ((code = pm_log_next_frame(reader, writer, &frame)) > 0)
        if (frame->type == PM_LOG_COMMIT && (code = add_commit(commits, frame)) != 0)
            break;
    return code;
}

/* When the rows of @p frame became visible; false when they never did. */
static bool visible_at(const struct commits *commits, const struct pm_log_frame *frame,
                       int64_t *visible_ns)
{
    if (frame->type == PM_LOG_COMMITTED) {
        *visible_ns = pm_log_frame_visible_ns(frame);
        return true;
    }
    for (size_t i = commits->passed; i < commits->count; i++) {
        const struct commit *const commit = &commits->list[i];

        if (commit->epoch == frame->epoch && commit->incarnation == frame->incarnation) {
            *visible_ns = commit->written_ns;
            return true;
        }
    }
    return false;
}

static int tell_frame(const struct pm_log_frame *frame, int64_t visible_ns, unsigned writer,
                      pm_committed_fn each, void *payload)
{
    struct pm_bytes bytes;
    const struct pm_record *const rows = pm_log_frame_rows(frame, &bytes);

    for (uint32_t i = 0; i < frame->count; i++) {
        const struct pm_committed committed = {
            &rows[i], &bytes, visible_ns, writer, pm_log_frame_visible_ns(frame), frame->epoch};
        const int code = each(payload, &committed);

        if (code != 0)
            return code;
    }
    return 0;
}

static int tell_writer(struct commits *commits, struct pm_log_reader *reader, unsigned writer,
                       pm_committed_fn each, void *payload)
{
    const struct pm_log_frame *frame = NULL;
    int64_t visible_ns = 0;
    int code = 0;

    while ((code = pm_log_next_frame(reader, writer, &frame)) > 0) {
        if (frame->type == PM_LOG_COMMIT) {
            if (commits->passed == commits->count) /* written after the first reader had finished */
                return 0;
            commits->passed++;
            continue;
        }
        if (frame->type != PM_LOG_RECORDS && frame->type != PM_LOG_COMMITTED)
            continue;
        if (visible_at(commits, frame, &visible_ns) &&
            (code = tell_frame(frame, visible_ns, writer, each, payload)) != 0)
            return code;
    }
    return code;
}

int pm_committed_each(const char *path, uint64_t run, pm_committed_fn each, void *payload,
                      struct pm_error *error)
{
    struct pm_log_reader *ahead = NULL;
    struct pm_log_reader *reader = NULL;
    struct commits commits = {0};

    int code = pm_log_reader_open(&ahead, path, PM_LOG_CONSUMERS_MAX, run, error);
    if (code != 0)
        return code;
    code = pm_log_reader_open(&reader, path, PM_LOG_CONSUMERS_MAX, run, error);
    for (unsigned i = 0; code == 0 && i < pm_log_reader_partitions(reader); i++) {
        code = find_commits(&commits, ahead, i);
        if (code == 0)
            code = tell_writer(&commits, reader, i, each, payload);
        if (code != 0)
            pm_error_set(error, code, "output of writer %u cannot be read: %s", i,
                         pm_error_name(code));
    }
    free(commits.list);
    pm_log_reader_close(reader);
    pm_log_reader_close(ahead);
    return code;
}
