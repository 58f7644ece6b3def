/* SPDX-License-Identifier: Apache-2.0 */
/* Option tables: one table feeds the scenario parser, --set, help, list and the manual. */
#ifndef PM_OPTION_H
#define PM_OPTION_H

#include "pm_text.h"

enum pm_option_kind {
    PM_OPTION_INTEGER, /* int64_t; parsed with its unit */
    PM_OPTION_BOOL,    /* bool; true/false, yes/no, on/off */
    PM_OPTION_CHOICE,  /* int: the index of the word in choices */
    PM_OPTION_TEXT,    /* char[PM_OPTION_TEXT_SIZE] */
    PM_OPTION_DECIMAL, /* double in [min, max] */
};

#define PM_OPTION_TEXT_SIZE 256

/** One setting of a struct. A table ends with a row whose name is NULL. */
struct pm_option {
    const char *name; /* kebab within dots: "watermark.delay" */
    enum pm_option_kind kind;
    enum pm_unit unit;     /* of PM_OPTION_INTEGER */
    size_t offset;         /* of the field in the struct that the table describes */
    int64_t min, max;      /* inclusive; of INTEGER and DECIMAL */
    const char *fallback;  /* the default as text, through the same parser */
    const char *choices;   /* of CHOICE: words with one space between, in the enum's order */
    const char *help;      /* one line; no full stop */
    const char *elsewhere; /* the names that the frameworks give it, or NULL */
};

/** Set every field of @p target to its default. A default that does not parse is an assertion. */
void pm_option_defaults(const struct pm_option *table, void *target);

/** The row called @p name, or NULL. */
const struct pm_option *pm_option_find(const struct pm_option *table, const char *name);

/**
 * Parse @p text into the field of @p target that @p option describes.
 * Errors: PM_EINPUT "rate: 12x: expected a rate such as 50k/s"; @p target is then unchanged.
 */
int pm_option_set(const struct pm_option *option, void *target, const char *text,
                  struct pm_error *error);

/** Write the value that @p target holds, so that pm_option_set reads it back; returns @p buffer. */
char *pm_option_get(const struct pm_option *option, const void *target, char *buffer, size_t size);

/** Write what the option takes ("duration, 0..1h", "spin|nap|auto"); returns @p buffer. */
char *pm_option_range(const struct pm_option *option, char *buffer, size_t size);

/** The row whose name is nearest to @p name by edit distance of at most 3, or NULL. */
const struct pm_option *pm_option_nearest(const struct pm_option *table, const char *name);

#endif
