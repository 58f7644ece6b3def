/* SPDX-License-Identifier: Apache-2.0 */
/* The real broker that tests and benchmarks use where one is started (scripts/kafka start). */
#ifndef PM_BROKER_H
#define PM_BROKER_H

#include <stdbool.h>

/** "127.0.0.1:" and $PACEMARK_KAFKA_PORT (19092); static storage. */
const char *pm_broker_address(void);

/** True when something answers there. */
bool pm_broker_answers(void);

#endif
