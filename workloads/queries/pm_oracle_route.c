/* SPDX-License-Identifier: Apache-2.0 */
/* route's oracle: the one door to jansson, which says what a text holds or why it is no order. */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_query_route.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

struct order {
    int64_t time_ns, user, order, amount;
    int64_t region; /* -1: no word of the list */
};

static int64_t region_number(const char *name)
{
    static const char *const names[PM_ROUTE_REGIONS] = {
        "us-east",   "us-west",    "eu-north", "eu-south",
        "asia-east", "asia-south", "africa",   "oceania",
    };

    for (unsigned i = 0; name != NULL && i < PM_ROUTE_REGIONS; i++) {
        if (strcmp(name, names[i]) == 0)
            return i;
    }
    return -1;
}

/* @p value x @p scale into @p out, if it is a number and that is whole: 12.0 and 1.2e1 are 12. */
static bool read_number(int64_t *out, const json_t *value, double scale)
{
    const double scaled = json_number_value(value) * scale;

    *out = json_is_integer(value) ? json_integer_value(value) * (int64_t)scale : llround(scaled);
    return json_is_number(value) &&
           (json_is_integer(value) || fabs(scaled - (double)*out) <= fabs(scaled) * 3e-16);
}

/* A value of the wrong type counts before an absent one. */
static enum pm_codec_fault read_object(struct order *out, const json_t *object)
{
    const json_t *region = json_object_get(object, "region");
    const struct {
        const char *name;
        int64_t *to;
        double scale;
    } numbers[] = {{"time", &out->time_ns, 1},
                   {"user", &out->user, 1},
                   {"order", &out->order, 1},
                   {"amount", &out->amount, 100}};
    bool missing = region == NULL, wrong = false;

    out->region = region_number(json_string_value(region));
    wrong |= region != NULL && out->region < 0;
    for (unsigned i = 0; i < 4; i++) {
        const json_t *value = json_object_get(object, numbers[i].name);
        missing |= value == NULL;
        wrong |= value != NULL && !read_number(numbers[i].to, value, numbers[i].scale);
    }
    return wrong ? PM_CODEC_TYPE : missing ? PM_CODEC_MISSING : PM_CODEC_OK;
}

/* A number beyond every type is jansson's one error about a well-formed text. */
static enum pm_codec_fault read_text(struct order *out, const char *text, size_t size)
{
    json_error_t error;
    json_t *object = json_loadb(text, size, 0, &error);
    enum pm_codec_fault fault = PM_CODEC_MALFORMED;

    if (json_is_object(object))
        fault = read_object(out, object);
    else if (object == NULL && json_error_code(&error) == json_error_numeric_overflow)
        fault = PM_CODEC_TYPE;
    json_decref(object);
    return fault;
}

static void expect_row(struct pm_oracle *oracle, const struct pm_oracle_arrival *row)
{
    uint32_t size;
    const char *text = pm_record_text(row->record, row->bytes, &size);
    struct order order = {0};
    const enum pm_codec_fault fault = read_text(&order, text != NULL ? text : "", size);

    if (fault == PM_CODEC_OK) {
        const int64_t values[] = {(int64_t)row->record->id,
                                  order.time_ns,
                                  order.user,
                                  order.order,
                                  order.amount,
                                  order.region};
        pm_oracle_expect(oracle, (unsigned)order.region, 6, values, text, size);
    } else {
        const int64_t values[] = {(int64_t)row->record->id, fault,
                                  (int64_t)pm_record_sequence(row->record) + 1};
        pm_oracle_expect(oracle, PM_ROUTE_DEAD_LETTERS, 3, values, text, size);
    }
}

int pm_oracle_route(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                    const void *settings, struct pm_error *error)
{
    struct pm_oracle_arrivals arrivals;
    const int code = pm_oracle_arrivals_open(&arrivals, input, error);

    (void)settings;
    if (code != 0)
        return code;
    for (uint64_t i = 0; i < arrivals.count; i++)
        expect_row(oracle, &arrivals.row[i]);
    pm_oracle_arrivals_close(&arrivals);
    return 0;
}
