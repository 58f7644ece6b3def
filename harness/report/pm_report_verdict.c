/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts: two samples of runs, a ratio, and a word for it. */
#include "pm_report_verdict.h"

#include "pm_stats.h"
#include "pm_text.h"

#define SEED 1u /* of the bootstrap: the same result gives the same words */

/* What is compared. */
static const struct figure {
    enum pm_metric metric;
    const char *name;
    double above; /* share of the samples above a percentile; 0: it is none */
} figures[] = {
    {PM_METRIC_P50, "p50", 0.5},
    {PM_METRIC_P99, "p99", 0.01},
    {PM_METRIC_CPU_WORK, "CPU s/M", 0},
    {PM_METRIC_THROUGHPUT, "throughput", 0},
};

/* One instance's runs; reason says why they give no verdict. */
struct runs {
    double values[PM_READING_RUNS_MAX];
    struct pm_stats_sample sample;
    const char *reason;
};

static void take_runs(struct runs *runs, const struct pm_reading *reading,
                      const struct pm_read_instance *instance, const struct figure *figure)
{
    double fewest = 0;

    runs->reason = NULL;
    runs->sample.values = runs->values;
    runs->sample.count =
        pm_reading_runs(reading, instance, figure->metric, runs->values, &fewest, &runs->reason);
    if (runs->reason == NULL && fewest * figure->above < PM_SAMPLES_TO_JUDGE && figure->above > 0)
        runs->reason = "fewer than 1000 samples above it";
}

/* 0.987, 12.3, 4567 */
static const char *shown(char text[32], double ratio)
{
    snprintf(text, 32, ratio < 100 ? "%.3g" : "%.0f", ratio);
    return text;
}

static int add_figure(struct pm_outbuf *out, const struct pm_reading *reading,
                      const struct pm_read_instance *const pair[2], const struct figure *figure)
{
    struct runs runs[2];
    struct pm_stats_interval ratio;
    char text[3][32];

    for (unsigned i = 0; i < 2; i++)
        take_runs(&runs[i], reading, pair[i], figure);
    const char *reason = runs[0].reason != NULL ? runs[0].reason : runs[1].reason;
    if (reason == NULL) {
        const int code = pm_stats_ratio(&ratio, &runs[1].sample, &runs[0].sample, SEED, NULL);
        if (code == PM_ENOMEM)
            return code;
        reason = code != 0 ? "a run shows 0" : NULL;
    }
    pm_outbuf_add(out, "%s ", figure->name);
    if (reason != NULL) {
        pm_outbuf_add(out, "cannot tell (%s)", reason);
        return 0;
    }
    const size_t count =
        runs[0].sample.count < runs[1].sample.count ? runs[0].sample.count : runs[1].sample.count;
    pm_outbuf_add(out, "%s (%s times, 95 %% %s to %s)",
                  pm_stats_verdict_name(pm_stats_judge(&ratio, PM_STATS_NOISE, count)),
                  shown(text[0], ratio.point), shown(text[1], ratio.low),
                  shown(text[2], ratio.high));
    return 0;
}

static int add_pair(struct pm_outbuf *out, const struct pm_reading *reading,
                    const struct pm_read_instance *const pair[2])
{
    const char *separator = "";
    char name[2][80];
    int code = 0;

    pm_outbuf_add(
        out, "  - verdict: %s to %s: ", pm_text_printable(name[0], sizeof name[0], pair[1]->name),
        pm_text_printable(name[1], sizeof name[1], pair[0]->name));
    for (unsigned i = 0; i < sizeof figures / sizeof figures[0] && code == 0; i++) {
        const bool is_paced = pair[0]->rate_per_s.unknown == NULL;

        if (figures[i].metric == PM_METRIC_THROUGHPUT ? is_paced
                                                      : figures[i].above > 0 && !is_paced)
            continue;
        pm_outbuf_add(out, "%s", separator);
        code = add_figure(out, reading, pair, &figures[i]);
        separator = "; ";
    }
    pm_outbuf_add(out, "\n");
    return code;
}

int pm_report_verdict(struct pm_outbuf *out, const struct pm_reading *reading,
                      const struct pm_read_instance *const *instance, unsigned instances)
{
    int code = 0;

    if (instances < 2)
        return 0;
    for (unsigned i = 0; i < instances; i++)
        if (instance[i]->valid_runs < PM_STATS_RUNS_MIN) {
            pm_outbuf_add(out, "  - no verdict: it takes %u valid runs of each engine\n",
                          PM_STATS_RUNS_MIN);
            return 0;
        }
    for (unsigned i = 0; i + 1 < instances && code == 0; i++)
        code = add_pair(out, reading, &instance[i]);
    return code;
}
