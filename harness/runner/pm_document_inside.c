/* SPDX-License-Identifier: Apache-2.0 */
/* Values as JSON has them. */
#include "pm_document_inside.h"

#include <math.h>
#include <stdio.h>

#define JSON_STYLE (JSON_INDENT(2) | JSON_REAL_PRECISION(9))

json_t *pm_document_text(const char *value)
{
    return value != NULL && value[0] != '\0' ? json_string(value) : json_null();
}

json_t *pm_document_count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

json_t *pm_document_hex(uint64_t value)
{
    char shown[24];

    snprintf(shown, sizeof shown, "%016llx", (unsigned long long)value);
    return json_string(shown);
}

static json_t *number(double value)
{
    return value == floor(value) && fabs(value) < 0x1p53 ? json_integer((json_int_t)value)
                                                         : json_real(value);
}

void pm_document_figure(struct pm_document_writer *writer, json_t *into, const char *group,
                        const char *name, struct pm_figure figure)
{
    char path[96];

    if (figure.unknown == NULL && !isfinite(figure.value))
        figure = pm_figure_unknown("no finite number");
    if (figure.unknown == NULL) {
        json_object_set_new(into, name, number(figure.value));
        return;
    }
    snprintf(path, sizeof path, "%s%s%s", group, group[0] != '\0' ? "." : "", name);
    json_object_set_new(into, name, json_null());
    json_object_set_new(writer->reasons, path, json_string(figure.unknown));
}

int pm_document_dump(char **out, json_t *root, struct pm_error *error)
{
    *out = json_dumps(root, JSON_STYLE);
    json_decref(root);
    return *out != NULL ? 0 : pm_error_set(error, PM_ENOMEM, "result: out of memory");
}
