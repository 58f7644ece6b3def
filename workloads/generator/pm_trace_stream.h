/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a file, plain, gzip or zstd: its first bytes decide, not its name. */
#ifndef PM_TRACE_STREAM_H
#define PM_TRACE_STREAM_H

#include <stddef.h>

#include "pm_error.h"

struct pm_trace_stream;

/** Open the regular file @p path. Memory: 64 KiB and, compressed, at most 32 MiB of window.
 * Errors: PM_EINPUT (no regular file, or empty), PM_ENOMEM. */
int pm_trace_stream_open(struct pm_trace_stream **out, const char *path, struct pm_error *error);

/**
 * Read 1 to @p size bytes into @p to; returns how many, 0 at the end. Compressed members and frames
 * that follow each other are read as one. Errors: PM_EINPUT (damaged, or cut short), PM_EIO.
 */
long pm_trace_stream_read(struct pm_trace_stream *stream, void *to, size_t size,
                          struct pm_error *error);

void pm_trace_stream_close(struct pm_trace_stream *stream); /* accepts NULL */

#endif
