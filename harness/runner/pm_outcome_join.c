/* SPDX-License-Identifier: Apache-2.0 */
/* Several documents as one. */
#include "pm_document_inside.h"

/* Several seeds or digests have no single value: they stand with their inputs. */
static void join_value(json_t *into, const json_t *from, const char *name)
{
    if (!json_equal(json_object_get(into, name), json_object_get(from, name)))
        json_object_set_new(into, name, json_null());
}

static int join(json_t *into, const json_t *from, struct pm_error *error)
{
    static const char *const arrays[] = {"inputs", "rows", "summary"};

    if (!json_equal(json_object_get(into, "schema"), json_object_get(from, "schema")))
        return pm_error_set(error, PM_EINPUT, "results of different schemas cannot be joined");
    for (unsigned i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        if (json_array_extend(json_object_get(into, arrays[i]), json_object_get(from, arrays[i])) !=
            0)
            return pm_error_set(error, PM_EINPUT, "result: it has no %s", arrays[i]);
    join_value(into, from, "seed");
    join_value(into, from, "input_digest");
    if (json_is_true(json_object_get(from, "interrupted")))
        json_object_set_new(into, "interrupted", json_true());
    return 0;
}

int pm_outcome_join(char **out, const struct pm_outcome *outcomes, unsigned count,
                    struct pm_error *error)
{
    json_t *root = NULL;
    int code = 0;

    for (unsigned i = 0; i < count && code == 0; i++) {
        json_t *const next =
            outcomes[i].document != NULL ? json_loads(outcomes[i].document, 0, NULL) : NULL;

        if (next == NULL)
            continue;
        if (root == NULL) {
            root = next;
            continue;
        }
        code = join(root, next, error);
        json_decref(next);
    }
    if (root == NULL)
        return pm_error_set(error, PM_EINPUT, "there are no results to join");
    if (code == 0)
        return pm_document_dump(out, root, error);
    json_decref(root);
    return code;
}
