/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping files: YAML into the mapping of a trace onto a query's stream. */
#ifndef PM_TRACE_MAP_LOAD_H
#define PM_TRACE_MAP_LOAD_H

#include "pm_query.h"
#include "pm_trace_map.h"

/**
 * Read the mapping file @p path for @p query:
 *
 *   format: csv                      # csv (the default) or json: one object a line
 *   separator: ","                   # of csv; "tab" is one
 *   header: yes                      # of csv; without one, columns are 1, 2, 3 ...
 *   stream: payments                 # of a query of several; the first is the default
 *   fields:                          # one for each column of the stream
 *     time: {column: paid_at, format: "%Y-%m-%d %H:%M:%S", zone: "+01:00"}   # or Europe/Berlin
 *     user: {column: customer, hash: yes}       # or columns: [shop, customer], hash: yes
 *     amount: {column: total, default: 0, round: yes}
 *     kind: {constant: 3}
 *   filters:                         # rows that one does not let through are dropped
 *     settled: {column: state, is: [paid, shipped]}     # is, is-not, at-least, at-most
 *
 * A time has format (see pm_trace_time_set_format) or unit (s, ms, us, ns since 1970); without one
 * it is ISO 8601. Money and decimals are read exactly; digits too many make a dead letter, unless
 * round is on. "*" as column is the whole row, "*line" the number of its line. A key made of
 * several columns is a hash. A stream whose schema has no time or key of its own takes fields
 * called time and key. The schema's texts are borrowed from @p query. Errors: PM_EINPUT with file,
 * line and column; PM_ENOMEM.
 */
int pm_trace_map_load(struct pm_trace_map *out, const char *path, const struct pm_query *query,
                      struct pm_error *error);

/** The same from @p size bytes of text; @p name is for messages. */
int pm_trace_map_parse(struct pm_trace_map *out, const char *name, const char *text, size_t size,
                       const struct pm_query *query, struct pm_error *error);

#endif
