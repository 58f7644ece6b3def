/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the Kafka client: which may be given, which are fixed, and why. */
#ifndef PM_KAFKA_SETTINGS_H
#define PM_KAFKA_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "pm_error.h"

/** What a client does. */
enum pm_kafka_side { PM_KAFKA_READER = 1, PM_KAFKA_WRITER = 2 };

enum pm_kafka_setting_kind {
    PM_KAFKA_OPEN,   /* may be given */
    PM_KAFKA_SECRET, /* may be given; never shown */
    PM_KAFKA_FIXED,  /* a promise hangs on it: refused when given */
};

/** One setting of librdkafka. The table ends with a NULL name. */
struct pm_kafka_setting {
    const char *name;
    unsigned sides; /* bit set of enum pm_kafka_side */
    enum pm_kafka_setting_kind kind;
    const char *value; /* unless given; NULL: librdkafka's own */
    const char *why;   /* one line; no full stop */
};
extern const struct pm_kafka_setting pm_kafka_settings[];

/**
 * Check "name=value" texts, NULL-terminated (NULL: none), against the table: whatever is not in it
 * is refused, so that a scenario from elsewhere loads no plug-in, runs no command and turns no
 * check off. Errors: PM_EINPUT with the name. Values are judged by librdkafka at the open.
 */
int pm_kafka_settings_check(const char *const *client, struct pm_error *error);

/** The value that @p client gives @p name (the last one counts), or NULL. */
const char *pm_kafka_settings_get(const char *const *client, const char *name);

/** @p value of setting @p row as it may be printed: "[hidden]" for a secret, and where row is NULL,
 * for a name that is not known may be a misspelt secret; foreign bytes replaced. Returns @p buffer.
 */
char *pm_kafka_setting_value(char *buffer, size_t size, const struct pm_kafka_setting *row,
                             const char *value);

#endif
