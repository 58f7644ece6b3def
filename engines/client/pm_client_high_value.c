/* SPDX-License-Identifier: Apache-2.0 */
/* high-value by hand: JSON payments above a limit are kept, what is none is a dead letter. */
#include "pm_client_json.h"
#include "pm_client_lines.h"
#include "pm_client_queries.h"

enum { EVENTS, DEAD_LETTERS };

struct high_value {
    struct pm_client_output output;
    int64_t above;
};

static int high_value_open(void *payload, const struct pm_client_job *job, struct pm_error *error)
{
    struct high_value *const self = payload;

    (void)error;
    self->output = job->output;
    self->above = pm_client_setting(job->query, "amount.above");
    return 0;
}

static int high_value_take(void *payload, const struct pm_client_message *message)
{
    const struct high_value *const self = payload;
    int64_t time_ns = 0, user = 0, payment = 0, amount = 0;
    const struct pm_client_field fields[] = {{"time", &time_ns, 1, NULL},
                                             {"user", &user, 1, NULL},
                                             {"payment", &payment, 1, NULL},
                                             {"amount", &amount, 100, NULL}};

    if (pm_record_kind(&message->record) != PM_KIND_DATA)
        return 0;
    const enum pm_codec_fault fault = pm_client_json_read(message->text, message->size, fields, 4);
    if (fault != PM_CODEC_OK)
        return pm_client_send_dead(&self->output, DEAD_LETTERS, message, fault,
                                   pm_record_sequence(&message->record) + 1);
    if (amount <= self->above)
        return 0;
    struct pm_record row = message->record;
    row.event_time_ns = time_ns;
    row.key = (uint64_t)user;
    row.payload[0] = (uint64_t)amount;
    row.payload[1] = (uint64_t)payment;
    row.payload[2] = 0;
    return pm_client_send(&self->output, EVENTS, &row, message->text, message->size);
}

const struct pm_client_query pm_client_high_value = {
    .name = "high-value",
    .lines = {PM_LINES_HIGH_VALUE, PM_LINES_SHARED + PM_LINES_JSON},
    .size = sizeof(struct high_value),
    .open = high_value_open,
    .take = high_value_take,
};
