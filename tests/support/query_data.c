/* SPDX-License-Identifier: Apache-2.0 */
/* Records as a generator would send them, but small and unruly. */
#include "query_data.h"

#define S        1000000000LL
#define START_NS (1700000000LL * S)

const struct query_case query_cases[] = {
    {"route", {"malformed.one-in", "20"}, {0, 4, 1500, 50, S, 5 * S, 0, S}},
    {"log-etl", {"malformed.one-in", "20"}, {0, 4, 1500, 50, S, 5 * S, 0, S}},
    {"spend", {NULL}, {0, 4, 3000, 40, S, 20 * S, 900 * S, 10 * S}},
    {"spend",
     {"window.size", "10s", "lateness", "30s"},
     {0, 3, 3000, 15, S, 20 * S, 90 * S, 5 * S}},
    {"hourly", {NULL}, {0, 4, 1500, 10, 20 * S, 60 * S, 9000 * S, 30 * S}},
    {"hourly",
     {"window.size", "60s", "window.slide", "20s", "lateness", "45s"},
     {0, 4, 2000, 10, 3 * S, 30 * S, 200 * S, 10 * S}},
    {"sessions", {NULL}, {0, 4, 2000, 300, 20 * S, 60 * S, 9000 * S, 30 * S}},
    {"sessions",
     {"session.gap", "30s", "lateness", "60s"},
     {0, 4, 2000, 20, 3 * S, 30 * S, 200 * S, 10 * S}},
    {"enrich", {NULL}, {0, 4, 2000, 60, S, 20 * S, 200 * S, 10 * S}},
    {"enrich", {"lateness", "40s"}, {0, 4, 2000, 10, S, 20 * S, 200 * S, 0}},
    {"fraud", {NULL}, {0, 4, 3000, 30, 2 * S, 5 * S, 100 * S, S}},
    {"fraud",
     {"velocity.count", "16", "amount.history", "1", "amount.deviations", "1"},
     {0, 4, 3000, 3, S, 0, 0, 0}},
};
const unsigned query_case_count = sizeof query_cases / sizeof query_cases[0];

/* Whole seconds, so that records meet window ends, watermarks and each other to the nanosecond. */
static int64_t event_time(struct pm_random *random, const struct query_data_config *config,
                          uint64_t place)
{
    int64_t time_ns = START_NS + (int64_t)place * config->step_ns -
                      pm_random_between(random, 0, config->disorder_ns);

    if (pm_random_below(random, 50) == 0)
        time_ns -= pm_random_between(random, 0, config->straggler_ns);
    return time_ns - time_ns % S;
}

static void fill_partition(struct query_input *input, const struct query_fixture *fixture,
                           const struct query_data_config *config, unsigned partition)
{
    const struct pm_query *query = fixture->query;
    const unsigned stream = query->streams == 2 && partition + 1 == config->partitions ? 1 : 0;
    struct pm_random random = pm_random_open(config->seed, partition);

    input->partition[partition].stream = stream;
    for (uint64_t i = 0; i < config->records; i++) {
        const int64_t time_ns = event_time(&random, config, i);
        uint64_t key = pm_random_below(&random, config->keys);
        if (query->order == PM_ORDER_ARRIVAL)
            key = key * config->partitions + partition;
        if (pm_random_below(&random, 100) == 0) {
            query_input_add(input, partition, PM_KIND_IDLE, time_ns, 0);
            continue;
        }
        struct pm_record *record = query_input_add(input, partition, PM_KIND_DATA, time_ns, key);
        query->stream[stream].fill(fixture->settings, &random, record, &input->bytes[partition]);
    }
}

void query_data_open(struct query_input *input, const struct query_fixture *fixture,
                     const struct query_data_config *config)
{
    query_input_open(input, config->partitions, config->delay_ns);
    for (unsigned i = 0; i < config->partitions; i++)
        fill_partition(input, fixture, config, i);
}
