/* SPDX-License-Identifier: Apache-2.0 */
/* The trial: null engine, spinning and napping in turn, judged by the highest percentile known. */
#include "pm_wait_trial.h"

#include <stdio.h>

#include "pm_engines.h"
#include "pm_run.h"
#include "pm_text.h"
#include "pm_workload.h"

#define RATE_MIN       100 /* records a second, below which a trial has too few samples */
#define TRIAL_NS       (300 * PM_NS_PER_MS)
#define TRIAL_SHORT_NS (100 * PM_NS_PER_MS) /* of a labelled comparison, which is to be quick */
#define ROUNDS         2u

static const enum pm_wait modes[] = {PM_WAIT_SPIN, PM_WAIT_NAP};
#define MODES (sizeof modes / sizeof modes[0])

/* A trial in hand; latency[r][i] is that of modes[i] in round r. */
struct trial {
    struct pm_scenario *scenario;
    struct pm_prepared prepared;
    struct pm_runner_config config;
    struct pm_instance floor;
    struct pm_histogram *latency[ROUNDS][MODES];
    bool failed[MODES]; /* it lost records or did not come to its end */
};

static int64_t rate_of(const struct pm_prepared *prepared)
{
    const struct pm_generator_settings *const generator = &prepared->scenario->generator;
    const int64_t length_ns = prepared->input.last_due_ns;

    if (generator->schedule != PM_SCHEDULE_TRACE)
        return generator->rate_per_s;
    return length_ns > 0
               ? (int64_t)((__int128)prepared->input.records * PM_NS_PER_S / length_ns) + 1
               : 0;
}

/* --- the trial ------------------------------------------------------------------------------- */

static int set_up_scenario(struct trial *trial, const struct pm_prepared *prepared,
                           int64_t length_ns, struct pm_error *error)
{
    char settings[][48] = {"",
                           "",
                           "events=0",
                           "parallelism=1",
                           "warmup.rule=fixed",
                           "warmup.time=10ms",
                           "late=drop",
                           "schedule=poisson"};
    const bool is_trace = prepared->scenario->generator.schedule == PM_SCHEDULE_TRACE;
    const unsigned count = sizeof settings / sizeof settings[0] - (is_trace ? 0 : 1);
    int code = pm_scenario_parse(&trial->scenario, prepared->scenario->name, prepared->text.text,
                                 prepared->text.used, pm_runner_engines(), error);

    snprintf(settings[0], sizeof settings[0], "rate=%lld", (long long)rate_of(prepared));
    snprintf(settings[1], sizeof settings[1], "duration=%lldms",
             (long long)(length_ns / PM_NS_PER_MS));
    for (unsigned i = 0; i < count && code == 0; i++)
        code = pm_scenario_set(trial->scenario, settings[i], error);
    return code;
}

static int open_trial(struct trial *trial, const struct pm_runner_config *config,
                      const struct pm_prepared *prepared, struct pm_error *error)
{
    const struct pm_histogram_config layout = PM_HISTOGRAM_CONFIG_INIT;
    const int64_t whole_ns = prepared->scenario->generator.duration_ns;
    const int64_t length_ns = config->label != NULL ? TRIAL_SHORT_NS : TRIAL_NS;
    int code = 0;

    *trial = (struct trial){.config = *config};
    for (unsigned i = 0; pm_engines[i] != NULL; i++)
        if (pm_engine_is_floor(pm_engines[i]))
            trial->floor = (struct pm_instance){pm_engines[i]->name, pm_engines[i]};
    for (unsigned i = 0; i < ROUNDS * MODES && code == 0; i++)
        code = pm_histogram_open(&trial->latency[i / MODES][i % MODES], &layout, error);
    if (code == 0)
        code = set_up_scenario(trial, prepared, whole_ns < length_ns ? whole_ns : length_ns, error);
    if (code != 0)
        return code;
    trial->config.scenario = trial->scenario;
    const struct pm_prepare_config prepare = {.scenario = trial->scenario};
    return pm_prepare_open(&trial->prepared, &prepare, error);
}

static void close_trial(struct trial *trial)
{
    for (unsigned i = 0; i < ROUNDS * MODES; i++)
        pm_histogram_close(trial->latency[i / MODES][i % MODES]);
    pm_prepare_close(&trial->prepared);
    pm_scenario_close(trial->scenario);
}

static int try_mode(struct trial *trial, unsigned round, unsigned mode, struct pm_error *error)
{
    const struct pm_run_config config = {
        .runner = &trial->config, .prepared = &trial->prepared, .instance = &trial->floor};
    struct pm_run run;

    trial->prepared.wait = modes[mode];
    int code = pm_run_once(&run, &config, error);
    if (code == 0) {
        const struct pm_histogram *const latency = run.collection.measure[PM_MEASURE_LATENCY];

        trial->failed[mode] = trial->failed[mode] || run.code != 0 || run.unsent != 0;
        if (latency != NULL)
            code = pm_histogram_merge(trial->latency[round][mode], latency, error);
    }
    pm_run_close(&run);
    return code;
}

/* --- the choice ------------------------------------------------------------------------------ */

/* The highest percentile that all carry; the median where there are few samples. */
static double percentile_to_compare(const struct trial *trial)
{
    static const double candidates[] = {99.0, 90.0};

    for (unsigned c = 0; c < sizeof candidates / sizeof candidates[0]; c++) {
        bool all = true;

        for (unsigned i = 0; i < ROUNDS * MODES; i++)
            all = all && pm_histogram_supports(trial->latency[i / MODES][i % MODES], candidates[c]);
        if (all)
            return candidates[c];
    }
    return 50.0;
}

static int64_t tail_of(const struct trial *trial, unsigned round, unsigned mode, double percentile)
{
    const struct pm_histogram *const latency = trial->latency[round][mode];

    return trial->failed[mode] || pm_histogram_count(latency) == 0
               ? INT64_MAX
               : pm_histogram_percentile(latency, percentile);
}

static void show(char *out, size_t size, int64_t tail_ns)
{
    if (tail_ns == INT64_MAX)
        snprintf(out, size, "unknown");
    else
        pm_text_human(out, size, (double)tail_ns, PM_UNIT_DURATION);
}

/* Spinning takes a core from others, so its worst round has to beat the best that napped. */
static void judge(struct pm_wait_choice *out, const struct trial *trial)
{
    const double percentile = percentile_to_compare(trial);
    int64_t spin_ns = 0;
    int64_t nap_ns = INT64_MAX;
    char spun[32];
    char napped[32];

    for (unsigned round = 0; round < ROUNDS; round++) {
        const int64_t spin = tail_of(trial, round, 0, percentile);
        const int64_t nap = tail_of(trial, round, 1, percentile);

        spin_ns = spin > spin_ns ? spin : spin_ns;
        nap_ns = nap < nap_ns ? nap : nap_ns;
    }
    show(spun, sizeof spun, spin_ns);
    show(napped, sizeof napped, nap_ns);
    out->wait = spin_ns < nap_ns ? PM_WAIT_SPIN : PM_WAIT_NAP;
    snprintf(
        out->reason, sizeof out->reason,
        "%s: auto, for the null engine's p%.0f was at worst %s spinning and at best %s napping",
        out->wait == PM_WAIT_SPIN ? "spin" : "nap", percentile, spun, napped);
}

static int try_modes(struct pm_wait_choice *out, const struct pm_runner_config *config,
                     const struct pm_prepared *prepared, struct pm_error *error)
{
    struct trial trial;

    int code = open_trial(&trial, config, prepared, error);
    for (unsigned i = 0; i < ROUNDS * MODES && code == 0; i++)
        code = try_mode(&trial, i / MODES, i % MODES, error);
    if (code == 0)
        judge(out, &trial);
    close_trial(&trial);
    return code;
}

static struct pm_wait_choice nap_because(const char *why)
{
    struct pm_wait_choice choice = {.wait = PM_WAIT_NAP};

    snprintf(choice.reason, sizeof choice.reason, "nap: auto, %s", why);
    return choice;
}

/* What needs no trial. */
static bool is_settled(struct pm_wait_choice *out, const struct pm_runner_config *config,
                       const struct pm_prepared *prepared)
{
    const int asked = prepared->scenario->run.wait;
    const unsigned generators = (unsigned)prepared->scenario->run.generators;
    struct pm_job job = {0};

    pm_workload_job(&job, prepared->scenario);
    if (asked != PM_RUN_WAIT_AUTO) {
        *out = (struct pm_wait_choice){.wait = job.wait};
        snprintf(out->reason, sizeof out->reason, "%s: as set",
                 job.wait == PM_WAIT_SPIN ? "spin" : "nap");
    } else if (config->pace == PM_PACE_MAX || rate_of(prepared) == 0) {
        *out = nap_because("for without a schedule nothing waits that is measured");
    } else if (rate_of(prepared) < RATE_MIN) {
        *out = nap_because("for in so few records a trial shows nothing");
    } else if (pm_workload_cores() < job.workers + generators) {
        *out = nap_because("for threads that spin would be more than the cores");
    } else {
        return false;
    }
    return true;
}

static struct pm_wait_known key_of(const struct pm_prepared *prepared)
{
    const struct pm_run_settings *const run = &prepared->scenario->run;

    return (struct pm_wait_known){rate_of(prepared), run->transport, run->durability, {0}};
}

static const struct pm_wait_known *find_known(const struct pm_wait_memo *memo,
                                              const struct pm_wait_known *key)
{
    for (unsigned i = 0; memo != NULL && i < memo->count; i++)
        if (memo->known[i].rate_per_s == key->rate_per_s &&
            memo->known[i].transport == key->transport &&
            memo->known[i].durability == key->durability)
            return &memo->known[i];
    return NULL;
}

int pm_wait_choose(struct pm_wait_choice *out, const struct pm_runner_config *config,
                   const struct pm_prepared *prepared, struct pm_error *error)
{
    struct pm_wait_known key = key_of(prepared);
    struct pm_wait_memo *const memo = config->waits;

    if (is_settled(out, config, prepared))
        return 0;
    const struct pm_wait_known *const known = find_known(memo, &key);
    if (known != NULL) {
        *out = known->choice;
        return 0;
    }
    const int code = try_modes(out, config, prepared, error);
    key.choice = *out;
    if (code == 0 && memo != NULL && memo->count < PM_WAITS_MAX)
        memo->known[memo->count++] = key;
    return code;
}
