/* SPDX-License-Identifier: Apache-2.0 */
/* Records as a generator would send them, but small and unruly. */
#include "query_data.h"

#define S        1000000000LL
#define START_NS (1700000000LL * S)

const struct query_case query_cases[] = {
    {"route",
     {"malformed.one-in", "20"},
     {.partitions = 4,
      .records = 1500,
      .keys = 50,
      .step_ns = S,
      .disorder_ns = 5 * S,
      .delay_ns = S}},
    {"log-etl",
     {"malformed.one-in", "20"},
     {.partitions = 4,
      .records = 1500,
      .keys = 50,
      .step_ns = S,
      .disorder_ns = 5 * S,
      .delay_ns = S}},
    {"route",
     {"malformed.one-in", "0"},
     {.partitions = 4,
      .records = 3000,
      .keys = 50,
      .step_ns = S,
      .disorder_ns = 5 * S,
      .delay_ns = S,
      .mutations = 3}},
    {"log-etl",
     {"malformed.one-in", "0"},
     {.partitions = 4,
      .records = 3000,
      .keys = 50,
      .step_ns = S,
      .disorder_ns = 5 * S,
      .delay_ns = S,
      .mutations = 3}},
    {"high-value",
     {"malformed.one-in", "20"},
     {.partitions = 4,
      .records = 1500,
      .keys = 50,
      .step_ns = S,
      .disorder_ns = 5 * S,
      .delay_ns = S}},
    {"high-value",
     {"malformed.one-in", "0", "amount.above", "12345"},
     {.partitions = 4,
      .records = 3000,
      .keys = 50,
      .step_ns = S,
      .disorder_ns = 5 * S,
      .delay_ns = S,
      .mutations = 3}},
    {"hourly-plain",
     {NULL},
     {.partitions = 4,
      .records = 1500,
      .keys = 10,
      .step_ns = 20 * S,
      .disorder_ns = 60 * S,
      .straggler_ns = 9000 * S,
      .delay_ns = 30 * S}},
    {"hourly-plain",
     {"window.size", "20s", "lateness", "45s"},
     {.partitions = 4,
      .records = 2000,
      .keys = 10,
      .step_ns = 3 * S,
      .disorder_ns = 30 * S,
      .straggler_ns = 200 * S,
      .delay_ns = 10 * S}},
    {"spend",
     {NULL},
     {.partitions = 4,
      .records = 3000,
      .keys = 40,
      .step_ns = S,
      .disorder_ns = 20 * S,
      .straggler_ns = 900 * S,
      .delay_ns = 10 * S}},
    {"spend",
     {"window.size", "10s", "lateness", "30s"},
     {.partitions = 3,
      .records = 3000,
      .keys = 15,
      .step_ns = S,
      .disorder_ns = 20 * S,
      .straggler_ns = 90 * S,
      .delay_ns = 5 * S}},
    {"hourly",
     {NULL},
     {.partitions = 4,
      .records = 1500,
      .keys = 10,
      .step_ns = 20 * S,
      .disorder_ns = 60 * S,
      .straggler_ns = 9000 * S,
      .delay_ns = 30 * S}},
    {"hourly",
     {"window.size", "60s", "window.slide", "20s", "lateness", "45s"},
     {.partitions = 4,
      .records = 2000,
      .keys = 10,
      .step_ns = 3 * S,
      .disorder_ns = 30 * S,
      .straggler_ns = 200 * S,
      .delay_ns = 10 * S}},
    {"sessions",
     {NULL},
     {.partitions = 4,
      .records = 2000,
      .keys = 300,
      .step_ns = 20 * S,
      .disorder_ns = 60 * S,
      .straggler_ns = 9000 * S,
      .delay_ns = 30 * S}},
    {"sessions",
     {"session.gap", "30s", "lateness", "60s"},
     {.partitions = 4,
      .records = 2000,
      .keys = 20,
      .step_ns = 3 * S,
      .disorder_ns = 30 * S,
      .straggler_ns = 200 * S,
      .delay_ns = 10 * S}},
    {"enrich",
     {NULL},
     {.partitions = 4,
      .records = 2000,
      .keys = 60,
      .step_ns = S,
      .disorder_ns = 20 * S,
      .straggler_ns = 200 * S,
      .delay_ns = 10 * S}},
    {"enrich",
     {"lateness", "40s"},
     {.partitions = 4,
      .records = 2000,
      .keys = 10,
      .step_ns = S,
      .disorder_ns = 20 * S,
      .straggler_ns = 200 * S}},
    {"dashboard",
     {"products", "30", "users", "500", "update.interval", "0"},
     {.partitions = 4,
      .records = 2000,
      .keys = 3,
      .step_ns = S,
      .disorder_ns = 5 * S,
      .straggler_ns = 100 * S,
      .delay_ns = S}},
    {"dashboard",
     {"products", "15", "users", "5000", "update.interval", "30s"},
     {.partitions = 4,
      .records = 2000,
      .keys = 2,
      .step_ns = S,
      .disorder_ns = 5 * S,
      .straggler_ns = 100 * S,
      .delay_ns = S}},
    {"maintenance",
     {NULL},
     {.partitions = 4,
      .records = 6000,
      .keys = 2,
      .step_ns = S,
      .disorder_ns = 5 * S,
      .straggler_ns = 100 * S,
      .delay_ns = S}},
    {"maintenance",
     {"readings", "40", "history", "10", "deviations", "1"},
     {.partitions = 4, .records = 2000, .keys = 3, .step_ns = S}},
    {"fraud",
     {NULL},
     {.partitions = 4,
      .records = 3000,
      .keys = 30,
      .step_ns = 2 * S,
      .disorder_ns = 5 * S,
      .straggler_ns = 100 * S,
      .delay_ns = S}},
    {"fraud",
     {"velocity.count", "16", "amount.history", "1", "amount.deviations", "1"},
     {.partitions = 4, .records = 3000, .keys = 3, .step_ns = S}},
    {"attribution",
     {"within", "60s"},
     {.partitions = 4,
      .records = 2000,
      .keys = 60,
      .step_ns = S,
      .disorder_ns = 20 * S,
      .straggler_ns = 200 * S,
      .delay_ns = 10 * S}},
    {"attribution",
     {"within", "10s", "lateness", "40s"},
     {.partitions = 4,
      .records = 2000,
      .keys = 10,
      .step_ns = S,
      .disorder_ns = 20 * S,
      .straggler_ns = 200 * S}},
    {"brute-force",
     {NULL},
     {.partitions = 4,
      .records = 3000,
      .keys = 30,
      .step_ns = S,
      .disorder_ns = 20 * S,
      .straggler_ns = 200 * S,
      .delay_ns = 10 * S}},
    {"brute-force",
     {"failures", "2", "within", "3s", "quiet", "5s", "lateness", "40s"},
     {.partitions = 4,
      .records = 3000,
      .keys = 20,
      .step_ns = S,
      .disorder_ns = 20 * S,
      .straggler_ns = 200 * S}},
    {"abandonment",
     {"absent", "20s", "within", "120s"},
     {.partitions = 4,
      .records = 3000,
      .keys = 60,
      .step_ns = S,
      .disorder_ns = 20 * S,
      .straggler_ns = 200 * S,
      .delay_ns = 10 * S}},
    {"abandonment",
     {"absent", "4s", "within", "30s", "lateness", "40s"},
     {.partitions = 5,
      .records = 3000,
      .keys = 20,
      .step_ns = S,
      .disorder_ns = 20 * S,
      .straggler_ns = 200 * S}},
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

/* No digits, points and exponents: there the oracle's doubles end before the codec does. */
static void mutate(struct pm_random *random, const struct pm_record *record,
                   const struct pm_bytes *bytes, uint64_t most)
{
    static const char with[] = "{}[]\",: -+/?\\tfnuGH\x80\xc3\xa9\x01\t";
    struct pm_extension *extension = pm_record_extension(record, bytes);
    const uint64_t count = most != 0 ? pm_random_below(random, most + 1) : 0;

    for (uint64_t i = 0; extension != NULL && extension->size != 0 && i < count; i++)
        ((char *)(extension + 1))[pm_random_below(random, extension->size)] =
            with[pm_random_below(random, sizeof with - 1)];
}

unsigned query_data_stream(const struct pm_query *query, unsigned partitions, unsigned partition)
{
    const unsigned place = partition + query->streams;

    return place > partitions ? place - partitions : 0;
}

static void fill_partition(struct query_input *input, const struct query_fixture *fixture,
                           const struct query_data_config *config, unsigned partition)
{
    const struct pm_query *query = fixture->query;
    const unsigned stream = query_data_stream(query, config->partitions, partition);
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
        mutate(&random, record, &input->bytes[partition], config->mutations);
    }
}

void query_data_open(struct query_input *input, const struct query_fixture *fixture,
                     const struct query_data_config *config)
{
    query_input_open(input, config->partitions, config->delay_ns);
    for (unsigned i = 0; i < config->partitions; i++)
        fill_partition(input, fixture, config, i);
}
