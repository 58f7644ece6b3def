/* SPDX-License-Identifier: Apache-2.0 */
/* The list of hand-written queries, and the two steps that all of them end with. */
#include "pm_client.h"

#include "pm_client_queries.h"

const struct pm_client_query *const pm_client_queries[] = {
    &pm_client_route, &pm_client_high_value, &pm_client_log_etl, &pm_client_hourly_plain, NULL,
};

int64_t pm_client_setting(const struct pm_job_query *query, const char *name)
{
    const struct pm_option *const option = pm_option_find(query->options, name);

    assert(option != NULL && option->kind == PM_OPTION_INTEGER);
    return *(const int64_t *)(const void *)((const char *)query->settings + option->offset);
}

int pm_client_send(const struct pm_client_output *to, unsigned output, struct pm_record *row,
                   const void *text, uint32_t size)
{
    row->word = pm_record_word(output, PM_KIND_DATA);
    return to->produce(to->payload, row, text, size);
}

int pm_client_send_dead(const struct pm_client_output *to, unsigned output,
                        const struct pm_client_message *message, enum pm_codec_fault fault,
                        uint64_t line)
{
    struct pm_record row = message->record;

    row.payload[0] = (uint64_t)fault;
    row.payload[1] = line;
    row.payload[2] = 0;
    return pm_client_send(to, output, &row, message->text, message->size);
}
