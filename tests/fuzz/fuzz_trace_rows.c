/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a trace of CSV or JSON: each row has one fate, and both passes agree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pm_trace.h"
#include "pm_trace_map_load.h"
#include "pm_trace_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool right)
{
    if (!right)
        abort();
}

static uint64_t read_rows(const char *path, const struct pm_trace_map *map)
{
    struct pm_trace_rows *rows = NULL;
    struct pm_trace_outcome outcome;
    struct pm_bytes bytes = {0};
    struct pm_record record;
    uint64_t last_line = 0, records = 0;

    if (pm_trace_rows_open(&rows, path, map, NULL) != 0)
        return 0;
    while (pm_trace_rows_next(rows, &outcome, &record, &bytes, NULL) == 1) {
        require(outcome.row.line > last_line && outcome.row.size > 0 &&
                outcome.row.size <= PM_TRACE_ROW_MAX + 1);
        require((outcome.fate == PM_TRACE_DEAD) == (outcome.fault != PM_CODEC_OK));
        last_line = outcome.row.line;
        records += outcome.fate == PM_TRACE_RECORD ? 1 : 0;
        bytes.used = 0;
    }
    pm_bytes_close(&bytes);
    pm_trace_rows_close(rows);
    return records;
}

static void replay(struct pm_trace *trace)
{
    const struct pm_trace_stats *stats = pm_trace_stats(trace);
    struct pm_bytes bytes = {0};
    struct pm_record record;
    int64_t last_due_ns = 0;
    uint64_t count = 0;

    const struct pm_trace_counts *counts = &stats->all;

    require(counts->rows == counts->records + counts->dropped + counts->dead);
    for (int64_t due_ns; (due_ns = pm_trace_due_ns(trace)) >= 0; count++) {
        require(due_ns >= last_due_ns && due_ns - last_due_ns <= 1000000000);
        require(pm_trace_next(trace, &record, &bytes) == 0);
        require(record.event_time_ns >= pm_trace_high_ns(trace) - stats->step_back_ns);
        last_due_ns = due_ns;
        bytes.used = 0;
    }
    require(count == counts->records && pm_trace_end_ns(trace) >= last_due_ns);
    pm_bytes_close(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {"csv", "json"};
    const int fd = memfd_create("trace", MFD_CLOEXEC);
    char path[40], text[256];
    struct pm_trace *trace = NULL;

    require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    for (unsigned i = 0; i < 2; i++) {
        struct pm_trace_map map;
        const int used =
            snprintf(text, sizeof text,
                     "format: %s\nfields:\n  time: {column: t}\n  user: {column: u, hash: yes}\n"
                     "  amount: {column: a, round: yes}\nfilters:\n  f: {column: a, at-most: 9}\n",
                     formats[i]);
        require(pm_trace_map_parse(&map, "map", text, (size_t)used, pm_query_find("spend"), NULL) ==
                0);
        const uint64_t records = read_rows(path, &map);
        for (unsigned files = 1; files <= PM_TRACE_FILES_MAX; files++) {
            struct pm_trace_config config = {.files = files, .pace = PM_TRACE_FASTER, .faster = 60};
            for (unsigned k = 0; k < files; k++)
                config.file[k] = (struct pm_trace_file){path, &map};
            if (pm_trace_open(&trace, &config, NULL) == 0) {
                require(pm_trace_stats(trace)->all.records == files * records);
                replay(trace);
                pm_trace_close(trace);
            }
        }
    }
    close(fd);
    return 0;
}
