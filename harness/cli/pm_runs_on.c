/* SPDX-License-Identifier: Apache-2.0 */
/* Engines by their capabilities and what they say of a query. */
#include "pm_runs_on.h"

#include <stdio.h>

#include "pm_engines.h"
#include "pm_terminal.h"

static void add_engine(struct pm_outbuf *out, const struct pm_engine_ops *ops,
                       const struct pm_query *query)
{
    const char *const where = (ops->caps & PM_CAP_KAFKA_ONLY) != 0 ? ", over Kafka only" : "";
    struct pm_hand_lines lines;
    struct pm_error error = {0};

    pm_outbuf_add(out, "  %-12s ", ops->name);
    if (pm_engine_has(ops, query->name, &lines, &error) != 0)
        pm_outbuf_add(out, "does not run it: %s\n", error.text);
    else if (pm_engine_is_floor(ops))
        pm_outbuf_add(out, "passes the records on\n");
    else if ((ops->caps & PM_CAP_BY_HAND) == 0)
        pm_outbuf_add(out, "runs the plan%s\n", where);
    else
        pm_outbuf_add(out, "%u lines by hand, %u for this query and %u that others share%s\n",
                      lines.own + lines.shared, lines.own, lines.shared, where);
}

void pm_runs_on_text(struct pm_outbuf *out, const struct pm_query *query)
{
    for (size_t i = 0; pm_engines[i] != NULL; i++)
        add_engine(out, pm_engines[i], query);
    pm_outbuf_add(out,
                  "  the plan: %u lines, with its settings, schemas and made data, for all engines "
                  "that run plans\n",
                  pm_query_lines(query));
}

void pm_runs_on_json(struct pm_outbuf *out, const struct pm_query *query)
{
    struct pm_hand_lines lines;
    struct pm_error error;

    pm_outbuf_add(out, "[");
    for (size_t i = 0; pm_engines[i] != NULL; i++) {
        const bool can = pm_engine_has(pm_engines[i], query->name, &lines, &error) == 0;

        pm_outbuf_add(out, "%s\n    {\"name\": ", i > 0 ? "," : "");
        pm_terminal_json(out, pm_engines[i]->name);
        pm_outbuf_add(out, ", \"runs\": %s", can ? "true" : "false");
        if (can && (pm_engines[i]->caps & PM_CAP_BY_HAND) != 0)
            pm_outbuf_add(out, ", \"hand_lines\": %u, \"shared_lines\": %u", lines.own,
                          lines.shared);
        if (!can) {
            pm_outbuf_add(out, ", \"why\": ");
            pm_terminal_json(out, error.text);
        }
        pm_outbuf_add(out, "}");
    }
    pm_outbuf_add(out, "\n  ],\n  \"plan_lines\": %u", pm_query_lines(query));
}

char *pm_runs_on_names(char *buffer, size_t size, const struct pm_query *query)
{
    struct pm_hand_lines lines;
    size_t used = 0;

    buffer[0] = '\0';
    for (size_t i = 0; pm_engines[i] != NULL && used < size; i++) {
        if (pm_engine_is_floor(pm_engines[i]) ||
            pm_engine_has(pm_engines[i], query->name, &lines, NULL) != 0)
            continue;
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", used != 0 ? " " : "",
                                 pm_engines[i]->name);
        if ((pm_engines[i]->caps & PM_CAP_BY_HAND) != 0 && used < size)
            used += (size_t)snprintf(buffer + used, size - used, "(%u lines)",
                                     lines.own + lines.shared);
    }
    return buffer;
}
