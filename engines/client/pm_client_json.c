/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a jansson tree as numbers. */
#include "pm_client_json.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

/* 12.34 x 100 is whole but for the rounding of the two doubles. */
static bool read_number(int64_t *out, const json_t *json, int64_t scale)
{
    if (json_is_integer(json))
        return !__builtin_mul_overflow(json_integer_value(json), scale, out);
    if (!json_is_real(json))
        return false;
    const double scaled = json_real_value(json) * (double)scale;
    if (fabs(scaled) >= 0x1p63)
        return false;
    *out = llround(scaled);
    return fabs(scaled - (double)*out) <= fabs(scaled) * 3e-16;
}

static bool read_word(int64_t *out, const json_t *json, const char *const *words)
{
    const char *const text = json_string_value(json);

    for (int64_t i = 0; text != NULL && words[i] != NULL; i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

static enum pm_codec_fault read_members(const json_t *object, const struct pm_client_field *field,
                                        unsigned count)
{
    enum pm_codec_fault fault = PM_CODEC_OK;

    for (unsigned i = 0; i < count; i++) {
        const json_t *const json = json_object_get(object, field[i].name);

        if (json == NULL)
            fault = PM_CODEC_MISSING;
        else if (!(field[i].words != NULL ? read_word(field[i].value, json, field[i].words)
                                          : read_number(field[i].value, json, field[i].scale)))
            return PM_CODEC_TYPE;
    }
    return fault;
}

enum pm_codec_fault pm_client_json_read(const char *text, uint32_t size,
                                        const struct pm_client_field *field, unsigned count)
{
    json_error_t error;

    if (size > PM_CODEC_TEXT_MAX)
        return PM_CODEC_TOO_LONG;
    json_t *const root = json_loadb(text != NULL ? text : "", size, 0, &error);
    if (root == NULL) /* a number beyond every type is the one fault of a text that is JSON */
        return json_error_code(&error) == json_error_numeric_overflow ? PM_CODEC_TYPE
                                                                      : PM_CODEC_MALFORMED;
    const enum pm_codec_fault fault =
        json_is_object(root) ? read_members(root, field, count) : PM_CODEC_MALFORMED;
    json_decref(root);
    return fault;
}
