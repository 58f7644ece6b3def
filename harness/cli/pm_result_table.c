/* SPDX-License-Identifier: Apache-2.0 */
/* Result tables: fixed columns for people, medians over the runs of each instance. */
#include "pm_result_table.h"

#include <stdio.h>
#include <string.h>

#include "pm_text.h"

#define REMARKS_MAX 24u
#define REMARK_SIZE 320u

/* Remarks in the order in which they came, each once. */
struct remarks {
    unsigned count;
    char text[REMARKS_MAX][REMARK_SIZE];
};

static void add_remark(struct remarks *remarks, const char *kind, const char *who, const char *text)
{
    char remark[REMARK_SIZE];

    snprintf(remark, sizeof remark, "%s: %s%s%s", kind, who, who[0] != '\0' ? ": " : "", text);
    for (unsigned i = 0; i < remarks->count; i++) {
        if (strcmp(remarks->text[i], remark) == 0)
            return;
    }
    if (remarks->count < REMARKS_MAX)
        memcpy(remarks->text[remarks->count++], remark, sizeof remark);
}

/* A cell of 10 columns; an unknown figure is a dash whose reason becomes a remark. */
static void add_cell(struct pm_outbuf *out, struct remarks *remarks, struct pm_figure figure,
                     enum pm_unit unit)
{
    char text[32];

    if (figure.unknown != NULL) {
        add_remark(remarks, "-", "", figure.unknown);
        pm_outbuf_add(out, " %10s", "-");
        return;
    }
    pm_outbuf_add(out, " %10s", pm_text_human(text, sizeof text, figure.value, unit));
}

static void add_cpu(struct pm_outbuf *out, struct remarks *remarks, struct pm_figure figure)
{
    if (figure.unknown != NULL)
        add_cell(out, remarks, figure, PM_UNIT_COUNT);
    else
        pm_outbuf_add(out, " %10.3f", figure.value);
}

static bool is_of(const struct pm_row *row, const struct pm_summary *summary)
{
    return strcmp(row->instance, summary->instance) == 0 &&
           strcmp(row->scenario, summary->scenario) == 0;
}

/* The worst status over the runs of an instance. */
static const char *oracle_status(const struct pm_outcome *outcome, const struct pm_summary *summary)
{
    bool differs = false;
    bool unchecked = false;

    for (unsigned i = 0; i < outcome->rows; i++) {
        if (is_of(&outcome->row[i], summary)) {
            differs = differs || outcome->row[i].oracle == PM_ORACLE_DIFFERS;
            unchecked = unchecked || outcome->row[i].oracle == PM_ORACLE_UNCHECKED;
        }
    }
    return differs ? "DIFFERS" : unchecked ? "unchecked" : "equal";
}

static void add_summary(struct pm_outbuf *out, struct remarks *remarks,
                        const struct pm_outcome *outcome, const struct pm_summary *summary)
{
    char name[80];

    snprintf(name, sizeof name, "%s%s", summary->instance, summary->is_floor ? " (floor)" : "");
    pm_outbuf_add(out, "  %-14s", name);
    add_cell(out, remarks, summary->throughput_per_s.median, PM_UNIT_RATE);
    add_cell(out, remarks, summary->p50_ns.median, PM_UNIT_DURATION);
    add_cell(out, remarks, summary->p99_ns.median, PM_UNIT_DURATION);
    add_cell(out, remarks, summary->p99_9_ns.median, PM_UNIT_DURATION);
    add_cell(out, remarks, summary->max_ns.median, PM_UNIT_DURATION);
    add_cpu(out, remarks, summary->cpu_work_s_per_million.median);
    add_cell(out, remarks, summary->memory_peak_bytes.median, PM_UNIT_SIZE);
    pm_outbuf_add(out, " %5u  %s\n", summary->runs, oracle_status(outcome, summary));
}

static void add_row_remarks(struct remarks *remarks, const struct pm_row *row)
{
    char counts[120];

    if (row->code != 0)
        add_remark(remarks, "failed", row->instance, row->failure);
    if (row->oracle == PM_ORACLE_UNCHECKED && row->unchecked != NULL)
        add_remark(remarks, "unchecked", row->instance, row->unchecked);
    if (row->oracle == PM_ORACLE_DIFFERS) {
        snprintf(counts, sizeof counts, "%llu lost, %llu duplicated, %llu wrong of %llu",
                 (unsigned long long)row->verdict.lost, (unsigned long long)row->verdict.duplicated,
                 (unsigned long long)row->verdict.wrong, (unsigned long long)row->verdict.expected);
        add_remark(remarks, "differs", row->instance, counts);
        for (unsigned i = 0; i < row->verdict.examples; i++)
            add_remark(remarks, "example", row->instance, row->verdict.example[i]);
    }
    for (unsigned i = 0; i < row->audit.reasons; i++)
        add_remark(remarks, "invalid", row->instance, row->audit.reason[i]);
    for (unsigned i = 0; i < row->audit.warnings; i++)
        add_remark(remarks, "warning", "", row->audit.warning[i]);
}

void pm_result_table(struct pm_outbuf *out, const struct pm_outcome *outcome, const char *label,
                     const struct pm_ink *ink)
{
    struct remarks remarks = {0};

    if (outcome->summaries == 0)
        return;
    pm_outbuf_add(out, "%s%s%s%s%s\n  %-14s %10s %10s %10s %10s %10s %10s %10s %5s  %s\n",
                  ink->bold, outcome->summary[0].scenario, ink->off, label != NULL ? ", " : "",
                  label != NULL ? label : "", "engine", "throughput", "p50", "p99", "p99.9", "max",
                  "CPU s/M", "memory", "runs", "output");
    for (unsigned floor = 0; floor < 2; floor++) {
        for (unsigned i = 0; i < outcome->summaries; i++) {
            if (outcome->summary[i].is_floor == (floor == 1))
                add_summary(out, &remarks, outcome, &outcome->summary[i]);
        }
    }
    for (unsigned i = 0; i < outcome->rows; i++)
        add_row_remarks(&remarks, &outcome->row[i]);
    for (unsigned i = 0; i < remarks.count; i++)
        pm_outbuf_add(out, "  %s%s%s\n", ink->faint, remarks.text[i], ink->off);
}
