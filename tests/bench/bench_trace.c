/* SPDX-License-Identifier: Apache-2.0 */
/* A trace of CSV at --pace max: rows into records, against wc -l and a bare parse loop (I1..I3);
 * two files (I4). */
#include "pm_bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pm_random.h"
#include "pm_trace.h"
#include "pm_trace_map_load.h"
#include "pm_trace_rows.h"

#define ROWS 1000000u

static char path[] = "/tmp/bench_trace.XXXXXX";
static char half[2][32] = {"/tmp/bench_trace.XXXXXX", "/tmp/bench_trace.XXXXXX"};
static struct pm_trace_map map;
static int64_t cents; /* of all amounts */

static FILE *open_file(char *name)
{
    const int fd = mkstemp(name);
    FILE *to = fd >= 0 ? fdopen(fd, "w") : NULL;

    pm_bench_check(to != NULL, "a temporary file");
    fputs("time,user,amount\n", to);
    return to;
}

/* All rows in one file, and every other one in each half. */
static void make_files(void)
{
    struct pm_random random = pm_random_open(1, 0);
    FILE *const to[] = {open_file(path), open_file(half[0]), open_file(half[1])};

    for (unsigned i = 0; i < ROWS; i++) {
        const unsigned amount = 100 + (unsigned)pm_random_below(&random, 100000);
        const unsigned user = (unsigned)pm_random_below(&random, 10000);
        for (unsigned k = 0; k < 2; k++)
            fprintf(to[k * (1 + i % 2)], "%u,%u,%u.%02u\n", 1704067200 + i / 100, user,
                    amount / 100, amount % 100);
        cents += amount;
    }
    for (unsigned k = 0; k < 3; k++)
        pm_bench_check(fclose(to[k]) == 0, "a temporary file that was written");
}

/* ns a row: one pass of the reader and the mapping. */
static double rows_pass(void *payload)
{
    struct pm_trace_rows *rows = NULL;
    struct pm_trace_outcome outcome;
    struct pm_bytes bytes = {0};
    struct pm_record record;
    int64_t sum = 0;
    const double begin = pm_bench_seconds();

    (void)payload;
    pm_bench_check(pm_trace_rows_open(&rows, path, &map, NULL) == 0, "a trace that opens");
    while (pm_trace_rows_next(rows, &outcome, &record, &bytes, NULL) == 1)
        sum += (int64_t)record.payload[0];
    pm_trace_rows_close(rows);
    pm_bench_check(sum == cents, "the sum of all amounts");
    return (pm_bench_seconds() - begin) * 1e9 / ROWS;
}

/* ns a record: the index and the second pass, as a run's preload reads it. */
static double both_passes(void *payload)
{
    const struct pm_trace_config *config = payload;
    struct pm_trace *trace = NULL;
    struct pm_bytes bytes = {0};
    struct pm_record record;
    int64_t sum = 0;
    const double begin = pm_bench_seconds();

    pm_bench_check(pm_trace_open(&trace, config, NULL) == 0, "a trace that opens");
    while (pm_trace_due_ns(trace) >= 0) {
        pm_bench_check(pm_trace_next(trace, &record, &bytes) == 0, "a record");
        sum += (int64_t)record.payload[0];
    }
    pm_trace_close(trace);
    pm_bench_check(sum == cents, "the sum of all amounts");
    return (pm_bench_seconds() - begin) * 1e9 / ROWS;
}

static double count_lines(void *payload)
{
    char command[64];
    unsigned long lines = 0;
    const double begin = pm_bench_seconds();

    (void)payload;
    snprintf(command, sizeof command, "wc -l <%s", path);
    FILE *from = popen(command, "r");
    pm_bench_check(from != NULL && fscanf(from, "%lu", &lines) == 1 && pclose(from) == 0, "wc -l");
    pm_bench_check(lines == ROWS + 1, "all lines");
    return (pm_bench_seconds() - begin) * 1e9 / ROWS;
}

static uint64_t take_digits(const char **at)
{
    uint64_t value = 0;

    for (; **at >= '0' && **at <= '9'; ++*at)
        value = value * 10 + (uint64_t)(**at - '0');
    return value;
}

/* What a person writes who knows that the file is this and nothing else. */
static double bare_loop(void *payload)
{
    const double begin = pm_bench_seconds();
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const off_t size = lseek(fd, 0, SEEK_END);
    const char *text = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    struct pm_record record = {0};
    int64_t sum = 0;

    (void)payload;
    pm_bench_check(fd >= 0 && text != MAP_FAILED, "a file that maps");
    for (const char *at = strchr(text, '\n') + 1; at < text + size; at++) {
        record.event_time_ns = (int64_t)take_digits(&at) * 1000000000;
        at++;
        record.key = take_digits(&at);
        at++;
        record.payload[0] = take_digits(&at) * 100;
        at++;
        record.payload[0] += take_digits(&at);
        PM_BENCH_USE(&record);
        sum += (int64_t)record.payload[0];
    }
    munmap((void *)(uintptr_t)text, (size_t)size);
    close(fd);
    pm_bench_check(sum == cents, "the sum of all amounts");
    return (pm_bench_seconds() - begin) * 1e9 / ROWS;
}

int main(void)
{
    static const char text[] = "fields:\n  time: {column: time, unit: s}\n"
                               "  user: {column: user}\n  amount: {column: amount}\n";
    static const struct pm_bench_goal goals[] = {
        {"I1", "trace: a CSV row into a record, over wc -l", "ns", 0, false},
        {"I2", "trace: a CSV row into a record, over a bare parse loop", "ns", 0, false},
        {"I3", "trace: --pace max, index and records, over a bare parse loop", "ns", 0, false},
        {"I4", "trace: the same rows as two files by time, over one file", "ns", 0, false},
    };
    struct pm_trace_config one = {.files = 1, .file = {{path, &map}}, .pace = PM_TRACE_MAX};
    struct pm_trace_config two = {
        .files = 2, .file = {{half[0], &map}, {half[1], &map}}, .pace = PM_TRACE_MAX};

    if (!pm_bench_asked("I1 I2 I3 I4"))
        return 0;
    pm_bench_check(
        pm_trace_map_parse(&map, "map", text, sizeof text - 1, pm_query_find("spend"), NULL) == 0,
        "a mapping");
    make_files();
    pm_bench_compare(&goals[0], rows_pass, NULL, count_lines, NULL);
    pm_bench_compare(&goals[1], rows_pass, NULL, bare_loop, NULL);
    pm_bench_compare(&goals[2], both_passes, &one, bare_loop, NULL);
    pm_bench_compare(&goals[3], both_passes, &two, both_passes, &one);
    unlink(path);
    unlink(half[0]);
    unlink(half[1]);
    return 0;
}
