/* SPDX-License-Identifier: Apache-2.0 */
/* What the Kafka clients of a run measured, and what was in its topics that is no record. */
#ifndef PM_ROW_KAFKA_H
#define PM_ROW_KAFKA_H

#include "pm_run.h"

/** Fill row->kafka from @p run, whose processes have ended; all unknown on the embedded log. */
void pm_row_kafka_make(struct pm_row *row, const struct pm_run *run,
                       const struct pm_prepared *prepared);

/** Warn of foreign messages: how many of each reason, and where the first ones are. */
void pm_row_kafka_warn(struct pm_audit *audit, const struct pm_row_kafka *kafka);

#endif
