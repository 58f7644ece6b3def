/* SPDX-License-Identifier: Apache-2.0 */
/* The one door to libyaml: a small document of settings as a flat list with positions. */
#ifndef PM_YAML_H
#define PM_YAML_H

#include <stddef.h>
#include <stdint.h>

#include "pm_error.h"

#define PM_YAML_BYTES_MAX   (1u << 20) /* of a document */
#define PM_YAML_DEPTH_MAX   32u        /* mappings within mappings */
#define PM_YAML_ENTRIES_MAX 1024u      /* keys of a document */
#define PM_YAML_KEY_MAX     128u       /* bytes of a dotted key */

/** One key. Keys of inner mappings follow their mapping's own entry, in the document's order. */
struct pm_yaml_entry {
    char *key;       /* dotted path: "variants.quick.rate"; letters, digits, '.', '_', '-' */
    char *value;     /* the scalar's text; a list's words with ", " between; NULL for a mapping */
    uint32_t line;   /* of the key; from 1 */
    uint32_t column; /* from 1 */
};

struct pm_yaml {
    char *name; /* the file as messages call it */
    size_t count;
    struct pm_yaml_entry *entries;
};

/**
 * Parse the @p size bytes at @p text: UTF-8, one document, one mapping of scalars, lists of scalars
 * and mappings. Refused: NUL, anchors and aliases, tags, a key that stands twice (however it is
 * nested: "a: {b: 1}" and "a.b: 2" are the same key), more than the limits above.
 * Errors: PM_EINPUT "spend.yaml:7:3: what is wrong and what to do", PM_ENOMEM. Cost: O(size +
 * keys^2).
 */
int pm_yaml_parse(struct pm_yaml **out, const char *name, const char *text, size_t size,
                  struct pm_error *error);

/** Parse the regular file @p path. Errors: those of pm_yaml_parse; PM_EINPUT when it cannot be read
 * or is longer than PM_YAML_BYTES_MAX. */
int pm_yaml_load(struct pm_yaml **out, const char *path, struct pm_error *error);

void pm_yaml_close(struct pm_yaml *yaml); /* accepts NULL */

/** The entry called @p key, or NULL; borrowed. */
const struct pm_yaml_entry *pm_yaml_find(const struct pm_yaml *yaml, const char *key);

#endif
