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

/* A value of the wrong type counts before an absent one. */
static enum pm_codec_fault read_object(struct order *out, const json_t *object)
{
    static const char *const names[] = {"time", "user", "order", "amount", "region"};
    const json_t *member[5];
    bool missing = false, wrong = false;

    for (unsigned i = 0; i < 5; i++) {
        member[i] = json_object_get(object, names[i]);
        missing |= member[i] == NULL;
        if (i < 3)
            wrong |= member[i] != NULL && !json_is_integer(member[i]);
    }
    *out = (struct order){
        .time_ns = json_integer_value(member[0]),
        .user = json_integer_value(member[1]),
        .order = json_integer_value(member[2]),
        .amount = llround(json_number_value(member[3]) * 100),
        .region = region_number(json_string_value(member[4])),
    };
    wrong |= member[3] != NULL && !json_is_number(member[3]);
    wrong |= member[4] != NULL && out->region < 0;
    return wrong ? PM_CODEC_TYPE : missing ? PM_CODEC_MISSING : PM_CODEC_OK;
}

static enum pm_codec_fault read_text(struct order *out, const char *text, size_t size)
{
    json_t *object = json_loadb(text, size, 0, NULL);
    const enum pm_codec_fault fault =
        json_is_object(object) ? read_object(out, object) : PM_CODEC_MALFORMED;

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
