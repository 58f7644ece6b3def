/* SPDX-License-Identifier: Apache-2.0 */
/* Heads and texts of messages, by the format's own functions. */
#include "pm_client_row.h"

#include <string.h>

#define HAS_TEXT 8u /* any place: the head says only that there is one */

size_t pm_client_row_size(void)
{
    return sizeof(struct pm_kafka_head) + PM_KAFKA_TEXT_MAX;
}

/* The payload of the form that has its head in a header. */
static void find_header(struct pm_kafka_payload *payload, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;

    if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_header_get_last(headers, PM_KAFKA_HEADER, &payload->header, &payload->header_size);
}

enum pm_kafka_fault pm_client_row_read(struct pm_client_message *out,
                                       const rd_kafka_message_t *message, int64_t now_ns)
{
    struct pm_kafka_payload payload = {.value = message->payload, .value_size = message->len};
    struct pm_kafka_head head;
    const void *text = NULL;
    uint32_t size = 0;

    if (!pm_kafka_is_binary(payload.value, payload.value_size))
        find_header(&payload, message);
    const enum pm_kafka_fault fault = pm_kafka_decode(&payload, &head, &text, &size);
    if (fault != PM_KAFKA_OK)
        return fault;
    *out = (struct pm_client_message){.record = head.record,
                                      .text = text,
                                      .size = size,
                                      .partition = (unsigned)message->partition};
    out->record.id = pm_record_id(out->partition, pm_record_sequence(&head.record));
    out->record.stamp_ns = now_ns;
    pm_record_set_extension(&out->record, 0);
    return PM_KAFKA_OK;
}

size_t pm_client_row_write(void *value, const struct pm_record *row, const void *text,
                           uint32_t size)
{
    struct pm_record announced = *row;

    if (size > PM_KAFKA_TEXT_MAX)
        return 0;
    pm_record_set_extension(&announced, text != NULL ? HAS_TEXT : 0);
    pm_kafka_head_fill(value, PM_KAFKA_ROW, PM_TIME_MIN, &announced);
    if (size != 0)
        memcpy((uint8_t *)value + sizeof(struct pm_kafka_head), text, size);
    return sizeof(struct pm_kafka_head) + size;
}
