/* SPDX-License-Identifier: Apache-2.0 */
/* The audit's rules, one function a kind of fact. */
#include "pm_audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_text.h"

/* The last place is kept for a later note to overwrite: too many notes of one run say the same. */
__attribute__((format(printf, 3, 0))) static void
add_note(char (*notes)[PM_AUDIT_NOTE_SIZE], unsigned *count, const char *format, va_list values)
{
    const unsigned at = *count < PM_AUDIT_NOTES ? (*count)++ : PM_AUDIT_NOTES - 1;

    vsnprintf(notes[at], sizeof notes[at], format, values);
}

void pm_audit_reason(struct pm_audit *audit, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    add_note(audit->reason, &audit->reasons, format, values);
    va_end(values);
}

void pm_audit_warn(struct pm_audit *audit, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    add_note(audit->warning, &audit->warnings, format, values);
    va_end(values);
}

static int64_t percentile_of(const struct pm_histogram *histogram, double percentile)
{
    return histogram != NULL && pm_histogram_count(histogram) != 0
               ? pm_histogram_percentile(histogram, percentile)
               : 0;
}

/* True where lateness above @p floor_ns makes out most of the latency at @p percentile. */
static bool makes_the_latency(const struct pm_audit_facts *facts, double percentile,
                              int64_t floor_ns)
{
    const int64_t lateness_ns = percentile_of(facts->lateness, percentile);

    return lateness_ns > floor_ns && lateness_ns > percentile_of(facts->latency, percentile) / 2;
}

/* Hiccups are sampled evenly over time, as lateness is: their percentiles compare. */
static bool is_the_machine(const struct pm_audit_facts *facts)
{
    return percentile_of(facts->lateness, 99.0) <= 2 * percentile_of(facts->hiccup, 99.0);
}

static void judge_lateness(struct pm_audit *audit, const struct pm_audit_facts *facts)
{
    const int64_t p50_ns = percentile_of(facts->lateness, 50.0);
    const int64_t p99_ns = percentile_of(facts->lateness, 99.0);
    char shown[32];

    if (makes_the_latency(facts, 50.0, PM_AUDIT_LATE_NS)) {
        pm_text_human(shown, sizeof shown, (double)p50_ns, PM_UNIT_DURATION);
        pm_audit_reason(audit, "schedule missed: the generator's median lateness is %s", shown);
        return;
    }
    pm_text_human(shown, sizeof shown, (double)p99_ns, PM_UNIT_DURATION);
    if (makes_the_latency(facts, 99.0, PM_AUDIT_LATENESS_NS) && !is_the_machine(facts))
        pm_audit_reason(audit, "schedule missed: the generator's p99 lateness is %s", shown);
    else if (p99_ns > PM_AUDIT_LATE_NS)
        pm_audit_warn(audit, "the generator's p99 lateness is %s", shown);
}

static void judge_schedule(struct pm_audit *audit, const struct pm_audit_facts *facts)
{

    if (facts->interrupted)
        pm_audit_reason(audit, "interrupted: the run was ended before its time");
    else if (facts->sent + facts->unsent < facts->input)
        pm_audit_reason(audit, "schedule missed: %llu of %llu records were sent",
                        (unsigned long long)facts->sent, (unsigned long long)facts->input);
    if (facts->unsent != 0)
        pm_audit_reason(audit, "schedule missed: %llu records found the log full",
                        (unsigned long long)facts->unsent);
    judge_lateness(audit, facts);
}

static void judge_marks(struct pm_audit *audit, const struct pm_audit_facts *facts)
{
    const int64_t step_ns = facts->after.clock_offset_ns - facts->before.clock_offset_ns;
    const uint64_t swapped = facts->after.swapped_pages - facts->before.swapped_pages;
    char shown[32];

    if (llabs(step_ns) > PM_AUDIT_STEP_NS) {
        pm_text_human(shown, sizeof shown, (double)step_ns, PM_UNIT_DURATION);
        pm_audit_reason(audit, "the clock was stepped by %s", shown);
    }
    if (swapped != 0)
        pm_audit_reason(audit, "the machine swapped %llu pages", (unsigned long long)swapped);
}

static void judge_machine(struct pm_audit *audit, const struct pm_audit_facts *facts)
{
    const struct pm_environment *const machine = facts->machine;
    char shown[32];

    if (machine != NULL && machine->governor[0] != '\0' &&
        strcmp(machine->governor, "performance") != 0)
        pm_audit_warn(audit, "cpu governor is %s, not performance", machine->governor);
    if (machine != NULL && machine->load > 0.5 * machine->cores)
        pm_audit_warn(audit,
                      "other processes loaded the machine before the start: %.1f on %u cores",
                      machine->load, machine->cores);
    if (facts->hiccup == NULL || pm_histogram_max(facts->hiccup) <= PM_AUDIT_HICCUP_NS)
        return;
    pm_text_human(shown, sizeof shown, (double)pm_histogram_max(facts->hiccup), PM_UNIT_DURATION);
    pm_audit_warn(audit, "the machine stalled for up to %s", shown);
}

void pm_audit_judge(struct pm_audit *audit, const struct pm_audit_facts *facts)
{
    judge_schedule(audit, facts);
    judge_marks(audit, facts);
    judge_machine(audit, facts);
    if (!facts->warmup_settled)
        pm_audit_warn(audit, "warm-up did not settle");
    if (facts->forced)
        pm_audit_warn(audit, "forced: the rate is above a third of the generator's headroom");
}
