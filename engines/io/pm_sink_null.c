/* SPDX-License-Identifier: Apache-2.0 */
/* The sink that counts and forgets: the floor under every other sink's cost. */
#include "pm_sink.h"

#include <stdlib.h>

#include "pm_sink_rows.h"

struct null_sink {
    struct pm_sink base;
    struct pm_sink_handle open;      /* the open epoch */
    struct pm_sink_handle committed; /* the newest one */
    struct pm_digest rows;
};

static int null_open(struct pm_sink **out, const struct pm_sink_config *config,
                     struct pm_error *error)
{
    struct null_sink *sink = calloc(1, sizeof *sink);

    if (sink == NULL)
        return pm_error_set(error, PM_ENOMEM, "sink: no memory");
    sink->base.ops = &pm_sink_null;
    sink->open = (struct pm_sink_handle){
        .run = config->run, .incarnation = config->incarnation, .writer = config->writer};
    *out = &sink->base;
    return 0;
}

static int null_begin(struct pm_sink *base, uint64_t epoch)
{
    struct null_sink *sink = (struct null_sink *)base;

    sink->open.epoch = epoch;
    sink->rows = (struct pm_digest){0};
    return 0;
}

static int null_write(struct pm_sink *base, const struct pm_record *record,
                      const struct pm_bytes *bytes)
{
    struct null_sink *sink = (struct null_sink *)base;

    pm_sink_rows_add(&sink->rows, record, bytes);
    return 0;
}

static int null_prepare(struct pm_sink *base, struct pm_sink_handle *handle)
{
    struct null_sink *sink = (struct null_sink *)base;

    sink->open.rows = sink->rows.count;
    sink->open.digest = pm_digest_value(&sink->rows);
    *handle = sink->open;
    return 0;
}

static int null_commit(struct pm_sink *base, const struct pm_sink_handle *handle)
{
    struct null_sink *sink = (struct null_sink *)base;

    if (handle->epoch >= sink->committed.epoch)
        sink->committed = *handle;
    return 0;
}

static int null_abort(struct pm_sink *base, const struct pm_sink_handle *handle)
{
    (void)base;
    (void)handle;
    return 0;
}

static int null_last_committed(struct pm_sink *base, struct pm_sink_handle *handle)
{
    *handle = ((struct null_sink *)base)->committed;
    return 0;
}

static void null_close(struct pm_sink *base)
{
    free(base);
}

const struct pm_sink_ops pm_sink_null = {
    .name = "null",
    .guarantees = 1u << PM_AT_MOST_ONCE,
    .open = null_open,
    .begin = null_begin,
    .write = null_write,
    .prepare = null_prepare,
    .commit = null_commit,
    .abort = null_abort,
    .last_committed = null_last_committed,
    .close = null_close,
};
