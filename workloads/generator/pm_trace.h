/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded file of web server lines as a schedule: its own times, mapped onto the wall clock. */
#ifndef PM_TRACE_H
#define PM_TRACE_H

#include "pm_error.h"
#include "pm_record.h"

struct pm_trace;

/**
 * Map the file @p path, which must not change while the trace is open, and read it once.
 * Lines end with LF or CRLF, the last one with anything; a byte order mark and empty lines (which
 * count as lines, but are no records) are left out; any other byte may stand in a line.
 *
 * A record's event time is its line's; a line that is not Combined Log Format keeps the time of the
 * line before, or the first time that comes. It is due when the running maximum of the times says:
 * (maximum - first) x @p fit_ns / (last - first + 1 s), since stamps count whole seconds; lines
 * with one maximum spread evenly until the next. @p fit_ns 0: everything is due at 0.
 * Memory: 16 bytes a record. Cost: about 0.13 us a line.
 * Errors: PM_EINPUT (no regular file, no line with a time), PM_EIO, PM_ENOMEM.
 */
int pm_trace_open(struct pm_trace **out, const char *path, int64_t fit_ns, struct pm_error *error);

/** Records of the whole trace, at least 1. */
uint64_t pm_trace_records(const struct pm_trace *trace);

/** XXH3-64 of the file. */
uint64_t pm_trace_digest(const struct pm_trace *trace);

/** The largest distance of a record's event time below the maximum before it, ns: the watermark
 * delay for which no record of this trace is late. */
int64_t pm_trace_step_back_ns(const struct pm_trace *trace);

/** The running maximum of event times up to the last record that was read. */
int64_t pm_trace_high_ns(const struct pm_trace *trace);

/** The due time of the next record, ns from the start; -1 behind the last. */
int64_t pm_trace_due_ns(const struct pm_trace *trace);

/**
 * The next record, one must be left: event time, stamp (due), the line as extension, its number
 * (from 1) in payload word 0, a hash of its first word (the client's address) as key. A line
 * longer than PM_CODEC_TEXT_MAX is cut to one byte more than that, so that every decoder refuses
 * it as too long. Errors: PM_ENOMEM.
 */
int pm_trace_next(struct pm_trace *trace, struct pm_record *record, struct pm_bytes *bytes);

void pm_trace_close(struct pm_trace *trace); /* accepts NULL */

#endif
