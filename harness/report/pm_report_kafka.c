/* SPDX-License-Identifier: Apache-2.0 */
/* From the medians of a run's Kafka clients to one line below the table. */
#include "pm_report_kafka.h"

#include <string.h>

#include "pm_text.h"

/** A piece of the line: text, figure, text. */
static const struct piece {
    enum pm_metric metric;
    enum pm_unit unit;
    bool begins_side; /* a semicolon before it */
    bool if_any;      /* 0 is not worth a word */
    const char *before, *behind;
} pieces[] = {
    {PM_METRIC_SOURCE_BATCH, PM_UNIT_COUNT, true, false, "source ", " messages a fetch"},
    {PM_METRIC_SOURCE_QUEUE, PM_UNIT_COUNT, false, false, "at most ", " fetched ahead"},
    {PM_METRIC_SINK_BATCH, PM_UNIT_COUNT, true, false, "sink ", " rows a batch"},
    {PM_METRIC_SINK_BYTES, PM_UNIT_SIZE, false, false, "of ", ""},
    {PM_METRIC_SINK_TRIP, PM_UNIT_DURATION, false, false, "round trip ", ""},
    {PM_METRIC_SINK_TRIP_P99, PM_UNIT_DURATION, false, false, "at worst p99 ", ""},
    {PM_METRIC_SINK_QUEUE, PM_UNIT_COUNT, false, false, "at most ", " waiting"},
    {PM_METRIC_SINK_UNDELIVERED, PM_UNIT_COUNT, false, true, "", " given up"},
    {PM_METRIC_GENERATOR_BATCH, PM_UNIT_COUNT, true, false, "generator ", " records a batch"},
    {PM_METRIC_GENERATOR_QUEUE, PM_UNIT_COUNT, false, false, "at most ", " waiting"},
    {PM_METRIC_GENERATOR_UNDELIVERED, PM_UNIT_COUNT, false, true, "", " given up"},
};

void pm_report_kafka(struct pm_outbuf *out, const struct pm_read_instance *instance)
{
    const char *separator = "";
    char text[80];

    if (strcmp(instance->transport, "kafka") != 0)
        return;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        const struct piece *const piece = &pieces[i];
        const struct pm_read_figure *const figure = &instance->metric[piece->metric];

        if (figure->unknown != NULL || (piece->if_any && figure->value <= 0.0))
            continue;
        if (separator[0] == '\0')
            pm_outbuf_add(out,
                          "  - kafka: %s: ", pm_text_printable(text, sizeof text, instance->name));
        else
            pm_outbuf_add(out, "%s", piece->begins_side ? "; " : separator);
        pm_outbuf_add(out, "%s%s%s", piece->before,
                      pm_text_human(text, sizeof text, figure->value, piece->unit), piece->behind);
        separator = ", ";
    }
    if (separator[0] != '\0')
        pm_outbuf_add(out, "\n");
}
