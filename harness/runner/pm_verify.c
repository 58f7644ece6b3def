/* SPDX-License-Identifier: Apache-2.0 */
/* Every engine against the oracle and against each other, in this process, over a bounded input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_capture.h"
#include "pm_children.h"
#include "pm_engines.h"
#include "pm_interrupt.h"
#include "pm_log.h"
#include "pm_place.h"
#include "pm_prepare.h"
#include "pm_runner.h"
#include "pm_workload.h"

#define FRAME_ROWS 64u

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

/* --- one engine over the input in hand ------------------------------------------------------- */

static int write_partition(struct pm_log_writer *writer, const struct pm_input_partition *partition)
{
    for (uint64_t at = 0; at < partition->count;) {
        const uint64_t left = partition->count - at;
        const uint32_t count = left < FRAME_ROWS ? (uint32_t)left : FRAME_ROWS;
        uint64_t bytes = 0;

        for (uint32_t i = 0; i < count; i++)
            bytes += pm_record_extension_bytes(&partition->rows[at + i], &partition->bytes);
        int code = pm_log_begin(writer, count, bytes);
        if (code != 0)
            return code;
        for (uint32_t i = 0; i < count; i++)
            pm_log_append(writer, &partition->rows[at + i], &partition->bytes);
        code = pm_log_publish(writer, PM_LOG_RECORDS, 0);
        if (code != 0)
            return code;
        at += count;
    }
    return 0;
}

static int write_source(const struct verify *verify, const char *path, uint64_t run,
                        struct pm_error *error)
{
    const struct pm_input *const input = &verify->prepared.input;
    const struct pm_log_config log = {.partitions = input->partitions,
                                      .capacity = verify->prepared.source_capacity,
                                      .durability = PM_DURABILITY_NONE,
                                      .run = run};
    int code = pm_log_create(path, &log, error);

    for (unsigned i = 0; i < input->partitions && code == 0; i++) {
        struct pm_log_writer *writer = NULL;

        code = pm_log_writer_open(&writer, path, i, NULL, error);
        if (code != 0)
            break;
        code = write_partition(writer, &input->partition[i]);
        if (code != 0)
            pm_error_set(error, code, "source log: partition %u cannot be written", i);
        pm_log_writer_close(writer);
    }
    return code;
}

static int run_engine(struct verify *verify, const struct pm_engine_ops *ops,
                      const struct pm_place *place, struct pm_error *error)
{
    char source[PM_CHILD_PATH_SIZE];
    char output[PM_CHILD_PATH_SIZE];
    const struct pm_workload_places places = {
        .source = pm_child_path(source, place->path, PM_SOURCE_FOLDER),
        .output = pm_child_path(output, place->path, PM_OUTPUT_FOLDER),
        .run = (uint64_t)pm_clock_wall_ns(),
        .output_capacity = verify->prepared.output_capacity,
    };
    struct pm_engine_stats stats = {0};
    struct pm_engine *engine = NULL;
    struct pm_workload workload;

    pm_workload_open(&workload, verify->scenario, verify->prepared.plan, ops->name, &places);
    workload.job.wait = PM_WAIT_NAP;
    int code = write_source(verify, source, places.run, error);
    if (code == 0)
        code = pm_engine_open(&engine, ops, &workload.job, &stats, error);
    if (code != 0)
        return code;
    code = pm_engine_run(engine, error);
    pm_engine_close(engine);
    pm_capture_reset(&verify->output);
    return code != 0
               ? code
               : pm_committed_each(output, places.run, pm_capture_row, &verify->output, error);
}

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
    struct pm_error inner = {0};
    struct pm_place place;

    if (pm_interrupt_asked())
        return pm_error_set(error, PM_EINTERRUPTED, "interrupted");
    int code = pm_place_open(&place, PM_DURABILITY_NONE, error);
    if (code != 0)
        return code;
    code = run_engine(verify, instance->engine, &place, &inner);
    pm_place_close(&place);
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
    int code = set_up(verify, error);

    for (unsigned p = 0; p < sizeof parallelisms / sizeof parallelisms[0] && code == 0; p++) {
        code = set_number(verify->scenario, "parallelism", parallelisms[p], error);
        for (unsigned i = 0; i < verify->instances && code == 0; i++)
            code = verify_case(verify, &verify->instance[i], parallelisms[p], error);
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
