/* SPDX-License-Identifier: Apache-2.0 */
/* route's oracle: what each text says decides to which region's output it goes. */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_oracle_json.h"
#include "pm_query_route.h"

static const char *const regions[] = {"us-east",    "us-west", "eu-north", "eu-south", "asia-east",
                                      "asia-south", "africa",  "oceania",  NULL};

static void expect_row(struct pm_oracle *oracle, const struct pm_oracle_arrival *row)
{
    uint32_t size;
    const char *text = pm_record_text(row->record, row->bytes, &size);
    int64_t time_ns = 0, user = 0, order = 0, amount = 0, region = 0;
    const struct pm_oracle_field fields[] = {{"time", &time_ns, 1, NULL},
                                             {"user", &user, 1, NULL},
                                             {"order", &order, 1, NULL},
                                             {"amount", &amount, 100, NULL},
                                             {"region", &region, 1, regions}};
    const enum pm_codec_fault fault =
        pm_oracle_json_read(text != NULL ? text : "", size, 5, fields);

    if (fault == PM_CODEC_OK) {
        const int64_t values[] = {(int64_t)row->record->id, time_ns, user, order, amount, region};
        pm_oracle_expect(oracle, (unsigned)region, 6, values, text, size);
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
