/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario and its topics on the real broker, for the Kafka rows. */
#ifndef PM_BENCH_BROKER_H
#define PM_BENCH_BROKER_H

#include "pm_bench.h"
#include "pm_broker.h"
#include "pm_scenario.h"
#include "pm_topics.h"

/** Open scenario route with @p settings ("name=value", NULL at end) for runs on that broker. Any
 * failure ends the program. */
struct pm_scenario *pm_bench_broker_scenario(const char *const *settings);

/** Name and create the topics of the next run of @p scenario; pm_topics_close removes them. */
void pm_bench_broker_topics(struct pm_topics *out, const struct pm_scenario *scenario);

/** End the program with @p error's sentence unless @p code is 0. */
void pm_bench_must(int code, const struct pm_error *error);

#endif
