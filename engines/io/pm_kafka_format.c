/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing heads; a payload is believed in nothing. */
#include "pm_kafka_format.h"

#include <string.h>

#define NS_PER_MS 1000000LL
#define WORD_FREE (0xffULL << 16 | PM_WORD_BEHIND | PM_WORD_REPLAYED) /* no writer sets these */
#define HAS_TEXT  8u                                                  /* the extension field is 1 */

static bool is_magic(const void *bytes)
{
    uint64_t magic;

    memcpy(&magic, bytes, sizeof magic);
    return magic == PM_KAFKA_RECORD || magic == PM_KAFKA_ROW;
}

bool pm_kafka_is_binary(const void *value, size_t size)
{
    return value != NULL && size >= sizeof(uint64_t) && is_magic(value);
}

static enum pm_kafka_fault check(const struct pm_kafka_head *head, bool has_text, size_t size)
{
    const struct pm_record *const record = &head->record;
    const uint64_t extension = pm_record_extension_offset(record);

    if (pm_record_kind(record) > PM_KIND_FLUSH || pm_record_op(record) > PM_OP_BEFORE ||
        (record->word & WORD_FREE) != 0 || (extension != 0 && extension != HAS_TEXT) ||
        (extension == 0 && has_text && size != 0))
        return PM_KAFKA_BAD_WORD;
    return size > PM_KAFKA_TEXT_MAX ? PM_KAFKA_TOO_LONG : PM_KAFKA_OK;
}

enum pm_kafka_fault pm_kafka_decode(const struct pm_kafka_payload *payload,
                                    struct pm_kafka_head *head, const void **text,
                                    uint32_t *text_size)
{
    const bool binary = pm_kafka_is_binary(payload->value, payload->value_size);
    const void *const from = binary ? payload->value : payload->header;
    const size_t from_size = binary ? payload->value_size : payload->header_size;

    if (from == NULL || from_size < sizeof(uint64_t) || !is_magic(from))
        return PM_KAFKA_NO_HEAD;
    if (from_size < sizeof *head || (!binary && from_size > sizeof *head))
        return PM_KAFKA_CUT;
    memcpy(head, from, sizeof *head);
    const size_t size = binary ? payload->value_size - sizeof *head : payload->value_size;
    *text = binary ? (const uint8_t *)payload->value + sizeof *head : payload->value;
    const enum pm_kafka_fault fault = check(head, *text != NULL, size);
    if (fault != PM_KAFKA_OK)
        return fault;
    *text_size = *text != NULL ? (uint32_t)size : 0;
    if (pm_record_extension_offset(&head->record) == 0)
        *text = NULL;
    else if (*text == NULL)
        *text = "";
    return PM_KAFKA_OK;
}

void pm_kafka_head_fill(struct pm_kafka_head *head, uint64_t magic, int64_t max_time_before_ns,
                        const struct pm_record *record)
{
    const bool has_text = pm_record_extension_offset(record) != 0;

    *head = (struct pm_kafka_head){
        .magic = magic, .max_time_before_ns = max_time_before_ns, .record = *record};
    head->record.word &= ~WORD_FREE;
    pm_record_set_extension(&head->record, has_text ? HAS_TEXT : 0);
}

int64_t pm_kafka_time_ms(int64_t time_ns)
{
    return PM_KAFKA_AHEAD_MS + (time_ns > 0 ? time_ns / NS_PER_MS : 0);
}
