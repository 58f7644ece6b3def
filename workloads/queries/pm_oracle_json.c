/* SPDX-License-Identifier: Apache-2.0 */
/* The one door to jansson, which says what a text holds or why it is no row. */
#include "pm_oracle_json.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static bool read_word(int64_t *out, const char *word, const char *const *words)
{
    for (int64_t i = 0; word != NULL && words[i] != NULL; i++) {
        if (strcmp(word, words[i]) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* @p value x @p scale into @p out, if it is a number and that is whole: 12.0 and 1.2e1 are 12. */
static bool read_number(int64_t *out, const json_t *value, double scale)
{
    const double scaled = json_number_value(value) * scale;

    *out = json_is_integer(value) ? json_integer_value(value) * (int64_t)scale : llround(scaled);
    return json_is_number(value) &&
           (json_is_integer(value) || fabs(scaled - (double)*out) <= fabs(scaled) * 3e-16);
}

static enum pm_codec_fault read_object(const json_t *object, unsigned fields,
                                       const struct pm_oracle_field *field)
{
    bool missing = false, wrong = false;

    for (unsigned i = 0; i < fields; i++) {
        const json_t *value = json_object_get(object, field[i].name);
        if (value == NULL)
            missing = true;
        else if (field[i].words != NULL)
            wrong |= !read_word(field[i].to, json_string_value(value), field[i].words);
        else
            wrong |= !read_number(field[i].to, value, field[i].scale);
    }
    return wrong ? PM_CODEC_TYPE : missing ? PM_CODEC_MISSING : PM_CODEC_OK;
}

/* A number beyond every type is jansson's one error about a well-formed text. */
enum pm_codec_fault pm_oracle_json_read(const char *text, size_t size, unsigned fields,
                                        const struct pm_oracle_field *field)
{
    json_error_t error;
    json_t *object = json_loadb(text, size, 0, &error);
    enum pm_codec_fault fault = PM_CODEC_MALFORMED;

    if (json_is_object(object))
        fault = read_object(object, fields, field);
    else if (object == NULL && json_error_code(&error) == json_error_numeric_overflow)
        fault = PM_CODEC_TYPE;
    json_decref(object);
    return fault;
}
