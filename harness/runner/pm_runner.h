/* SPDX-License-Identifier: Apache-2.0 */
/* The runner's door: run a comparison, verify engines against the oracle, be a child of either. */
#ifndef PM_RUNNER_H
#define PM_RUNNER_H

#include "pm_engine.h"
#include "pm_row.h"
#include "pm_scenario.h"

#define PM_INSTANCES_MAX 16u

/** How the input reaches the engine. */
enum pm_pace {
    PM_PACE_SCHEDULE, /* open loop, while the engine runs */
    PM_PACE_MAX,      /* the whole input is written before the clock starts: throughput only */
};

/** One system under test, under a name that keys its rows; its settings are the scenario's. */
struct pm_instance {
    const char *name; /* safe as a file name (pm_publish_name_is_safe), unique in the comparison */
    const struct pm_engine_ops *engine;
};

/** How the threads of a comparison wait, the same for all its rows, and why. */
struct pm_wait_choice {
    enum pm_wait wait;
    char reason[160]; /* begins with the choice: "nap: auto, for ..." */
};

/** What trials have shown, so that one is made once per rate and transport. Zeroed: nothing. */
#define PM_WAITS_MAX 16u
struct pm_wait_memo {
    unsigned count;
    struct pm_wait_known {
        int64_t rate_per_s;
        int transport, durability;
        struct pm_wait_choice choice;
    } known[PM_WAITS_MAX];
};

/** One comparison. Pointers are borrowed until the call ends. */
struct pm_runner_config {
    const struct pm_scenario *scenario; /* checked */
    unsigned instances;
    struct pm_instance instance[PM_INSTANCES_MAX];
    bool floor; /* run the null engine beside them, where it is not one of them */
    enum pm_pace pace;
    const char *label;          /* "quick", or NULL; stands in the result */
    const char *results;        /* the folder that results directories are made in */
    int64_t drain_ns;           /* how long an engine may take after the last record was due */
    uint64_t check_records;     /* a larger input is not checked: its oracle status is unchecked */
    struct pm_wait_memo *waits; /* of the comparisons before; written to. NULL: none */
    bool force;                 /* go on where the generator's headroom refuses the rate */
};

#define PM_RUNNER_CONFIG_INIT                                                                      \
    {                                                                                              \
        .floor = true, .results = "results", .drain_ns = 60 * PM_NS_PER_S,                         \
        .check_records = 20000000                                                                  \
    }

/** Fill @p config's instances from the scenario's `engines` ("all": those that run plans;
 * or names with commas between).
 * Errors: PM_EINPUT names an unknown engine and the known ones. */
int pm_runner_instances(struct pm_runner_config *config, struct pm_error *error);

/** Check the instances of @p config by name, settings and what the scenario demands of them, and
 * that its records alone fit, before anything is made. Errors: PM_EINPUT, PM_EIO (the medium is too
 * small: says the remedy). pm_runner_run and pm_runner_estimate do it too. */
int pm_runner_check(const struct pm_runner_config *config, struct pm_error *error);

/** What pm_scenario_open needs to know of the registry's engines; static storage. */
const struct pm_scenario_config *pm_runner_engines(void);

/** Where a comparison stands. Texts are valid during the call. */
struct pm_progress {
    const char
        *phase; /* "headroom", "input", "wait", "start", "run", "collect", "row", "publish" */
    const char *scenario;
    const char *instance;            /* NULL outside runs */
    unsigned step, steps;            /* runs done and to do */
    int64_t elapsed_ns, expected_ns; /* of the run in hand */
    uint64_t sent, read, published;
    int engine_pid;           /* of the process that runs now; 0: none */
    const struct pm_row *row; /* a finished run's row, once; else NULL */
};

/** About five times a second during a run, and at every change; from the thread that runs. */
typedef void (*pm_progress_fn)(void *payload, const struct pm_progress *progress);

/** What a comparison left. Close with pm_outcome_close. */
struct pm_outcome {
    char directory[512]; /* of the results; "" when none was published */
    char *document;      /* result.json as text */
    unsigned rows, summaries;
    struct pm_row *row;
    struct pm_summary *summary;
    struct pm_wait_choice wait;
    struct pm_trace_stats trace; /* of the input; rows 0: it is no trace */
    bool interrupted;
};

/**
 * Measure @p config: headroom, input and oracle once, then the instances interleaved, run by run;
 * then publish the results directory. The calling process becomes the supervisor: it handles SIGINT
 * and SIGTERM until the call returns (a second one ends it at once).
 * @p progress may be NULL. @p out is filled, and to be closed, whatever is returned.
 * Errors: the first of PM_EINTERRUPTED (partial results are published), PM_EINPUT, PM_EWRONG (some
 * output differs), PM_EINVALID (some row is invalid), PM_ETIMEOUT, PM_EIO and what engines return.
 * Thread: one call at a time in a process.
 */
int pm_runner_run(struct pm_outcome *out, const struct pm_runner_config *config,
                  pm_progress_fn progress, void *payload, struct pm_error *error);
void pm_outcome_close(struct pm_outcome *out); /* accepts a zeroed one */

/** The documents of several comparisons as one: rows, summaries and inputs joined. Caller frees.
 * Errors: PM_EINPUT (no documents, other schemas), PM_ENOMEM. */
int pm_outcome_join(char **out, const struct pm_outcome *outcomes, unsigned count,
                    struct pm_error *error);

/** What a dry run says of sizes. */
struct pm_runner_estimate {
    uint64_t records;      /* of the input */
    int64_t run_ns;        /* one run's schedule */
    int64_t total_ns;      /* all runs, roughly */
    uint64_t medium_bytes; /* that the logs take at most in /dev/shm (or on disk at durability
                            * power); 0 over Kafka */
};
/** Errors: PM_EINPUT (a check failed), PM_EIO (the medium is too small: says the remedy). */
int pm_runner_estimate(struct pm_runner_estimate *out, const struct pm_runner_config *config,
                       struct pm_error *error);

/* --- generate -------------------------------------------------------------------------------- */

/**
 * Write the whole input of @p scenario to a new topic of its `brokers`, as a run's generator would,
 * but as fast as it goes; the topic stays. Its name goes to @p topic of @p size bytes (64 are
 * enough), *records to the data records. Errors: PM_EINPUT, PM_EIO, PM_ESINK, PM_ENOMEM.
 */
int pm_runner_fill_topic(char *topic, size_t size, uint64_t *records,
                         const struct pm_scenario *scenario, struct pm_error *error);

/* --- verify ---------------------------------------------------------------------------------- */

#define PM_VERIFY_RECORDS 20000

/** What one engine made of one input at one parallelism. */
struct pm_verify_case {
    const char *scenario, *instance;
    unsigned parallelism;
    int64_t seed;
    uint64_t records;
    const char *canary; /* the damage that was done, or NULL; then `refused` must be true */
    bool refused;
    uint64_t input_digest, output_digest;
    struct pm_oracle_verdict verdict;
    int code; /* 0, PM_EWRONG or what the engine returned */
    const char *failure;
};
typedef void (*pm_verify_fn)(void *payload, const struct pm_verify_case *verified);

struct pm_verify_config {
    unsigned scenarios;
    struct pm_scenario *const *scenario; /* the call sets their events, seed and parallelism */
    unsigned instances;                  /* 0: every engine of the registry that runs plans */
    struct pm_instance instance[PM_INSTANCES_MAX];
    int64_t first_seed;
    unsigned seeds;
    unsigned parallelism; /* of every case; 0: 1, 2 and 4; always 1 of what has no other */
    bool canary;          /* damage the output in each way and demand that it is refused */
};

/**
 * Run every instance of every scenario at each parallelism over a preloaded input of every seed
 * (at most PM_VERIFY_RECORDS records), against the oracle and against each other. @p report is
 * told each case as it ends. Errors: PM_EWRONG when some output differs (canary: when no damage
 * went unseen too, for damage that is refused is what a canary must end with), PM_EINTERNAL when
 * damage went unseen, PM_EINTERRUPTED, and what engines return.
 */
int pm_runner_verify(const struct pm_verify_config *config, pm_verify_fn report, void *payload,
                     struct pm_error *error);

/* --- children -------------------------------------------------------------------------------- */

/**
 * Be a child when the command line says so; every executable that runs comparisons calls it first
 * in main: returns -1 when it is no child's, else the exit code for main to return.
 */
int pm_runner_child(int argc, char **argv);

#endif
