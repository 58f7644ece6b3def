/* SPDX-License-Identifier: Apache-2.0 */
/* Due records into the embedded log: one frame at a time. */
#include "pm_medium.h"

/* Begin a frame for as many of the @p count rows as the log takes at a time: 0, or why not. */
static int begin_frame(struct pm_log_writer *writer, const struct pm_due *due, uint32_t *count)
{
    for (;;) {
        uint64_t size = 0;
        for (uint32_t i = 0; i < *count; i++)
            size += pm_record_extension_bytes(&due->rows[i], due->bytes);
        const int rc = pm_log_begin(writer, *count, size);
        if (rc != PM_EINPUT || *count == 1)
            return rc;
        *count /= 2;
    }
}

static int log_write(struct pm_medium *base, unsigned partition, const struct pm_due *due)
{
    const struct pm_medium_log *const medium = (const struct pm_medium_log *)base;
    struct pm_log_writer *const writer = medium->writers[partition];
    uint32_t count = due->count;
    int rc = begin_frame(writer, due, &count);

    if (rc != 0)
        return rc;
    for (uint32_t i = 0; i < count; i++)
        due->rows[i].stamp_ns = pm_due_stamp(due, &due->rows[i]);
    pm_log_append_rows(writer, due->rows, count, due->bytes);
    rc = pm_log_publish(writer, PM_LOG_RECORDS, 0);
    return rc != 0 ? rc : (int)count;
}

static const struct pm_medium_ops log_ops = {.write = log_write};

void pm_medium_log_open(struct pm_medium_log *out, struct pm_log_writer *const *writers)
{
    *out = (struct pm_medium_log){.base.ops = &log_ops, .writers = writers};
}
