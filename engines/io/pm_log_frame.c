/* SPDX-License-Identifier: Apache-2.0 */
/* What makes bytes of a file a frame: bounds first, then the checksum, then the extensions. */
#include "pm_log_file.h"

#include "pm_digest.h"

uint64_t pm_log_frame_body(const struct pm_log_frame *frame, uint64_t word)
{
    const uint64_t length = frame->type == PM_LOG_PADDING ? sizeof *frame : word & UINT32_MAX;

    return pm_digest_bytes(frame + 1, length - sizeof *frame);
}

uint64_t pm_log_frame_head(const struct pm_log_frame *frame, uint64_t word)
{
    struct pm_log_frame head = *frame;

    head.length = (uint32_t)word;
    head.lap = (uint32_t)(word >> 32);
    head.checksum = 0;
    head.synced_after = 0; /* not known before the rest is on the disk */
    return pm_digest_bytes(&head, sizeof head);
}

uint64_t pm_log_frame_checksum(const struct pm_log_frame *frame, uint64_t word)
{
    return pm_log_frame_body(frame, word) ^ pm_log_frame_head(frame, word);
}

static bool count_fits(const struct pm_log_frame *frame, uint64_t length)
{
    switch (frame->type) {
    case PM_LOG_RECORDS:
    case PM_LOG_COMMITTED:
        return frame->count != 0 && frame->count <= length / sizeof(struct pm_record) - 1;
    case PM_LOG_COMMIT:
        return frame->count == 0 && length == sizeof *frame + sizeof(struct pm_log_commit);
    case PM_LOG_PADDING:
        return frame->count == 0;
    default:
        return false;
    }
}

int pm_log_frame_peek(const struct pm_log_file *file, uint64_t position,
                      const struct pm_log_frame **frame)
{
    struct pm_log_frame *at = pm_log_file_frame(file, position);
    const uint64_t word = atomic_load_explicit(pm_log_frame_word(at), memory_order_acquire);
    const uint64_t length = word & UINT32_MAX;
    const uint64_t offset = position & (file->capacity - 1);

    if (word == 0)
        return 0;
    if (length < sizeof *at || length % PM_LOG_STEP != 0 || length > file->capacity - offset ||
        word != pm_log_file_word(file, position, length) || !count_fits(at, length))
        return PM_ECORRUPT;
    if (at->type == PM_LOG_PADDING && length != file->capacity - offset)
        return PM_ECORRUPT;
    *frame = at;
    return 1;
}

/* A good checksum says that the bytes are those written, not that whoever wrote them meant well. */
static bool extensions_fit(const struct pm_log_frame *frame)
{
    const struct pm_record *rows = (const void *)(frame + 1);
    const uint64_t from = sizeof *frame + (uint64_t)frame->count * sizeof *rows;
    uint64_t any = 0;

    for (uint32_t i = 0; i < frame->count; i++)
        any |= rows[i].word;
    if (any >> PM_WORD_EXTENSION_SHIFT == 0)
        return (any & PM_WORD_BEHIND) == 0;
    for (uint32_t i = 0; i < frame->count; i++) {
        const uint64_t offset = pm_record_extension_offset(&rows[i]);
        if (offset == 0 && !pm_record_is_behind(&rows[i]))
            continue;
        if (offset < from || offset > frame->length - sizeof(struct pm_extension))
            return false;
        const struct pm_extension *extension = (const void *)((const uint8_t *)frame + offset);
        if (extension->size > frame->length - offset - sizeof *extension)
            return false;
    }
    return true;
}

bool pm_log_frame_is_whole(const struct pm_log_frame *frame)
{
    const uint64_t word = frame->length | (uint64_t)frame->lap << 32;

    if (frame->checksum != pm_log_frame_checksum(frame, word))
        return false;
    return frame->count == 0 || extensions_fit(frame);
}
