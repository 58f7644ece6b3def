/* SPDX-License-Identifier: Apache-2.0 */
/* Every query on every engine, through real logs, against the query's oracle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pm_engine_rig.h"
#include "query_data.h"

/* The fixture's partitions as the rig takes them. */
static void give_input(struct pm_rig_config *config, struct query_input *input,
                       const struct query_data_config *data, unsigned streams)
{
    const unsigned first = data->partitions - (streams - 1); /* partitions of the first stream */

    config->streams = streams;
    config->stream[0] = (struct pm_job_stream){0, first, data->delay_ns};
    for (unsigned i = 1; i < streams; i++)
        config->stream[i] = (struct pm_job_stream){first + i - 1, 1, data->delay_ns};
    config->partitions = data->partitions;
    for (unsigned i = 0; i < data->partitions; i++)
        config->partition[i] =
            (struct pm_rig_partition){input->rows[i], input->partition[i].count, &input->bytes[i]};
}

static void check_rows(struct pm_oracle_check *check, const struct pm_rig_result *result)
{
    struct pm_bytes bytes = {0};

    for (size_t i = 0; i < result->count; i++) {
        const struct pm_rig_row *row = &result->rows[i];
        struct pm_record record = row->record;
        bytes.used = 0;
        record.word &= ~PM_WORD_BEHIND;
        pm_record_set_extension(&record, 0);
        if (row->text_size != 0) {
            void *to = pm_record_extend(&record, &bytes, row->text_size);
            assert_non_null(to);
            memcpy(to, row->text, row->text_size);
        }
        pm_oracle_check_row(check, &record, &bytes, 0);
    }
    pm_bytes_close(&bytes);
}

static uint64_t seed(void)
{
    const char *text = getenv("PM_SEED");

    return text != NULL ? strtoull(text, NULL, 10) : 1;
}

static void run_engine(struct query_fixture *fixture, const struct pm_engine_ops *engine,
                       const struct pm_rig_config *config)
{
    struct pm_oracle_check *check = query_fixture_check(fixture);
    struct pm_oracle_verdict verdict;
    struct pm_rig_result result;
    struct pm_error error = {0};

    if (pm_rig_run(&result, engine, config, &error) != 0)
        fail_msg("%s on %s x %u: %s", fixture->query->name, engine->name, config->parallelism,
                 error.text);
    check_rows(check, &result);
    pm_rig_result_close(&result);
    if (pm_oracle_check_close(check, &verdict) != 0)
        fail_msg("%s, seed %llu, on %s x %u: %llu lost, %llu duplicated, %llu wrong of %llu: %s",
                 fixture->query->name, (unsigned long long)seed(), engine->name,
                 config->parallelism, (unsigned long long)verdict.lost,
                 (unsigned long long)verdict.duplicated, (unsigned long long)verdict.wrong,
                 (unsigned long long)verdict.expected, verdict.example[0]);
}

static void one_case(const struct query_case *given, unsigned parallelism,
                     const char *const *settings, unsigned rounds)
{
    struct query_data_config data = given->data;
    struct query_fixture fixture;
    struct query_input input;

    data.seed = seed();
    data.records /= 2;
    query_fixture_open(&fixture, given->query, given->set);
    query_data_open(&input, &fixture, &data);
    query_fixture_expect(&fixture, &input);
    struct pm_rig_config config = {.plan = fixture.plan,
                                   .state = &pm_state_memory,
                                   .parallelism = parallelism,
                                   .workers = parallelism > 2 ? 2 : parallelism,
                                   .settings = settings,
                                   .rounds = rounds};
    give_input(&config, &input, &data, fixture.query->streams);
    for (unsigned e = 0; pm_engines[e] != NULL; e++) {
        if ((pm_engines[e]->caps & PM_CAP_PLANS) != 0)
            run_engine(&fixture, pm_engines[e], &config);
    }
    query_input_close(&input);
    query_fixture_close(&fixture);
}

static void all_at_once_gives_what_the_oracle_expects(void **state)
{
    static const char *const settings[] = {"dispatch=one", "trigger=asap", NULL};

    (void)state;
    for (unsigned i = 0; i < query_case_count; i++)
        one_case(&query_cases[i], 2, settings, 0);
}

static void while_it_is_written_gives_what_the_oracle_expects(void **state)
{
    static const char *const settings[] = {"dispatch=chunk", "trigger=fixed:1ms", "cadence=4ms",
                                           NULL};

    (void)state;
    for (unsigned i = 0; i < query_case_count; i++)
        one_case(&query_cases[i], 3, settings, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_at_once_gives_what_the_oracle_expects),
        cmocka_unit_test(while_it_is_written_gives_what_the_oracle_expects),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
