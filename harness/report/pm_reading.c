/* SPDX-License-Identifier: Apache-2.0 */
/* Reading result.json: rows become instances, repeats become medians, reasons become remarks. */
#include "pm_reading.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where a metric stands in a row: a field, or a field of an object, "kafka.sink" of one within. */
static const struct place {
    const char *object, *field;
} places[PM_METRICS] = {
    [PM_METRIC_P50] = {"latency_ns", "p50"},
    [PM_METRIC_P99] = {"latency_ns", "p99"},
    [PM_METRIC_P99_9] = {"latency_ns", "p99_9"},
    [PM_METRIC_MAX] = {"latency_ns", "max"},
    [PM_METRIC_THROUGHPUT] = {NULL, "throughput_per_s"},
    [PM_METRIC_SERVICE_P99] = {"service_ns", "p99"},
    [PM_METRIC_CPU_WORK] = {NULL, "cpu_work_s_per_million"},
    [PM_METRIC_CPU_WAIT] = {NULL, "cpu_wait_s_per_million"},
    [PM_METRIC_MEMORY] = {NULL, "memory_peak_bytes"},
    [PM_METRIC_FIRST_OUTPUT] = {NULL, "first_output_ms"},
    [PM_METRIC_GENERATOR_BATCH] = {"kafka.generator", "batch_messages"},
    [PM_METRIC_GENERATOR_QUEUE] = {"kafka.generator", "queued_max"},
    [PM_METRIC_GENERATOR_UNDELIVERED] = {"kafka.generator", "undelivered"},
    [PM_METRIC_SOURCE_BATCH] = {"kafka.source", "batch_messages"},
    [PM_METRIC_SOURCE_QUEUE] = {"kafka.source", "queued_max"},
    [PM_METRIC_SINK_BATCH] = {"kafka.sink", "batch_messages"},
    [PM_METRIC_SINK_BYTES] = {"kafka.sink", "batch_bytes"},
    [PM_METRIC_SINK_TRIP] = {"kafka.sink", "round_trip_ns"},
    [PM_METRIC_SINK_TRIP_P99] = {"kafka.sink", "round_trip_p99_ns"},
    [PM_METRIC_SINK_QUEUE] = {"kafka.sink", "queued_max"},
    [PM_METRIC_SINK_UNDELIVERED] = {"kafka.sink", "undelivered"},
};

int pm_reading_file(FILE **out, char path[PM_READING_PATH_SIZE], const char *directory,
                    const char *name, unsigned limit, struct pm_error *error)
{
    struct stat about;

    if (snprintf(path, PM_READING_PATH_SIZE, "%s/%s", directory, name) >= (int)PM_READING_PATH_SIZE)
        return pm_error_set(error, PM_EINPUT, "%s: the path is too long", name);
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe must not hang it */
    if (fd < 0)
        return pm_error_errno(error, PM_EINPUT, "%s", path);
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        close(fd);
        return pm_error_set(error, PM_EINPUT, "%s: it is not a plain file", path);
    }
    if (about.st_size > (off_t)limit) {
        close(fd);
        return pm_error_set(error, PM_EINPUT, "%s: larger than %u MiB", path, limit >> 20);
    }
    *out = fdopen(fd, "r");
    if (*out != NULL)
        return 0;
    close(fd);
    return pm_error_set(error, PM_ENOMEM, "%s: out of memory", path);
}

/* --- fields ---------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *name)
{
    const char *const text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

static const char *reason_of(const json_t *row, const struct place *place)
{
    char path[96];
    const json_t *const reasons = json_object_get(row, "reasons");

    snprintf(path, sizeof path, "%s%s%s", place->object != NULL ? place->object : "",
             place->object != NULL ? "." : "", place->field);
    const char *const reason = text_of(reasons, path);
    return reason[0] != '\0' ? reason : "not in this result";
}

static const json_t *object_of(const json_t *row, const struct place *place)
{
    const char *const dot = place->object != NULL ? strchr(place->object, '.') : NULL;
    char outer[32];

    if (place->object == NULL)
        return row;
    if (dot == NULL)
        return json_object_get(row, place->object);
    snprintf(outer, sizeof outer, "%.*s", (int)(dot - place->object), place->object);
    return json_object_get(json_object_get(row, outer), dot + 1);
}

static struct pm_read_figure figure_of(const json_t *row, const struct place *place)
{
    const json_t *const object = object_of(row, place);
    const json_t *const value = json_object_get(object, place->field);

    if (json_is_number(value) && isfinite(json_number_value(value)))
        return (struct pm_read_figure){json_number_value(value), NULL};
    return (struct pm_read_figure){0.0, reason_of(row, place)};
}

static bool is_valid(const json_t *row)
{
    return json_is_true(json_object_get(json_object_get(row, "audit"), "valid")) &&
           json_integer_value(json_object_get(row, "exit_code")) == 0;
}

/* --- instances ------------------------------------------------------------------------------- */

static struct pm_read_instance *find(struct pm_reading *reading, const char *scenario,
                                     const char *name)
{
    for (unsigned i = 0; i < reading->instances; i++) {
        struct pm_read_instance *const instance = &reading->instance[i];
        if (strcmp(instance->name, name) == 0 &&
            (scenario == NULL || strcmp(instance->scenario, scenario) == 0))
            return instance;
    }
    return NULL;
}

struct pm_read_instance *pm_reading_find(struct pm_reading *reading, const char *name)
{
    return find(reading, NULL, name);
}

static void keep_worse(struct pm_read_instance *instance, const char *status)
{
    static const char *const worst_first[] = {"differs", "unchecked", "equal"};

    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(instance->oracle, worst_first[i]) == 0)
            return;
        if (strcmp(status, worst_first[i]) == 0) {
            instance->oracle = worst_first[i];
            return;
        }
    }
}

static struct pm_read_instance *add_instance(struct pm_reading *reading, const json_t *row)
{
    struct pm_read_instance *const instance = &reading->instance[reading->instances++];

    *instance = (struct pm_read_instance){
        .scenario = text_of(row, "scenario"),
        .name = text_of(row, "instance"),
        .trigger = text_of(row, "trigger_or_cadence"),
        .transport = text_of(row, "transport"),
        .guarantee = text_of(row, "guarantee"),
        .durability = text_of(row, "durability"),
        .wait = text_of(row, "wait"),
        .is_floor = json_is_true(json_object_get(row, "floor")),
        .rate_per_s = figure_of(row, &(struct place){NULL, "rate_per_s"}),
        .oracle = "-",
    };
    return instance;
}

static int take_row(struct pm_reading *reading, const json_t *row, const char *path,
                    struct pm_error *error)
{
    const char *const name = text_of(row, "instance");
    struct pm_read_instance *instance = find(reading, text_of(row, "scenario"), name);

    if (name[0] == '\0')
        return pm_error_set(error, PM_EINPUT, "%s: a row has no instance", path);
    if (instance == NULL) {
        if (reading->instances == PM_READING_INSTANCES_MAX)
            return pm_error_set(error, PM_EINPUT, "%s: more than %u instances", path,
                                PM_READING_INSTANCES_MAX);
        instance = add_instance(reading, row);
    }
    instance->runs++;
    instance->valid_runs += is_valid(row);
    keep_worse(instance, text_of(json_object_get(row, "oracle"), "status"));
    return 0;
}

/* --- medians --------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median_of(double *values, unsigned count)
{
    qsort(values, count, sizeof *values, compare);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

unsigned pm_reading_runs(const struct pm_reading *reading, const struct pm_read_instance *instance,
                         enum pm_metric metric, double values[PM_READING_RUNS_MAX], double *fewest,
                         const char **reason)
{
    const struct place samples = {"latency_ns", "count"};
    unsigned count = 0;
    size_t at;
    json_t *row;

    *reason = NULL;
    *fewest = INFINITY;
    json_array_foreach(json_object_get(reading->document, "rows"), at, row)
    {
        if (strcmp(text_of(row, "instance"), instance->name) != 0 ||
            strcmp(text_of(row, "scenario"), instance->scenario) != 0 ||
            (instance->valid_runs > 0 && !is_valid(row)) || count == PM_READING_RUNS_MAX)
            continue;
        const struct pm_read_figure figure = figure_of(row, &places[metric]);
        *fewest = fmin(*fewest, figure_of(row, &samples).value);
        if (figure.unknown != NULL && *reason == NULL)
            *reason = figure.unknown;
        values[count++] = figure.value;
    }
    return count;
}

/* The median needs the figure of every run that counts: one unknown makes it unknown. */
static struct pm_read_figure median(const struct pm_reading *reading,
                                    const struct pm_read_instance *instance, enum pm_metric metric)
{
    double values[PM_READING_RUNS_MAX];
    struct pm_read_figure figure = {0.0, NULL};
    double fewest;
    const unsigned count =
        pm_reading_runs(reading, instance, metric, values, &fewest, &figure.unknown);

    if (figure.unknown == NULL)
        figure.value = median_of(values, count);
    return figure;
}

/* --- remarks --------------------------------------------------------------------------------- */

/* Warnings of one kind are one, whatever they measured and whoever was measured. */
static bool says_the_same(const struct pm_read_remark *a, const struct pm_read_remark *b)
{
    const size_t kind_of = strcspn(a->text, "0123456789");

    if (strcmp(a->kind, b->kind) != 0 || strcmp(a->scenario, b->scenario) != 0)
        return false;
    if (strcmp(a->kind, "warning") == 0)
        return kind_of == strcspn(b->text, "0123456789") && memcmp(a->text, b->text, kind_of) == 0;
    return strcmp(a->instance, b->instance) == 0 && strcmp(a->text, b->text) == 0;
}

/* The first number of a warning in its base unit, so that of several the worst is kept. */
static double worth(const char *text)
{
    static const struct {
        const char *unit;
        double factor;
    } units[] = {{" us", 1e3}, {" ms", 1e6}, {" s", 1e9}};
    char *end = NULL;
    double value = strtod(text + strcspn(text, "0123456789"), &end);

    for (unsigned i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strncmp(end, units[i].unit, strlen(units[i].unit)) == 0)
            return value * units[i].factor;
    return value;
}

static void add_remark(struct pm_reading *reading, const json_t *row, const char *kind,
                       const char *text)
{
    const struct pm_read_remark remark = {kind, text_of(row, "scenario"), text_of(row, "instance"),
                                          text, 1};
    unsigned at = 0;

    if (text == NULL || text[0] == '\0')
        return;
    while (at < reading->remarks && !says_the_same(&reading->remark[at], &remark))
        at++;
    if (at < reading->remarks) {
        reading->remark[at].times++;
        if (worth(text) > worth(reading->remark[at].text))
            reading->remark[at].text = text;
    } else if (at < PM_READING_REMARKS_MAX)
        reading->remark[reading->remarks++] = remark;
}

static void add_remarks(struct pm_reading *reading, const json_t *row, const char *kind,
                        const json_t *texts)
{
    size_t at;
    const json_t *text;

    json_array_foreach((json_t *)texts, at, text)
    {
        add_remark(reading, row, kind, json_string_value(text));
    }
}

static void take_remarks(struct pm_reading *reading, const json_t *row)
{
    const json_t *const audit = json_object_get(row, "audit");
    const json_t *const oracle = json_object_get(row, "oracle");

    add_remark(reading, row, "failed", text_of(row, "failure"));
    add_remarks(reading, row, "invalid", json_object_get(audit, "reasons"));
    add_remarks(reading, row, "example", json_object_get(oracle, "examples"));
    if (strcmp(text_of(oracle, "status"), "unchecked") == 0)
        add_remark(reading, row, "unchecked",
                   text_of(json_object_get(row, "reasons"), "oracle.lost"));
    add_remarks(reading, row, "warning", json_object_get(audit, "warnings"));
}

/* --- the document ---------------------------------------------------------------------------- */

static int take_document(struct pm_reading *reading, const char *path, struct pm_error *error)
{
    const json_t *const root = reading->document;
    const json_t *const rows = json_object_get(root, "rows");
    size_t at;
    const json_t *row;

    if (json_array_size(rows) == 0)
        return pm_error_set(error, PM_EINPUT, "%s: it has no rows", path);
    reading->label = text_of(root, "label");
    reading->interrupted = json_is_true(json_object_get(root, "interrupted"));
    json_array_foreach((json_t *)rows, at, row)
    {
        const int code = take_row(reading, row, path, error);
        if (code != 0)
            return code;
        take_remarks(reading, row);
    }
    for (unsigned i = 0; i < reading->instances; i++)
        for (unsigned metric = 0; metric < PM_METRICS; metric++)
            reading->instance[i].metric[metric] =
                median(reading, &reading->instance[i], (enum pm_metric)metric);
    return 0;
}

int pm_reading_open(struct pm_reading **out, const char *directory, struct pm_error *error)
{
    char path[PM_READING_PATH_SIZE];
    FILE *stream;
    json_error_t fault;
    int code = pm_reading_file(&stream, path, directory, PM_READING_DOCUMENT,
                               PM_READING_DOCUMENT_MAX, error);

    if (code != 0)
        return code;
    struct pm_reading *const reading = calloc(1, sizeof *reading);
    if (reading != NULL)
        reading->document = json_loadf(stream, JSON_REJECT_DUPLICATES, &fault);
    fclose(stream);
    if (reading == NULL)
        return pm_error_set(error, PM_ENOMEM, "%s: out of memory", path);
    code = reading->document != NULL
               ? take_document(reading, path, error)
               : pm_error_set(error, PM_EINPUT, "%s:%d: %s", path, fault.line, fault.text);
    if (code == 0)
        *out = reading;
    else
        pm_reading_close(reading);
    return code;
}

void pm_reading_close(struct pm_reading *reading)
{
    if (reading == NULL)
        return;
    for (unsigned i = 0; i < reading->instances; i++)
        pm_histogram_close(reading->instance[i].latency);
    json_decref(reading->document);
    free(reading);
}
