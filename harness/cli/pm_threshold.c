/* SPDX-License-Identifier: Apache-2.0 */
/* Thresholds by a table of metrics: where each lies in a summary, or how it is counted in rows. */
#include "pm_threshold.h"

#include <stdio.h>
#include <string.h>

#include "pm_histogram.h"

struct metric {
    const char *name;
    enum pm_unit unit;
    size_t spread; /* offset in struct pm_summary; used without count */
    uint64_t (*count)(const struct pm_row *row); /* summed over the rows of the instance */
    size_t figures; /* of a percentile: offset of its latencies in struct pm_row */
    double above;   /* and the share of them that lies above it; 0: it is none */
};

static uint64_t count_lost(const struct pm_row *row)
{
    return row->verdict.lost;
}
static uint64_t count_duplicated(const struct pm_row *row)
{
    return row->verdict.duplicated;
}
static uint64_t count_wrong(const struct pm_row *row)
{
    return row->verdict.wrong;
}
static uint64_t count_late(const struct pm_row *row)
{
    return row->late;
}
static uint64_t count_dead_letters(const struct pm_row *row)
{
    return row->dead_letters;
}
static uint64_t count_unsent(const struct pm_row *row)
{
    return row->unsent;
}

#define SPREAD(field)   offsetof(struct pm_summary, field), NULL, 0, 0
#define COUNT(function) 0, function, 0, 0
#define SHARE(field, of, above)                                                                    \
    offsetof(struct pm_summary, field), NULL, offsetof(struct pm_row, of), above

static const struct metric metrics[] = {
    {"p50", PM_UNIT_DURATION, SHARE(p50_ns, latency, 0.5)},
    {"p99", PM_UNIT_DURATION, SHARE(p99_ns, latency, 0.01)},
    {"p99.9", PM_UNIT_DURATION, SHARE(p99_9_ns, latency, 0.001)},
    {"max", PM_UNIT_DURATION, SPREAD(max_ns)},
    {"service-p99", PM_UNIT_DURATION, SHARE(service_p99_ns, service, 0.01)},
    {"throughput", PM_UNIT_RATE, SPREAD(throughput_per_s)},
    {"memory", PM_UNIT_SIZE, SPREAD(memory_peak_bytes)},
    {"lost", PM_UNIT_COUNT, COUNT(count_lost)},
    {"duplicated", PM_UNIT_COUNT, COUNT(count_duplicated)},
    {"wrong", PM_UNIT_COUNT, COUNT(count_wrong)},
    {"late", PM_UNIT_COUNT, COUNT(count_late)},
    {"dead-letters", PM_UNIT_COUNT, COUNT(count_dead_letters)},
    {"unsent", PM_UNIT_COUNT, COUNT(count_unsent)},
};

#define METRICS (sizeof metrics / sizeof metrics[0])

/* Longer signs first: "<=" begins with "<". */
static const struct {
    const char *sign;
    enum pm_threshold_op op;
} signs[] = {
    {"<=", PM_THRESHOLD_LESS_EQUAL}, {">=", PM_THRESHOLD_GREATER_EQUAL},
    {"==", PM_THRESHOLD_EQUAL},      {"!=", PM_THRESHOLD_NOT_EQUAL},
    {"<", PM_THRESHOLD_LESS},        {">", PM_THRESHOLD_GREATER},
};

#define SIGNS (sizeof signs / sizeof signs[0])

static int refuse(const char *text, const char *expected, struct pm_error *error)
{
    char shown[48];

    return pm_error_set(error, PM_EINPUT, "threshold %s: expected %s",
                        pm_text_printable(shown, sizeof shown, text), expected);
}

static int refuse_metric(const char *text, struct pm_error *error)
{
    char names[160];
    size_t used = 0;

    for (size_t i = 0; i < METRICS && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "",
                                 metrics[i].name);
    return refuse(text, names, error);
}

/* The sign at the start of @p at, or SIGNS. */
static size_t find_sign(const char *at)
{
    size_t i = 0;

    while (i < SIGNS && strncmp(at, signs[i].sign, strlen(signs[i].sign)) != 0)
        i++;
    return i;
}

static size_t find_metric(const char *name, size_t length)
{
    size_t i = 0;

    while (i < METRICS &&
           (strlen(metrics[i].name) != length || memcmp(metrics[i].name, name, length) != 0))
        i++;
    return i;
}

int pm_threshold_parse(struct pm_threshold *out, const char *text, struct pm_error *error)
{
    const char *name = text + strspn(text, " ");
    const size_t length = strcspn(name, " <>=!");
    const char *sign = name + length + strspn(name + length, " ");
    const size_t op = find_sign(sign);
    const size_t metric = find_metric(name, length);
    struct pm_error inner;

    if (strlen(text) >= sizeof out->text)
        return refuse(text, "a comparison such as p99<20ms", error);
    if (metric == METRICS)
        return refuse_metric(text, error);
    if (op == SIGNS)
        return refuse(text, "<, <=, ==, !=, >= or > behind the metric", error);
    const char *value = sign + strlen(signs[op].sign);
    value += strspn(value, " ");
    *out = (struct pm_threshold){.metric = (unsigned)metric, .op = signs[op].op};
    snprintf(out->text, sizeof out->text, "%s", text);
    if (pm_text_parse(&out->limit, value, metrics[metric].unit, &inner) != 0)
        return pm_error_set(error, PM_EINPUT, "threshold %s: %s", out->text, inner.text);
    return 0;
}

static bool is_of(const struct pm_row *row, const struct pm_summary *summary)
{
    return strcmp(row->instance, summary->instance) == 0 &&
           strcmp(row->scenario, summary->scenario) == 0;
}

static struct pm_figure sum_rows(const struct metric *metric, const struct pm_outcome *outcome,
                                 const struct pm_summary *summary)
{
    uint64_t sum = 0;
    bool is_verdict = metric->count == count_lost || metric->count == count_duplicated ||
                      metric->count == count_wrong;

    for (unsigned i = 0; i < outcome->rows; i++) {
        const struct pm_row *row = &outcome->row[i];
        if (!is_of(row, summary))
            continue;
        if (is_verdict && row->oracle == PM_ORACLE_UNCHECKED)
            return pm_figure_unknown("the output was not checked");
        sum += metric->count(row);
    }
    return pm_figure_of((double)sum);
}

/* A percentile decides nothing before PM_SAMPLES_TO_JUDGE samples lie above it, in each run. */
static bool decides(const struct metric *metric, const struct pm_outcome *outcome,
                    const struct pm_summary *summary)
{
    for (unsigned i = 0; i < outcome->rows; i++) {
        const struct pm_row *const row = &outcome->row[i];
        const char *const field = (const char *)row + metric->figures;
        const uint64_t samples = ((const struct pm_latency_figures *)(const void *)field)->count;

        if (is_of(row, summary) && row->code == 0 && row->audit.reasons == 0 &&
            (double)samples * metric->above < PM_SAMPLES_TO_JUDGE)
            return false;
    }
    return true;
}

static bool holds(enum pm_threshold_op op, double figure, double limit)
{
    switch (op) {
    case PM_THRESHOLD_LESS:
        return figure < limit;
    case PM_THRESHOLD_LESS_EQUAL:
        return figure <= limit;
    case PM_THRESHOLD_EQUAL:
        return figure >= limit && figure <= limit;
    case PM_THRESHOLD_NOT_EQUAL:
        return figure < limit || figure > limit;
    case PM_THRESHOLD_GREATER_EQUAL:
        return figure >= limit;
    case PM_THRESHOLD_GREATER:
        return figure > limit;
    }
    return false;
}

struct pm_threshold_result pm_threshold_check(const struct pm_threshold *threshold,
                                              const struct pm_outcome *outcome,
                                              const struct pm_summary *summary)
{
    const struct metric *metric = &metrics[threshold->metric];
    struct pm_threshold_result result = {0};

    if (metric->count != NULL) {
        result.figure = sum_rows(metric, outcome, summary);
    } else {
        const char *field = (const char *)summary + metric->spread;
        result.figure = ((const struct pm_spread *)(const void *)field)->median;
        if (result.figure.unknown == NULL && metric->above > 0 &&
            !decides(metric, outcome, summary))
            result.figure =
                pm_figure_unknown("fewer than 1000 samples above it: a longer run tells");
    }
    result.passed = result.figure.unknown == NULL &&
                    holds(threshold->op, result.figure.value, (double)threshold->limit);
    return result;
}

char *pm_threshold_figure(char *buffer, size_t size, const struct pm_threshold *threshold,
                          struct pm_figure figure)
{
    const struct metric *metric = &metrics[threshold->metric];
    char value[48];

    if (figure.unknown != NULL)
        snprintf(buffer, size, "%s unknown: %s", metric->name, figure.unknown);
    else
        snprintf(buffer, size, "%s %s", metric->name,
                 pm_text_human(value, sizeof value, figure.value, metric->unit));
    return buffer;
}
