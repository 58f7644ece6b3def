/* SPDX-License-Identifier: Apache-2.0 */
/* Each note is a line or none. */
#include "pm_run_notes.h"

#include <string.h>

#include "pm_spool.h"
#include "pm_text.h"

/* Where the inputs went, once where all engines agree, with examples of what a trace holds. */
static void add_balances(struct pm_outbuf *out, const struct pm_outcome *outcome, bool is_trace)
{
    const struct pm_balance *last = NULL;

    for (unsigned i = 0; i < outcome->rows; i++) {
        const struct pm_balance *balance = &outcome->row[i].balance;

        if (balance->unknown != NULL ||
            (last != NULL && memcmp(last, balance, sizeof *balance) == 0))
            continue;
        last = balance;
        pm_outbuf_add(out,
                      "  - %llu inputs %s %llu outputs + %llu dropped + %llu late + %llu dead "
                      "letters (%s)\n",
                      (unsigned long long)balance->input,
                      pm_balance_holds(balance) ? "=" : "!=", (unsigned long long)balance->output,
                      (unsigned long long)balance->dropped, (unsigned long long)balance->late,
                      (unsigned long long)balance->dead_letters,
                      pm_balance_holds(balance) ? "every engine" : outcome->row[i].instance);
        for (unsigned j = 0; is_trace && j < outcome->row[i].shown.count; j++)
            pm_outbuf_add(out, "  - dead letter: %s\n", outcome->row[i].shown.text[j]);
    }
}

/* Where the rows of one file of a trace went. */
static void add_file(struct pm_outbuf *out, const char *path, const struct pm_trace_counts *counts)
{
    const char *const name = pm_spool_name(path);
    char shown[80];

    pm_outbuf_add(out, "  - %s%s: %llu rows = %llu records + %llu dropped + %llu dead letters",
                  name == path ? "trace " : "", pm_text_printable(shown, sizeof shown, name),
                  (unsigned long long)counts->rows, (unsigned long long)counts->records,
                  (unsigned long long)counts->dropped, (unsigned long long)counts->dead);
    if (counts->dead > 0)
        pm_outbuf_add(out, ", the first in line %llu", (unsigned long long)counts->first_dead_line);
    pm_outbuf_add(out, "\n");
}

/* The view of each engine's last run: where it lies, how far it was behind, what its reader saw. */
static void add_views(struct pm_outbuf *out, const struct pm_outcome *outcome)
{
    static const char *const ends[] = {"its end is not checked", "its end equals the oracle's",
                                       "its end differs from the oracle's"};
    char text[32];

    for (unsigned i = 0; i < outcome->summaries; i++) {
        const struct pm_row *last = NULL;
        for (unsigned j = 0; j < outcome->rows; j++)
            if (strcmp(outcome->row[j].instance, outcome->summary[i].instance) == 0)
                last = &outcome->row[j];
        if (last == NULL || last->is_floor)
            continue;
        if (last->view.unknown != NULL) {
            pm_outbuf_add(out, "  - no view of %s: %s\n", last->instance, last->view.unknown);
            continue;
        }
        const struct pm_view_figures *view = &last->view;
        const struct pm_figure lag = view->lag.max;
        pm_outbuf_add(
            out, "  - view %s: %llu commits, behind by %s at most; %llu reads, %llu torn; %s\n",
            view->path, (unsigned long long)view->commits,
            lag.unknown != NULL ? "-"
                                : pm_text_human(text, sizeof text, lag.value, PM_UNIT_DURATION),
            (unsigned long long)view->reads, (unsigned long long)view->torn, ends[view->end]);
    }
}

/* A trace is no schedule of ours: what was made of its times. */
static void add_trace(struct pm_outbuf *out, const struct pm_runner_config *config,
                      const struct pm_trace_stats *trace)
{
    const struct pm_generator_settings *generator = &config->scenario->generator;
    char text[32];

    if (generator->schedule != PM_SCHEDULE_TRACE)
        return;
    for (unsigned i = 0; i < PM_TRACE_FILES_MAX && config->scenario->trace_map[i] != NULL; i++)
        add_file(out, generator->trace[i], &trace->file[i]);
    if (config->pace == PM_PACE_MAX)
        pm_outbuf_add(out, "  - trace: read as fast as it can be\n");
    else if (strcmp(generator->pace, "fit") == 0)
        pm_outbuf_add(
            out,
            "  - trace: its times are scaled to %s; --pace max reads it as fast as it "
            "can be\n",
            pm_text_human(text, sizeof text, (double)generator->duration_ns, PM_UNIT_DURATION));
    else
        pm_outbuf_add(out, "  - trace: pace %s\n", generator->pace);
    if (trace->gaps > 0)
        pm_outbuf_add(out,
                      "  - trace: %llu waits of more than 1 s were shortened to 1 s, by %s in all; "
                      "--pace trace keeps them\n",
                      (unsigned long long)trace->gaps,
                      pm_text_human(text, sizeof text, (double)trace->gaps_ns, PM_UNIT_DURATION));
}

void pm_run_notes_add(struct pm_outbuf *out, const struct pm_runner_config *config,
                      const struct pm_outcome *outcome)
{
    const struct pm_scenario *scenario = config->scenario;

    add_trace(out, config, &outcome->trace);
    add_balances(out, outcome, scenario->generator.schedule == PM_SCHEDULE_TRACE);
    if (scenario->run.view != PM_RUN_VIEW_NONE)
        add_views(out, outcome);
    pm_outbuf_add(out, "  - wait: %s\n\n", outcome->wait.reason);
}
