/* SPDX-License-Identifier: Apache-2.0 */
/* Every engine against the oracle and against each other, in this process, over a bounded input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_engines.h"
#include "pm_interrupt.h"
#include "pm_runner.h"
#include "pm_verify_engine.h"
#include "pm_workload.h"

static const unsigned parallelisms[] = {1, 2, 4};

struct verify {
    const struct pm_verify_config *config;
    pm_verify_fn report;
    void *payload;
    unsigned instances;
    struct pm_instance instance[PM_INSTANCES_MAX];
    struct pm_scenario *scenario; /* in hand */
    int64_t seed;
    struct pm_prepared prepared;
    uint64_t digest; /* of the first output of this input: all others must be the same */
    bool has_digest;
    int worst;         /* of all cases */
    char failure[240]; /* its text */
    struct pm_capture output, damaged;
};

/* --- judging it ------------------------------------------------------------------------------ */

static void tell(struct verify *verify, const struct pm_verify_case *verified)
{
    if (verify->report != NULL)
        verify->report(verify->payload, verified);
    if (verified->code == 0 || verify->worst != 0)
        return;
    verify->worst = verified->code;
    snprintf(verify->failure, sizeof verify->failure, "%s %s parallelism %u seed %lld: %.140s",
             verified->scenario, verified->instance, verified->parallelism,
             (long long)verified->seed, verified->failure);
}

/* Damage of each kind must be refused; the case's code is what verify as a whole ends with. */
static int try_damage(struct verify *verify, struct pm_verify_case *verified,
                      struct pm_error *error)
{
    struct pm_random random = pm_random_open((uint64_t)verify->seed, verified->parallelism);

    for (unsigned i = 0; i < PM_DAMAGES; i++) {
        const bool done = pm_capture_damage(&verify->damaged, &verify->output,
                                            verify->prepared.plan, (enum pm_damage)i, &random);

        if (verify->damaged.bytes.failed)
            return pm_error_set(error, PM_ENOMEM, "canary: out of memory");
        if (!done)
            continue;
        verified->canary = pm_damage_names[i];
        verified->code = pm_capture_check(&verify->damaged, verify->prepared.oracle,
                                          verify->prepared.plan, &verified->verdict);
        if (verified->code == PM_ENOMEM)
            return pm_error_set(error, PM_ENOMEM, "canary: out of memory");
        verified->refused = verified->code == PM_EWRONG;
        verified->failure = verified->refused ? "the damage was refused" : "the damage went unseen";
        if (!verified->refused) {
            verified->code = PM_EINTERNAL;
            verify->worst = 0; /* outweighs every refusal */
        }
        tell(verify, verified);
        if (!verified->refused)
            return pm_error_set(error, PM_EINTERNAL, "canary: %s", verify->failure);
    }
    return 0;
}

/* What failed is no engine: every other case would wait for it in turn. */
static bool ends_all(int code)
{
    return code == PM_EIO || code == PM_ESINK || code == PM_EOFFSET || code == PM_ETIMEOUT ||
           code == PM_EINTERRUPTED;
}

static int judge(struct verify *verify, struct pm_verify_case *verified, int code,
                 struct pm_error *error)
{
    char failure[240] = "";

    if (code == 0)
        code = pm_capture_check(&verify->output, verify->prepared.oracle, verify->prepared.plan,
                                &verified->verdict);
    verified->output_digest = pm_digest_value(&verified->verdict.digest);
    if (code == PM_EWRONG)
        snprintf(failure, sizeof failure, "%s",
                 verified->verdict.examples != 0 ? verified->verdict.example[0] : "differs");
    else if (code == 0 && verify->has_digest && verified->output_digest != verify->digest) {
        code = PM_EWRONG;
        snprintf(failure, sizeof failure, "its digest is not that of the first engine");
    } else if (code != 0) {
        snprintf(failure, sizeof failure, "%s", code == PM_ENOMEM ? "out of memory" : error->text);
    }
    verified->code = code;
    verified->failure = failure;
    if (code == 0 && !verify->has_digest) {
        verify->digest = verified->output_digest;
        verify->has_digest = true;
    }
    tell(verify, verified);
    if (ends_all(code))
        return pm_error_set(error, code, "%s", verify->failure);
    return code == 0 && verify->config->canary ? try_damage(verify, verified, error) : 0;
}

/* --- all of them ----------------------------------------------------------------------------- */

static int verify_case(struct verify *verify, const struct pm_instance *instance,
                       unsigned parallelism, struct pm_error *error)
{
    struct pm_verify_case verified = {
        .scenario = verify->scenario->name,
        .instance = instance->name,
        .parallelism = parallelism,
        .seed = verify->seed,
        .records = verify->prepared.input.records,
        .input_digest = verify->prepared.input.digest,
        .failure = "",
    };
    const struct pm_verify_job job = {verify->scenario, &verify->prepared, instance->engine};
    struct pm_error inner = {0};

    if (pm_interrupt_asked())
        return pm_error_set(error, PM_EINTERRUPTED, "interrupted");
    int code = pm_verify_engine(&verify->output, &job, &inner);
    code = judge(verify, &verified, code, &inner);
    return code != 0 ? pm_error_set(error, code, "%s", inner.text) : 0;
}

static int set_number(struct pm_scenario *scenario, const char *name, int64_t value,
                      struct pm_error *error)
{
    char assignment[64];

    snprintf(assignment, sizeof assignment, "%s=%lld", name, (long long)value);
    return pm_scenario_set(scenario, assignment, error);
}

static int set_up(struct verify *verify, struct pm_error *error)
{
    const int64_t events = verify->scenario->generator.events;
    const struct pm_prepare_config config = {
        .scenario = verify->scenario,
        .check_records = 2 * PM_VERIFY_RECORDS,
        .stop = pm_interrupt_asked,
    };
    int code = 0;

    for (unsigned i = 0; i < verify->instances && code == 0; i++)
        code = pm_workload_check(verify->scenario, verify->instance[i].engine, error);
    if (code != 0 || (code = set_number(verify->scenario, "seed", verify->seed, error)) != 0 ||
        (code = set_number(verify->scenario, "events",
                           events != 0 && events < PM_VERIFY_RECORDS ? events : PM_VERIFY_RECORDS,
                           error)) != 0 ||
        (code = pm_prepare_open(&verify->prepared, &config, error)) != 0)
        return code;
    if (verify->prepared.oracle == NULL)
        code = pm_error_set(error, PM_EINPUT, "%s: %s", verify->scenario->name,
                            verify->prepared.unchecked);
    verify->has_digest = false;
    return code;
}

static int verify_input(struct verify *verify, struct pm_error *error)
{
    const unsigned only = verify->config->parallelism;
    const unsigned count = only != 0 ? 1 : sizeof parallelisms / sizeof parallelisms[0];
    int code = set_up(verify, error);

    for (unsigned p = 0; p < count && code == 0; p++)
        for (unsigned i = 0; i < verify->instances && code == 0; i++) {
            const bool one = (verify->instance[i].engine->caps & PM_CAP_PARALLEL) == 0;
            const unsigned parallelism = one ? 1 : only != 0 ? only : parallelisms[p];

            if (one && p > 0)
                continue;
            code = set_number(verify->scenario, "parallelism", parallelism, error);
            if (code == 0)
                code = verify_case(verify, &verify->instance[i], parallelism, error);
        }
    pm_prepare_close(&verify->prepared);
    return code;
}

static void take_instances(struct verify *verify)
{
    const struct pm_verify_config *const config = verify->config;

    for (unsigned i = 0; i < config->instances; i++)
        verify->instance[verify->instances++] = config->instance[i];
    for (unsigned i = 0; pm_engines[i] != NULL && config->instances == 0; i++)
        if ((pm_engines[i]->caps & PM_CAP_PLANS) != 0 && verify->instances < PM_INSTANCES_MAX)
            verify->instance[verify->instances++] =
                (struct pm_instance){pm_engines[i]->name, pm_engines[i]};
}

int pm_runner_verify(const struct pm_verify_config *config, pm_verify_fn report, void *payload,
                     struct pm_error *error)
{
    struct verify verify = {.config = config, .report = report, .payload = payload};
    struct pm_interrupt before;
    int code = 0;

    take_instances(&verify);
    pm_interrupt_open(&before);
    for (unsigned s = 0; s < config->scenarios && code == 0; s++)
        for (unsigned n = 0; n < config->seeds && code == 0; n++) {
            verify.scenario = config->scenario[s];
            verify.seed = config->first_seed + n;
            code = verify_input(&verify, error);
        }
    pm_interrupt_close(&before);
    pm_capture_close(&verify.output);
    pm_capture_close(&verify.damaged);
    return code == 0 && verify.worst != 0 ? pm_error_set(error, verify.worst, "%s", verify.failure)
                                          : code;
}
