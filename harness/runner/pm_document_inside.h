/* SPDX-License-Identifier: Apache-2.0 */
/* Inside result.json: what the files that write parts of it share. */
#ifndef PM_DOCUMENT_INSIDE_H
#define PM_DOCUMENT_INSIDE_H

#include <jansson.h>

#include "pm_document.h"

/** A row or a summary in the making: figures that are unknown leave their reason beside. */
struct pm_document_writer {
    json_t *object;
    json_t *reasons;
};

/** @p value, or null of an empty or missing one. */
json_t *pm_document_text(const char *value);
json_t *pm_document_count(uint64_t value);
json_t *pm_document_hex(uint64_t value);

/** Set @p name of @p into to @p figure, or to null, and its reason under "group.name". */
void pm_document_figure(struct pm_document_writer *writer, json_t *into, const char *group,
                        const char *name, struct pm_figure figure);

json_t *pm_document_row(const struct pm_document *document, const struct pm_row *row);

/** Set "kafka" of the row: clients, dead letters; null with its reason on the embedded log. */
void pm_document_kafka(struct pm_document_writer *writer, const struct pm_row_kafka *kafka);

/** The files of a trace, and where the rows of each went; null when the input is none. */
json_t *pm_document_trace_files(const struct pm_generator_settings *settings,
                                const struct pm_trace_stats *stats);

/** Write @p root as text, which the caller frees, and give @p root back. Errors: PM_ENOMEM. */
int pm_document_dump(char **out, json_t *root, struct pm_error *error);

#endif
