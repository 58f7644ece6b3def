/* SPDX-License-Identifier: Apache-2.0 */
/* The mapping of a trace: which column of a row becomes which field of a record, and how. */
#ifndef PM_TRACE_MAP_H
#define PM_TRACE_MAP_H

#include "pm_schema.h"
#include "pm_trace_time.h"

#define PM_TRACE_NAME_SIZE   64u  /* of a column of the trace */
#define PM_TRACE_VALUE_SIZE  128u /* of a constant, a default, a filter's value */
#define PM_TRACE_FIELDS_MAX  (PM_SCHEMA_COLUMNS + 2u)
#define PM_TRACE_FILTERS_MAX 16u
#define PM_TRACE_OTHERS_MAX  3u /* columns beside the first that one key is made of */
#define PM_TRACE_FILES_MAX   4u /* traces that are read as one */

enum pm_trace_format { PM_TRACE_CSV, PM_TRACE_JSON };

/** One field of the record. */
struct pm_trace_field {
    struct pm_column column;         /* where it goes; its texts are borrowed */
    char source[PM_TRACE_NAME_SIZE]; /* "": the constant alone; "*": the row; "*line": its number */
    unsigned others; /* of a hashed field: further columns, hashed together with the first */
    char other[PM_TRACE_OTHERS_MAX][PM_TRACE_NAME_SIZE];
    bool hashed;    /* the field is a hash of the column's bytes */
    bool rounded;   /* digits beyond the field's decimals are rounded, half away from 0 */
    bool has_value; /* value stands in for a missing one */
    char value[PM_TRACE_VALUE_SIZE];
    struct pm_trace_time time; /* of PM_TYPE_TIME */
};

/** A row that a filter does not let through is dropped, and counted. */
struct pm_trace_filter {
    enum pm_trace_filter_kind {
        PM_TRACE_IS,       /* one of the value's words, ", " between them */
        PM_TRACE_IS_NOT,   /* none of them */
        PM_TRACE_AT_LEAST, /* a number, with at most six decimals */
        PM_TRACE_AT_MOST,
    } kind;
    char source[PM_TRACE_NAME_SIZE];
    char value[PM_TRACE_VALUE_SIZE];
};

/** Plain data; made by pm_trace_map_load, or by hand. */
struct pm_trace_map {
    enum pm_trace_format format;
    char separator;  /* of CSV */
    bool header;     /* of CSV: the first row names the columns; else they are 1, 2, 3 ... */
    unsigned stream; /* of the query, that the records belong to */
    unsigned fields, filters;
    struct pm_trace_field field[PM_TRACE_FIELDS_MAX];
    struct pm_trace_filter filter[PM_TRACE_FILTERS_MAX];
};

/** A trace and how it is read; both borrowed. */
struct pm_trace_file {
    const char *path;
    const struct pm_trace_map *map; /* NULL: lines of Combined Log Format */
};

#endif
