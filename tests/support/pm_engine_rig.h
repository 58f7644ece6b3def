/* SPDX-License-Identifier: Apache-2.0 */
/* A rig that runs one engine over records given in memory, through real logs, in this process. */
#ifndef PM_ENGINE_RIG_H
#define PM_ENGINE_RIG_H

#include "pm_engines.h"

#define PM_RIG_PARTITIONS 8u

/** The input of one partition: records (kind DATA or IDLE) with extensions in bytes. */
struct pm_rig_partition {
    struct pm_record *rows;
    size_t count;
    struct pm_bytes *bytes; /* NULL: no record has an extension */
};

/** What is run. The rig adds one flush record a partition. */
struct pm_rig_config {
    const struct pm_plan *plan; /* checked */
    unsigned streams;
    struct pm_job_stream stream[PM_PLAN_STREAMS_MAX];
    unsigned partitions;
    struct pm_rig_partition partition[PM_RIG_PARTITIONS];
    const struct pm_state_ops *state;
    unsigned parallelism, workers;
    const char *const *settings; /* "name=value" of the engine's options, NULL at end; or NULL */
    uint32_t frame_rows;         /* records a frame; 0: 64 */
    /* Called before the records of round r are written; the input is written in `rounds` parts
     * while the engine runs in a thread of its own. 0: all is there before it starts. */
    unsigned rounds;
    /* Before the last part, wait until the engine has published so many rows, at most 10 s: a live
     * engine on a busy machine is not told from one that waits for the end of input by the clock.
     */
    uint64_t awaited_rows;
};

/** One row that was committed. */
struct pm_rig_row {
    struct pm_record record;
    char *text; /* the extension's bytes, owned by the result */
    uint32_t text_size;
    int64_t visible_ns;
};

struct pm_rig_result {
    size_t count, room;
    struct pm_rig_row *rows;
    struct pm_engine_stats stats;
    int64_t last_written_ns; /* when the last input record was written */
};

/** Fill the settings struct @p target of @p ops: its defaults, then "name=value" of @p settings up
 * to NULL; what is another engine's is skipped. Errors: PM_EINPUT. */
int pm_rig_settings(const struct pm_engine_ops *ops, const char *const *settings, void *target,
                    struct pm_error *error);

/** Run @p ops over the config. 0 or the engine's error. The result is the caller's to close. */
int pm_rig_run(struct pm_rig_result *result, const struct pm_engine_ops *ops,
               const struct pm_rig_config *config, struct pm_error *error);

/** Sort rows by output, key, event time, then all bytes: for comparing sets. */
void pm_rig_sort(struct pm_rig_result *result);

/** True when two sorted results hold the same rows: output, time, key, id, payload, text. */
bool pm_rig_equal(const struct pm_rig_result *a, const struct pm_rig_result *b);

void pm_rig_result_close(struct pm_rig_result *result);

#endif
