/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario: a query, its data and how it is run, from a YAML file, a variant and --set. */
#ifndef PM_SCENARIO_H
#define PM_SCENARIO_H

#include "pm_generator.h"
#include "pm_query.h"
#include "pm_run_settings.h"
#include "pm_settings.h"

#define PM_SCENARIO_NAME_SIZE    65u /* [A-Za-z0-9._-]{1,64} */
#define PM_SCENARIO_SUMMARY_SIZE 256u
#define PM_SCENARIO_ENGINES_MAX  12u

/** An engine's settings as the scenario sees them: its table, and the size of the struct. */
struct pm_scenario_engine {
    const char *name;
    const struct pm_option *options; /* NULL: none */
    size_t settings_size;
};

struct pm_scenario_config {
    unsigned engines; /* engines whose settings a scenario may give; copied, their text borrowed */
    struct pm_scenario_engine engine[PM_SCENARIO_ENGINES_MAX];
};

/** Read-only outside; closed as a whole. */
struct pm_scenario {
    char name[PM_SCENARIO_NAME_SIZE];
    char summary[PM_SCENARIO_SUMMARY_SIZE];
    char variant[PM_SCENARIO_NAME_SIZE]; /* the one applied, or "" */
    char *path;                          /* of the file, as messages call it */
    const struct pm_query *query;
    void *query_settings; /* the query's struct */
    struct pm_generator_settings generator;
    struct pm_trace_map *trace_map[PM_TRACE_FILES_MAX]; /* what the settings trace-map, trace-map-2
                                                           name; NULL: none */
    struct pm_run_settings run;
    unsigned engines;
    struct pm_scenario_engine engine[PM_SCENARIO_ENGINES_MAX];
    void *engine_settings[PM_SCENARIO_ENGINES_MAX];
    struct pm_settings settings; /* all of the above, by name, with origins */
};

/**
 * Open scenario @p what: a name looked up in the scenario folders, or a path (it holds a '/' or
 * ends with ".yaml"), with @p variant applied over it (NULL or "": none).
 * Errors: PM_EINPUT with file, line and column; an unknown scenario or variant names the known
 * ones; PM_ENOMEM. Values are range-checked one by one; pm_scenario_check looks at them together.
 */
int pm_scenario_open(struct pm_scenario **out, const char *what, const char *variant,
                     const struct pm_scenario_config *config, struct pm_error *error);

/** Open a scenario from @p size bytes of YAML, as pm_scenario_write left them; @p name is for
 * messages. How a process is given the exact configuration of a run. Errors: as above. */
int pm_scenario_parse(struct pm_scenario **out, const char *name, const char *text, size_t size,
                      const struct pm_scenario_config *config, struct pm_error *error);

void pm_scenario_close(struct pm_scenario *scenario); /* accepts NULL */

/** Apply "key=value" over everything before it. Errors: PM_EINPUT. */
int pm_scenario_set(struct pm_scenario *scenario, const char *assignment, struct pm_error *error);

/**
 * Check the values together: amounts that overflow, a guarantee that this version does not give,
 * and the query's plan. Call it once all is set. Errors: PM_EINPUT, PM_ENOMEM.
 */
int pm_scenario_check(const struct pm_scenario *scenario, struct pm_error *error);

/** Build and check the query's plan with the scenario's settings. Owner: the caller closes it. */
int pm_scenario_plan(struct pm_plan **out, const struct pm_scenario *scenario,
                     struct pm_error *error);

/**
 * The generator's configuration: every stream of the query on `partitions` partitions of its own,
 * stream 0 first; flush records beyond every window and delay. Borrows from @p scenario.
 */
void pm_scenario_generator(struct pm_generator_config *out, const struct pm_scenario *scenario);

/** Records that the schedule will send, all streams together, flush records apart: the mean of a
 * Poisson schedule; 0 for a trace, whose length is its own, unless `events` limits it. */
int64_t pm_scenario_records(const struct pm_scenario *scenario);

/** The struct that engine @p name's option table filled, or NULL when it has none; borrowed. */
const void *pm_scenario_engine_settings(const struct pm_scenario *scenario, const char *name);

/** Append the effective configuration as YAML; pm_scenario_parse reads back the same values. */
void pm_scenario_write(const struct pm_scenario *scenario, struct pm_outbuf *out);

/* --- the folders that hold them --------------------------------------------------------------- */

/** A scenario file that was found. */
struct pm_scenario_file {
    char name[PM_SCENARIO_NAME_SIZE];
    char summary[PM_SCENARIO_SUMMARY_SIZE]; /* or why it cannot be read */
    char query[PM_SCENARIO_NAME_SIZE];
    char path[4096];
};

/**
 * All scenarios in the folders of $PACEMARK_SCENARIOS (colons between), and in <prefix>/share/
 * pacemark/scenarios beside the executable or, where that is none, in the source tree; of one name
 * the first. Sorted by name.
 * Owner: the caller frees *files. Errors: PM_ENOMEM.
 */
int pm_scenario_list(struct pm_scenario_file **files, size_t *count, struct pm_error *error);

/** Write the path of the scenario called @p name; PM_EINPUT names the known ones. */
int pm_scenario_locate(char *path, size_t size, const char *name, struct pm_error *error);

#endif
