/* SPDX-License-Identifier: Apache-2.0 */
/* A comparison in words. */
#include "pm_report_sentence.h"

#include <stdlib.h>
#include <string.h>

#include "pm_text.h"

/* Unknown ones last. */
static int by_median(const void *a, const void *b)
{
    const struct pm_read_instance *const *const x = a;
    const struct pm_read_instance *const *const y = b;
    const struct pm_read_figure *const left = &(*x)->metric[PM_METRIC_P50];
    const struct pm_read_figure *const right = &(*y)->metric[PM_METRIC_P50];

    if ((left->unknown != NULL) != (right->unknown != NULL))
        return left->unknown != NULL ? 1 : -1;
    return (left->value > right->value) - (left->value < right->value);
}

unsigned pm_report_order(const struct pm_read_instance **out,
                         const struct pm_read_instance *const *instance, unsigned instances)
{
    unsigned count = 0;

    for (unsigned i = 0; i < instances; i++)
        if (!instance[i]->is_floor)
            out[count++] = instance[i];
    qsort(out, count, sizeof *out, by_median);
    return count;
}

static bool has_invalid(const struct pm_read_instance *const *instance, unsigned instances)
{
    for (unsigned i = 0; i < instances; i++)
        if (instance[i]->valid_runs < instance[i]->runs)
            return true;
    return false;
}

/* The scenario's name, bold where that can be. */
static void add_name(struct pm_outbuf *out, const char *scenario, const struct pm_report_look *look)
{
    const bool markdown = look->style == PM_TABLE_MARKDOWN;
    const bool bold = look->colour && look->style == PM_TABLE_TEXT;
    char name[80];

    pm_text_printable(name, sizeof name, scenario);
    if (markdown)
        pm_outbuf_add(out, "**%s**", name);
    else
        pm_outbuf_add(out, "%s%s%s", bold ? "\033[1m" : "", name, bold ? "\033[0m" : "");
}

static void add_scenario(struct pm_outbuf *out, const char *label,
                         const struct pm_read_instance *const *instance, unsigned instances)
{
    const struct pm_read_figure *const rate = &instance[0]->rate_per_s;
    char text[48], name[80];

    if (rate->unknown == NULL)
        pm_outbuf_add(out, " at %s", pm_text_human(text, sizeof text, rate->value, PM_UNIT_RATE));
    if (strcmp(instance[0]->transport, "kafka") == 0)
        pm_outbuf_add(out, " over Kafka");
    if (has_invalid(instance, instances))
        pm_outbuf_add(out, ", medians of the valid runs");
    else if (instance[0]->runs > 1)
        pm_outbuf_add(out, ", medians of %u runs", instance[0]->runs);
    if (label[0] != '\0')
        pm_outbuf_add(out, " (%s: no verdict)", pm_text_printable(name, sizeof name, label));
    pm_outbuf_add(out, ": ");
}

void pm_report_sentence(struct pm_outbuf *out, const char *label, const struct pm_report_look *look,
                        const struct pm_read_instance *const *instance, unsigned instances)
{
    const struct pm_read_instance *found[PM_READING_INSTANCES_MAX];
    unsigned count = pm_report_order(found, instance, instances);
    char text[32], name[80];

    while (count > 0 && found[count - 1]->metric[PM_METRIC_P50].unknown != NULL)
        count--;
    add_name(out, instance[0]->scenario, look);
    add_scenario(out, label, instance, instances);
    for (unsigned i = 0; i < count; i++)
        pm_outbuf_add(out, "%s%s (%s%s)",
                      i == 0          ? "half of all results came within "
                      : i + 1 < count ? ", "
                                      : " and ",
                      pm_text_human(text, sizeof text, found[i]->metric[PM_METRIC_P50].value,
                                    PM_UNIT_DURATION),
                      pm_text_printable(name, sizeof name, found[i]->name),
                      found[i]->valid_runs == 0 ? ", invalid" : "");
    pm_outbuf_add(out, "%s.\n", count > 0 ? "" : "no latency was measured");
}
