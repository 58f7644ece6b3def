/* SPDX-License-Identifier: Apache-2.0 */
/* Between Kafka messages and records: the head that all systems here read and write. */
#ifndef PM_CLIENT_ROW_H
#define PM_CLIENT_ROW_H

#include <librdkafka/rdkafka.h>

#include "pm_client.h"
#include "pm_kafka_format.h"

/** The most bytes of a message. */
size_t pm_client_row_size(void);

/** Read @p message, whose text stays where it is; the record is stamped @p now_ns. On a fault it is
 * none of this program's: nobody's record, so it is passed over. */
enum pm_kafka_fault pm_client_row_read(struct pm_client_message *out,
                                       const rd_kafka_message_t *message, int64_t now_ns);

/** Write head and text of @p row to @p value of pm_client_row_size() bytes; returns their size, or
 * 0 when the text is too long. */
size_t pm_client_row_write(void *value, const struct pm_record *row, const void *text,
                           uint32_t size);

#endif
