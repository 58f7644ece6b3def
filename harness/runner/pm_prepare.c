/* SPDX-License-Identifier: Apache-2.0 */
/* Plan, input and oracle of a comparison, and how large its logs have to be. */
#include "pm_prepare.h"

#include <stdlib.h>

#include "pm_log.h"
#include "pm_outlets.h"
#include "pm_workload.h"

#define CAPACITY_MIN  (1ULL << 20) /* a frame may be a quarter of a ring */
#define FRAME_BYTES   64u
#define ROW_BYTES     (sizeof(struct pm_record) + 3 * FRAME_BYTES) /* frame, padding, commit a row */
#define COMMITS_BYTES (1ULL << 20)

static uint64_t power_of_two(uint64_t bytes)
{
    uint64_t power = CAPACITY_MIN;

    while (power < bytes)
        power *= 2;
    return power;
}

static int make_input(struct pm_prepared *out, bool keep_texts, struct pm_error *error)
{
    const struct pm_scenario *const scenario = out->scenario;
    struct pm_generator_config config;
    struct pm_generator *generator = NULL;

    pm_scenario_generator(&config, scenario);
    int code = pm_generator_open(&generator, &config, error);
    if (code != 0)
        return code;
    code = pm_input_open(&out->input, config.streams, (unsigned)scenario->run.partitions,
                         pm_workload_delay_ns(scenario), keep_texts, error);
    if (code == 0)
        code = pm_input_generate(&out->input, generator, error);
    if (code == 0 && pm_generator_trace(generator) != NULL)
        out->input.trace = *pm_generator_trace(generator);
    pm_generator_close(generator);
    return code;
}

static int ask_oracle(struct pm_prepared *out, struct pm_error *error)
{
    const struct pm_query *const query = out->scenario->query;
    struct pm_oracle_partition *const partition = calloc(out->input.partitions, sizeof *partition);
    struct pm_oracle_input input;

    if (partition == NULL)
        return pm_error_set(error, PM_ENOMEM, "oracle: out of memory");
    pm_input_for_oracle(&out->input, &input, partition);
    int code = pm_oracle_open(&out->oracle, query, out->plan, error);
    if (code == 0)
        code = query->oracle(out->oracle, &input, out->scenario->query_settings, error);
    if (code == 0)
        code = pm_oracle_seal(out->oracle, error);
    free(partition);
    return code;
}

/* Bytes that the columns of a row of @p output take in its extension, texts apart. */
static uint64_t extension_bytes(const struct pm_plan_output_info *info)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < info->schema->count; i++) {
        const struct pm_column *const column = &info->schema->columns[i];

        if (column->place == PM_PLACE_EXTENSION && column->offset + 8u > bytes)
            bytes = column->offset + 8u;
    }
    return bytes + sizeof(struct pm_extension) + 8u;
}

/* What an engine with a plan writes at most; of an unchecked query each output may hold every
 * input. */
static uint64_t planned_bytes(const struct pm_prepared *prepared)
{
    uint64_t bytes = prepared->input.text_bytes;

    for (unsigned i = 0; i < pm_plan_outputs(prepared->plan); i++) {
        struct pm_plan_output_info info;

        pm_plan_output_info(prepared->plan, i, &info);
        const uint64_t rows = prepared->oracle != NULL ? pm_oracle_expected(prepared->oracle, i)
                                                       : prepared->input.records;
        bytes += rows * (ROW_BYTES + extension_bytes(&info));
    }
    return bytes;
}

/* The floor passes every record on. One writer may have to take all rows. */
static void size_logs(struct pm_prepared *out)
{
    const uint64_t passed = out->input.records * ROW_BYTES + out->input.text_bytes;
    const uint64_t planned = planned_bytes(out);

    out->output_capacity = power_of_two(COMMITS_BYTES + (passed > planned ? passed : planned));
    out->source_capacity = power_of_two(out->input.largest_partition_bytes + FRAME_BYTES);
}

static bool stopped(const struct pm_prepare_config *config)
{
    return config->stop != NULL && config->stop();
}

static int prepare(struct pm_prepared *out, const struct pm_prepare_config *config,
                   struct pm_error *error)
{
    const struct pm_scenario *const scenario = out->scenario;
    const bool check = scenario->generator.schedule == PM_SCHEDULE_TRACE ||
                       pm_scenario_records(scenario) <= (int64_t)config->check_records;

    int code = pm_scenario_plan(&out->plan, scenario, error);
    if (code == 0)
        code = make_input(out, check, error);
    if (code != 0)
        return code;
    if (!check)
        out->unchecked = "the input is larger than what is checked";
    else if (scenario->query->oracle == NULL)
        out->unchecked = "the query has no oracle";
    else if (!stopped(config))
        code = ask_oracle(out, error);
    if (code == 0 && stopped(config))
        code = pm_error_set(error, PM_EINTERRUPTED, "interrupted before the first run");
    if (code == 0)
        size_logs(out);
    return code;
}

int pm_prepare_open(struct pm_prepared *out, const struct pm_prepare_config *config,
                    struct pm_error *error)
{
    *out = (struct pm_prepared){.scenario = config->scenario};
    pm_scenario_write(config->scenario, &out->text);

    int code = out->text.failed ? pm_error_set(error, PM_ENOMEM, "scenario: out of memory")
                                : prepare(out, config, error);
    if (code != 0)
        pm_prepare_close(out);
    return code;
}

void pm_prepare_close(struct pm_prepared *prepared)
{
    pm_oracle_close(prepared->oracle);
    pm_input_close(&prepared->input);
    pm_plan_close(prepared->plan);
    pm_outbuf_close(&prepared->text);
    *prepared = (struct pm_prepared){0};
}

uint64_t pm_prepare_bytes(const struct pm_prepared *prepared, unsigned parallelism)
{
    const unsigned writers = pm_outlets_writers(prepared->plan, parallelism);

    return prepared->input.partitions * prepared->source_capacity +
           writers * prepared->output_capacity;
}
