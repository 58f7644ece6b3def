/* SPDX-License-Identifier: Apache-2.0 */
/* Interval histograms as a log (.hlog, format 1.3), one line an interval and tag. */
#ifndef PM_HLOG_H
#define PM_HLOG_H

#include "pm_hdr_codec.h"

#define PM_HLOG_TAG_SIZE 64 /* with NUL */
#define PM_HLOG_INVALID                                                                            \
    ":invalid"                /* ends the tag of an interval that takes no part in a result        \
                               */
#define PM_HLOG_MAX_RATIO 1e6 /* the third column is in ms when values are in ns */

/* --- writing ---------------------------------------------------------------------------------- */

/**
 * Write the head of a log whose rows count from @p start_wall_ns (since the epoch, ms are kept):
 * @p comment (one line, or NULL), version, StartTime, BaseTime, column names.
 * Errors: PM_EINPUT (a line break in the comment, a start before 1970), PM_EIO.
 */
int pm_hlog_write_head(FILE *stream, const char *comment, int64_t start_wall_ns,
                       struct pm_error *error);

/** One interval; histogram is borrowed. */
struct pm_hlog_interval {
    const char *tag;   /* NULL or "" for none; no comma, space or line break */
    int64_t start_ns;  /* since the start of the log */
    int64_t length_ns; /* both rounded down to whole ms, as the format has it */
    const struct pm_histogram *histogram;
};

/**
 * Write one line. Values out of range, which the format cannot hold, stand in a comment line
 * "#[OutOfRange: above=N, negative=N]" before it, which pm_hlog_next adds to the histogram again.
 * Errors: PM_EINPUT (the tag), PM_EIO, PM_ENOMEM. Cost: about 2 ms at the default layout.
 */
int pm_hlog_write(FILE *stream, const struct pm_hlog_interval *interval, struct pm_error *error);

/* --- reading, for input that nobody vouches for ----------------------------------------------- */

struct pm_hlog;

/** What a log holds between two lines; owned by the caller. */
struct pm_hlog_row {
    char tag[PM_HLOG_TAG_SIZE]; /* "" when the line has none */
    int64_t start_wall_ns;      /* since the epoch; since the log's start when it names no time */
    int64_t length_ns;
    struct pm_histogram *histogram; /* pm_histogram_close it */
};

/**
 * Read from @p stream, which stays the caller's and open; @p name stands in messages. @p limits are
 * copied. Memory: at most limits.text_bytes + 256 for a line, and what pm_hdr_decode takes.
 * Errors: PM_ENOMEM.
 */
int pm_hlog_open(struct pm_hlog **out, FILE *stream, const char *name,
                 const struct pm_hdr_limits *limits, struct pm_error *error);

/**
 * Read the next row. Returns 1 with @p row filled, 0 at the end, PM_EINPUT "name:line: ..." (a line
 * too long, a malformed one, a hostile histogram), PM_EIO, PM_ENOMEM; after an error only close.
 * A last line without line break that does not parse is the work of an interrupted writer: it is
 * left out and pm_hlog_is_torn says so.
 * Times: those of the log plus BaseTime; without one, plus StartTime if they lie more than a year
 * before it, as HdrHistogram's reader decides.
 */
int pm_hlog_next(struct pm_hlog *log, struct pm_hlog_row *row, struct pm_error *error);

/** True when the end that pm_hlog_next returned cut a line. */
bool pm_hlog_is_torn(const struct pm_hlog *log);

/** The stream is left open; accepts NULL. */
void pm_hlog_close(struct pm_hlog *log);

#endif
