/* SPDX-License-Identifier: Apache-2.0 */
/* A mapping guessed from the first rows of a trace: a start that a person corrects. */
#ifndef PM_TRACE_GUESS_H
#define PM_TRACE_GUESS_H

#include "pm_query.h"
#include "pm_trace_map.h"

/** What the first row says of the file. */
enum pm_trace_kind { PM_TRACE_KIND_CSV, PM_TRACE_KIND_JSON, PM_TRACE_KIND_CLF };

/**
 * Look at the first 1000 rows of the file @p path and fill @p out, a mapping onto stream @p stream
 * of @p query (NULL: the one whose fields and name are most like the file's): format, separator (,
 * ; tab |), header; the column whose texts are times, in ISO 8601, a unit since 1970 or one of a
 * dozen formats; for every other field a column of its type, one of a like name first; texts as
 * keys are hashed; a field that no column fits is a constant. *kind is CLF, and @p out untouched,
 * for the lines of a web server. Errors: PM_EINPUT (no column holds times, no such stream), those
 * of pm_trace_reader_next.
 */
int pm_trace_guess(struct pm_trace_map *out, enum pm_trace_kind *kind, const char *path,
                   const struct pm_query *query, const char *stream, struct pm_error *error);

#endif
