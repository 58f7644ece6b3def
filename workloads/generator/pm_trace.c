/* SPDX-License-Identifier: Apache-2.0 */
/* One pass makes an index of times and due times; the lines are then read where they lie. */
#include "pm_trace.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pm_clock.h"
#include "pm_codec.h"
#include "pm_digest.h"
#include "pm_hash.h"

#define STAMP_NS PM_NS_PER_S /* what one stamp of a web server's line stands for */

struct entry {
    int64_t time_ns;
    int64_t due_ns;
};

/* A walk over the lines of the file. */
struct lines {
    const char *at;
    const char *end;
    uint64_t number; /* of the line that was read last */
};

struct pm_trace {
    const char *map;
    size_t size;
    struct entry *entry; /* one a record */
    uint64_t records;
    uint64_t room;
    uint64_t read;
    int64_t step_back_ns;
    int64_t high_ns;
    struct lines lines;
};

static struct lines lines_of(const struct pm_trace *trace)
{
    static const char mark[] = "\xef\xbb\xbf";
    const size_t skip = trace->size >= 3 && memcmp(trace->map, mark, 3) == 0 ? 3 : 0;

    return (struct lines){.at = trace->map + skip, .end = trace->map + trace->size};
}

/* The next line that is not empty, without its end; false behind the last. */
static bool next_line(struct lines *lines, const char **line, size_t *size)
{
    while (lines->at < lines->end) {
        const char *start = lines->at;
        const char *stop = memchr(start, '\n', (size_t)(lines->end - start));
        lines->at = stop != NULL ? stop + 1 : lines->end;
        lines->number++;
        stop = stop != NULL ? stop : lines->end;
        if (stop > start && stop[-1] == '\r')
            stop--;
        if (stop > start) {
            *line = start;
            *size = (size_t)(stop - start);
            return true;
        }
    }
    return false;
}

static int map_file(struct pm_trace *trace, const char *path, struct pm_error *error)
{
    struct stat status;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return pm_error_errno(error, PM_EINPUT, "trace %s", path);
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) {
        close(fd);
        return pm_error_set(error, PM_EINPUT, "trace %s: expected a file with lines", path);
    }
    trace->size = (size_t)status.st_size;
    void *map = mmap(NULL, trace->size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return pm_error_errno(error, PM_EIO, "trace %s", path);
    trace->map = map;
    return 0;
}

static bool add_entry(struct pm_trace *trace, int64_t time_ns)
{
    if (trace->records == trace->room) {
        const uint64_t room = trace->room != 0 ? trace->room * 2 : 1024;
        struct entry *entry = realloc(trace->entry, room * sizeof *entry);
        if (entry == NULL)
            return false;
        trace->entry = entry;
        trace->room = room;
    }
    trace->entry[trace->records++] = (struct entry){.time_ns = time_ns};
    return true;
}

/* Reads every line's time; records before the first readable one get that one's. */
static int read_times(struct pm_trace *trace, const char *path, struct pm_error *error)
{
    struct lines lines = lines_of(trace);
    int64_t time_ns = PM_TIME_MIN;
    uint64_t unknown = 0;
    const char *line;
    size_t size;
    struct pm_clf clf;

    while (next_line(&lines, &line, &size)) {
        if (size <= PM_CODEC_TEXT_MAX && pm_clf_parse(line, (uint32_t)size, &clf) == PM_CODEC_OK)
            time_ns = clf.time_ns;
        unknown += time_ns == PM_TIME_MIN ? 1 : 0;
        if (!add_entry(trace, time_ns))
            return pm_error_set(error, PM_ENOMEM, "trace %s: out of memory at line %llu", path,
                                (unsigned long long)lines.number);
    }
    if (unknown == trace->records)
        return pm_error_set(error, PM_EINPUT, "trace %s: no line of Combined Log Format among %llu",
                            path, (unsigned long long)lines.number);
    for (uint64_t i = 0; i < unknown; i++)
        trace->entry[i].time_ns = trace->entry[unknown].time_ns;
    return 0;
}

/* The end of the records from @p i on whose running maximum is @p high_ns. */
static uint64_t end_of_group(struct pm_trace *trace, uint64_t i, int64_t high_ns)
{
    for (; i < trace->records && trace->entry[i].time_ns <= high_ns; i++) {
        const int64_t step_ns = high_ns - trace->entry[i].time_ns;
        trace->step_back_ns = step_ns > trace->step_back_ns ? step_ns : trace->step_back_ns;
    }
    return i;
}

static int64_t scale(int64_t part_ns, int64_t of_ns, int64_t to_ns)
{
    return (int64_t)((__int128)part_ns * to_ns / of_ns);
}

static void set_due_times(struct pm_trace *trace, int64_t fit_ns)
{
    const int64_t first_ns = trace->entry[0].time_ns;
    int64_t last_ns = first_ns;

    for (uint64_t i = 0; i < trace->records; i++)
        last_ns = trace->entry[i].time_ns > last_ns ? trace->entry[i].time_ns : last_ns;
    const int64_t span_ns = last_ns - first_ns + STAMP_NS;
    for (uint64_t i = 0; i < trace->records;) {
        const int64_t high_ns = trace->entry[i].time_ns; /* the first of its group is its maximum */
        const uint64_t stop = end_of_group(trace, i, high_ns);
        const int64_t next_ns =
            stop < trace->records ? trace->entry[stop].time_ns : last_ns + STAMP_NS;
        const int64_t from_ns = scale(high_ns - first_ns, span_ns, fit_ns);
        const int64_t to_ns = scale(next_ns - first_ns, span_ns, fit_ns);
        const uint64_t count = stop - i;
        for (uint64_t place = 0; i < stop; i++, place++)
            trace->entry[i].due_ns =
                from_ns + scale((int64_t)place, (int64_t)count, to_ns - from_ns);
    }
}

int pm_trace_open(struct pm_trace **out, const char *path, int64_t fit_ns, struct pm_error *error)
{
    struct pm_trace *trace = calloc(1, sizeof *trace);

    if (trace == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    int rc = map_file(trace, path, error);
    if (rc == 0)
        rc = read_times(trace, path, error);
    if (rc != 0) {
        pm_trace_close(trace);
        return rc;
    }
    set_due_times(trace, fit_ns);
    trace->high_ns = trace->entry[0].time_ns;
    trace->lines = lines_of(trace);
    *out = trace;
    return 0;
}

uint64_t pm_trace_records(const struct pm_trace *trace)
{
    return trace->records;
}

uint64_t pm_trace_digest(const struct pm_trace *trace)
{
    return pm_digest_bytes(trace->map, trace->size);
}

int64_t pm_trace_step_back_ns(const struct pm_trace *trace)
{
    return trace->step_back_ns;
}

int64_t pm_trace_high_ns(const struct pm_trace *trace)
{
    return trace->high_ns;
}

int64_t pm_trace_due_ns(const struct pm_trace *trace)
{
    return trace->read < trace->records ? trace->entry[trace->read].due_ns : -1;
}

int pm_trace_next(struct pm_trace *trace, struct pm_record *record, struct pm_bytes *bytes)
{
    const struct entry *entry = &trace->entry[trace->read++];
    const char *line = NULL;
    size_t size = 0;

    assert(trace->read <= trace->records);
    next_line(&trace->lines, &line, &size);
    assert(line != NULL);
    size = size > PM_CODEC_TEXT_MAX ? PM_CODEC_TEXT_MAX + 1 : size;
    const char *blank = memchr(line, ' ', size);
    *record = (struct pm_record){
        .event_time_ns = entry->time_ns,
        .stamp_ns = entry->due_ns,
        .key = pm_hash_bytes(line, blank != NULL ? (uint64_t)(blank - line) : size),
        .payload = {trace->lines.number},
    };
    trace->high_ns = entry->time_ns > trace->high_ns ? entry->time_ns : trace->high_ns;
    char *text = pm_record_extend(record, bytes, (uint32_t)size);
    if (text == NULL)
        return PM_ENOMEM;
    memcpy(text, line, size);
    return 0;
}

void pm_trace_close(struct pm_trace *trace)
{
    if (trace == NULL)
        return;
    if (trace->map != NULL)
        munmap((void *)(uintptr_t)trace->map, trace->size);
    free(trace->entry);
    free(trace);
}
