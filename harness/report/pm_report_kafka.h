/* SPDX-License-Identifier: Apache-2.0 */
/* How an engine's Kafka clients fared, in a line. */
#ifndef PM_REPORT_KAFKA_H
#define PM_REPORT_KAFKA_H

#include "pm_outbuf.h"
#include "pm_reading.h"

/** Append "kafka: event: source 812 messages a fetch, ..." for @p instance; nothing where it talked
 * to no broker. What is unknown is left out. */
void pm_report_kafka(struct pm_outbuf *out, const struct pm_read_instance *instance);

#endif
