/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing progress: what runs, how far it is, what came through. */
#include "pm_progress_line.h"

#include <stdio.h>

#include "pm_terminal.h"
#include "pm_text.h"

#define WIPE "\r\033[K"

void pm_progress_line_open(struct pm_progress_line *line, bool quiet, unsigned verbose)
{
    *line = (struct pm_progress_line){.draws = !quiet && pm_terminal_shows_progress()};
    line->tells = !quiet && !line->draws && verbose > 0;
}

static void tell_row(const struct pm_row *row)
{
    char throughput[32] = "-";
    char latency[32] = "-";

    if (row->throughput_per_s.unknown == NULL)
        pm_text_human(throughput, sizeof throughput, row->throughput_per_s.value, PM_UNIT_RATE);
    if (row->latency.percentile[PM_P99].unknown == NULL)
        pm_text_human(latency, sizeof latency, row->latency.percentile[PM_P99].value,
                      PM_UNIT_DURATION);
    fprintf(stderr, "%s %s run %u: %s, p99 %s\n", row->scenario, row->instance, row->run,
            throughput, latency);
}

static void draw(struct pm_progress_line *line, const struct pm_progress *progress)
{
    char text[200];
    char elapsed[32];
    char expected[32];
    char read[32];
    char published[32];

    if (progress->instance == NULL)
        snprintf(text, sizeof text, "[%u/%u] %s: %s", progress->step, progress->steps,
                 progress->scenario, progress->phase);
    else
        snprintf(
            text, sizeof text, "[%u/%u] %s %s: %s %s of %s, read %s, published %s", progress->step,
            progress->steps, progress->scenario, progress->instance, progress->phase,
            pm_text_human(elapsed, sizeof elapsed, (double)progress->elapsed_ns, PM_UNIT_DURATION),
            pm_text_human(expected, sizeof expected, (double)progress->expected_ns,
                          PM_UNIT_DURATION),
            pm_text_human(read, sizeof read, (double)progress->read, PM_UNIT_COUNT),
            pm_text_human(published, sizeof published, (double)progress->published, PM_UNIT_COUNT));
    fprintf(stderr, WIPE "%.*s", (int)pm_terminal_width() - 1, text);
    fflush(stderr);
    line->is_drawn = true;
}

void pm_progress_line_show(void *payload, const struct pm_progress *progress)
{
    struct pm_progress_line *line = payload;

    if (progress->row != NULL && line->tells)
        tell_row(progress->row);
    else if (progress->row == NULL && line->draws)
        draw(line, progress);
}

void pm_progress_line_wipe(struct pm_progress_line *line)
{
    if (line->is_drawn)
        fputs(WIPE, stderr);
    line->is_drawn = false;
}
