/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the engines share: a schema, input in memory, and a run over it. */
#ifndef ENGINE_FIXTURE_H
#define ENGINE_FIXTURE_H

#include "pm_engine_rig.h"
#include "pm_memory_io.h"

/** Columns time, user (the key), v and text. */
extern const struct pm_schema fixture_schema;

/** One run over memory. */
struct fixture {
    struct pm_memory memory;
    struct pm_plan *plan; /* owned */
    struct pm_job job;
    struct pm_engine_stats stats;
    uint64_t settings[64];
    struct pm_error error;
};

/** The engine called @p name. */
const struct pm_engine_ops *fixture_engine(const char *name);

/** Take over @p plan (checked here) and give @p partitions partitions of @p count records each:
 * times rise by 1 ns, user = number % 16, v = number; @p flush: the flush record at their end. */
void fixture_open(struct fixture *f, struct pm_plan *plan, unsigned partitions, size_t count,
                  bool flush);

/** Open @p ops on the fixture, with settings "name=value" up to NULL. */
int fixture_start(struct fixture *f, struct pm_engine **engine, const struct pm_engine_ops *ops,
                  const char *const *settings);

/** Start, run to the end and close: the engine's result. */
int fixture_run(struct fixture *f, const struct pm_engine_ops *ops, const char *const *settings);

void fixture_close(struct fixture *f);

#endif
