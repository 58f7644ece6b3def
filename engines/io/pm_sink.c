/* SPDX-License-Identifier: Apache-2.0 */
/* What all kinds of sink share: publishing without a checkpoint, and the digest of rows. */
#include "pm_sink.h"

#include "pm_digest.h"
#include "pm_sink_rows.h"

int pm_sink_publish(struct pm_sink *sink, uint64_t *epoch)
{
    struct pm_sink_handle handle;

    if (sink->ops->publish != NULL)
        return sink->ops->publish(sink, epoch);
    int rc = sink->ops->prepare(sink, &handle);
    if (rc == 0)
        rc = sink->ops->commit(sink, &handle);
    if (rc == 0)
        rc = sink->ops->begin(sink, *epoch + 1);
    if (rc == 0)
        ++*epoch;
    return rc;
}

/* A row made again after a restart has the same digest: neither its place nor its stamp counts. */
void pm_sink_rows_add(struct pm_digest *rows, const struct pm_record *record,
                      const struct pm_bytes *bytes)
{
    struct pm_record plain = *record;
    uint32_t size;
    const char *text = pm_record_text(record, bytes, &size);

    plain.stamp_ns = text != NULL ? (int64_t)pm_digest_bytes(text, size) : 0;
    plain.word &= ((1ULL << PM_WORD_EXTENSION_SHIFT) - 1) & ~(PM_WORD_REPLAYED | PM_WORD_BEHIND);
    pm_digest_add(rows, &plain, sizeof plain);
}
