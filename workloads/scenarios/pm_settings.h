/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a run: several option tables addressed by name, each value with its origin. */
#ifndef PM_SETTINGS_H
#define PM_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "pm_option.h"
#include "pm_outbuf.h"

#define PM_SETTINGS_GROUPS_MAX 16u

enum pm_origin_kind {
    PM_ORIGIN_DEFAULT, /* the option table */
    PM_ORIGIN_FILE,    /* the scenario file */
    PM_ORIGIN_VARIANT, /* a variant of the scenario file */
    PM_ORIGIN_SET,     /* --set or a flag that stands for it */
};

/** Who gave a value; line and column are of FILE and VARIANT, 0 otherwise. */
struct pm_origin {
    enum pm_origin_kind kind;
    uint32_t line, column;
};

/** One table and the struct that it fills. Both are borrowed; origins belong to pm_settings. */
struct pm_settings_group {
    const char *name; /* "query", "generator", "run", or an engine's name */
    bool is_engine; /* several engines may have a setting of one name: it means the same in each */
    const struct pm_option *table;
    void *target;
    struct pm_origin *origins; /* one a row of the table */
};

/** Zero-initialise; close frees the origins. */
struct pm_settings {
    unsigned count;
    struct pm_settings_group groups[PM_SETTINGS_GROUPS_MAX];
};

/** Add a group and set its struct to the table's defaults. Errors: PM_ENOMEM, PM_EINTERNAL (full).
 */
int pm_settings_add(struct pm_settings *settings, const char *name, bool is_engine,
                    const struct pm_option *table, void *target, struct pm_error *error);

void pm_settings_close(struct pm_settings *settings);

/**
 * Set @p key to @p value in every group that has it: "rate"; "microbatch.trigger" sets it in that
 * engine's group alone. Errors: PM_EINPUT; an unknown key names the nearest one; nothing is then
 * changed.
 */
int pm_settings_set(struct pm_settings *settings, const char *key, const char *value,
                    struct pm_origin origin, struct pm_error *error);

/** What pm_settings_set would say, without setting anything. */
int pm_settings_try(const struct pm_settings *settings, const char *key, const char *value,
                    struct pm_error *error);

/** Call @p visit for every setting, group by group in the order of the tables. */
void pm_settings_each(const struct pm_settings *settings,
                      void (*visit)(void *payload, const struct pm_settings_group *group,
                                    const struct pm_option *option, struct pm_origin origin),
                      void *payload);

/** Append every setting as a line of YAML that the same parser reads back to the same values. */
void pm_settings_write(const struct pm_settings *settings, struct pm_outbuf *out);

/** Append @p text as a YAML scalar in double quotes. */
void pm_settings_quote(struct pm_outbuf *out, const char *text);

#endif
