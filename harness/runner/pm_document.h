/* SPDX-License-Identifier: Apache-2.0 */
/* result.json: the one document that holds everything a comparison found. The door to jansson. */
#ifndef PM_DOCUMENT_H
#define PM_DOCUMENT_H

#include "pm_environment.h"
#include "pm_prepare.h"
#include "pm_runner.h"

#define PM_DOCUMENT_SCHEMA "pacemark-result/1" /* raise it when a field changes its meaning */

/** What is written; borrowed. */
struct pm_document {
    const struct pm_runner_config *config;
    const struct pm_prepared *prepared;
    const struct pm_environment *environment;
    const struct pm_outcome *outcome; /* rows, summaries, interrupted */
};

/** Write the document as indented text, which the caller frees. A figure that is unknown is null,
 * and its reason stands in the row's "reasons" under its path. Errors: PM_ENOMEM. */
int pm_document_write(char **out, const struct pm_document *document, struct pm_error *error);

#endif
