/* SPDX-License-Identifier: Apache-2.0 */
/* The comparison for spreadsheets: a line an instance, plain numbers, empty where unknown. */
#include "pm_report_csv.h"

#include <string.h>

#define CSV_SCHEMA "scenario,instance,floor,runs,valid_runs,oracle"

static void add_text(struct pm_outbuf *out, const char *text)
{
    for (; *text != '\0'; text++)
        pm_outbuf_add(out, "%c", strchr(",\"\r\n", *text) != NULL ? '_' : *text);
    pm_outbuf_add(out, ",");
}

void pm_report_csv(struct pm_outbuf *out, const struct pm_reading *reading)
{
    static const char *const names[PM_METRICS] = {"p50_ns",
                                                  "p99_ns",
                                                  "p99_9_ns",
                                                  "max_ns",
                                                  "throughput_per_s",
                                                  "service_p99_ns",
                                                  "cpu_work_s_per_million",
                                                  "cpu_wait_s_per_million",
                                                  "memory_peak_bytes",
                                                  "first_output_ms",
                                                  "generator_batch_messages",
                                                  "generator_queued_max",
                                                  "generator_undelivered",
                                                  "source_batch_messages",
                                                  "source_queued_max",
                                                  "sink_batch_messages",
                                                  "sink_batch_bytes",
                                                  "sink_round_trip_ns",
                                                  "sink_round_trip_p99_ns",
                                                  "sink_queued_max",
                                                  "sink_undelivered"};

    pm_outbuf_add(out, "%s", CSV_SCHEMA);
    for (unsigned metric = 0; metric < PM_METRICS; metric++)
        pm_outbuf_add(out, ",%s", names[metric]);
    for (unsigned i = 0; i < reading->instances; i++) {
        const struct pm_read_instance *const at = &reading->instance[i];
        pm_outbuf_add(out, "\n");
        add_text(out, at->scenario);
        add_text(out, at->name);
        pm_outbuf_add(out, "%d,%u,%u,%s", at->is_floor, at->runs, at->valid_runs, at->oracle);
        for (unsigned metric = 0; metric < PM_METRICS; metric++)
            if (at->metric[metric].unknown == NULL)
                pm_outbuf_add(out, ",%.9g", at->metric[metric].value);
            else
                pm_outbuf_add(out, ",");
    }
    pm_outbuf_add(out, "\n");
}
