/* SPDX-License-Identifier: Apache-2.0 */
/* high-value's oracle: what each text says, and whether that is more than the limit. */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_oracle_json.h"
#include "pm_query_high_value.h"

static void expect_row(struct pm_oracle *oracle, const struct pm_oracle_arrival *row, int64_t above)
{
    uint32_t size;
    const char *text = pm_record_text(row->record, row->bytes, &size);
    int64_t time_ns = 0, user = 0, payment = 0, amount = 0;
    const struct pm_oracle_field fields[] = {{"time", &time_ns, 1, NULL},
                                             {"user", &user, 1, NULL},
                                             {"payment", &payment, 1, NULL},
                                             {"amount", &amount, 100, NULL}};
    const enum pm_codec_fault fault =
        pm_oracle_json_read(text != NULL ? text : "", size, 4, fields);

    if (fault != PM_CODEC_OK) {
        const int64_t values[] = {(int64_t)row->record->id, fault,
                                  (int64_t)pm_record_sequence(row->record) + 1};
        pm_oracle_expect(oracle, PM_HIGH_VALUE_DEAD_LETTERS, 3, values, text, size);
    } else if (amount > above) {
        const int64_t values[] = {(int64_t)row->record->id, time_ns, user, payment, amount};
        pm_oracle_expect(oracle, PM_HIGH_VALUE_EVENTS, 5, values, text, size);
    }
}

int pm_oracle_high_value(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                         const void *settings, struct pm_error *error)
{
    const struct pm_query_high_value_settings *s = settings;
    struct pm_oracle_arrivals arrivals;
    const int code = pm_oracle_arrivals_open(&arrivals, input, error);

    if (code != 0)
        return code;
    for (uint64_t i = 0; i < arrivals.count; i++)
        expect_row(oracle, &arrivals.row[i], s->above);
    pm_oracle_arrivals_close(&arrivals);
    return 0;
}
