/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded files as a schedule: their own times, mapped onto the wall clock. */
#ifndef PM_TRACE_H
#define PM_TRACE_H

#include "pm_error.h"
#include "pm_record.h"
#include "pm_trace_map.h"

/** How the trace's time passes on the wall clock. */
enum pm_trace_pace {
    PM_TRACE_FIT,      /* all of it within fit_ns */
    PM_TRACE_MAX,      /* everything is due at once */
    PM_TRACE_RECORDED, /* as it was, gaps and all */
    PM_TRACE_FASTER,   /* so many times faster */
};

struct pm_trace_config {
    unsigned files; /* 1..PM_TRACE_FILES_MAX; several have a map each */
    struct pm_trace_file file[PM_TRACE_FILES_MAX];
    enum pm_trace_pace pace;
    int64_t faster; /* of PM_TRACE_FASTER, at least 1 */
    int64_t fit_ns; /* of PM_TRACE_FIT */
};

/** Read "fit", "max", "trace" or "60x" into pace and faster. Errors: PM_EINPUT. */
int pm_trace_set_pace(struct pm_trace_config *config, const char *text, struct pm_error *error);

/** What a file holds: rows = records + dropped + dead letters. */
struct pm_trace_counts {
    uint64_t rows;
    uint64_t records;
    uint64_t dropped;         /* by the map's filters */
    uint64_t dead;            /* rows that are no record; a web server's lines are all records */
    uint64_t first_dead_line; /* 0: none */
};

struct pm_trace_stats {
    struct pm_trace_counts all; /* the first dead line is that of the first file that has one */
    struct pm_trace_counts file[PM_TRACE_FILES_MAX];
    int64_t first_ns, last_ns; /* smallest and largest event time */
    int64_t step_back_ns; /* the largest distance of an event time below the maximum before it: the
                             watermark delay for which no record is late */
    int64_t stamp_ns;     /* what one stamp stands for: the coarsest of day, hour, minute, s, ms,
                             us, ns that all times are whole in (web server: s) */
    uint64_t gaps;        /* waits of more than 1 s of wall time that were shortened to 1 s */
    int64_t gaps_ns;      /* wall time that they were shortened by */
};

struct pm_trace;

/**
 * Open the files (plain, gzip or zstd), which must not change meanwhile, and read them once, as
 * pm_trace_merge_next puts them together.
 * A web server's line that is not Combined Log Format keeps the time of the line before, or the
 * first time that comes; with a map, rows that are no record are counted and left out.
 *
 * A record is due when the running maximum of the times says, from the first on; records of one
 * maximum spread evenly over one stamp, or until the next maximum where that is nearer. Waits of
 * more than 1 s of wall time are shortened to 1 s, except at the pace RECORDED.
 * Memory: 16 bytes a record and the readers'. Cost: about 0.15 us a line.
 * Errors: PM_EINPUT (no regular file, one without a record, damaged), PM_EIO, PM_ENOMEM.
 */
int pm_trace_open(struct pm_trace **out, const struct pm_trace_config *config,
                  struct pm_error *error);

/** Borrowed until close. */
const struct pm_trace_stats *pm_trace_stats(const struct pm_trace *trace);

/** When the last record's stamp has passed, ns from the start; 0 at the pace MAX. */
int64_t pm_trace_end_ns(const struct pm_trace *trace);

/** The running maximum of event times up to the last record that was read. */
int64_t pm_trace_high_ns(const struct pm_trace *trace);

/** The due time of the next record, ns from the start; -1 behind the last. */
int64_t pm_trace_due_ns(const struct pm_trace *trace);

/**
 * The next record, one must be left: event time, stamp (due), and what the map makes of its row.
 * Without a map: the line as extension, its number (from 1) in payload word 0, a hash of its first
 * word (the client's address) as key; a line longer than PM_CODEC_TEXT_MAX is cut to one byte more
 * than that, so that every decoder refuses it as too long.
 * Errors: PM_ENOMEM; PM_EINPUT when the file has changed.
 */
int pm_trace_next(struct pm_trace *trace, struct pm_record *record, struct pm_bytes *bytes);

void pm_trace_close(struct pm_trace *trace); /* accepts NULL */

#endif
