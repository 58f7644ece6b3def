/* SPDX-License-Identifier: Apache-2.0 */
/* Every query's plan, its stages joined by direct edges in one thread, against its oracle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query_data.h"

struct direct;

/* What stands at the end of a stage: an output's collector, or the way into the next stage. */
struct terminal {
    struct pm_operator base;
    struct direct *direct;
    const struct pm_plan_node *node;
    struct pm_edge next; /* of a key_by */
};

/* The whole plan, running at parallelism 1. */
struct direct {
    struct pm_task task;
    unsigned stages;
    struct pm_stage stage[PM_STAGES_MAX];
    struct pm_chain *chain[PM_STAGES_MAX];
    unsigned terminals;
    struct terminal terminal[PM_PLAN_NODES_MAX];
    struct pm_oracle_check *check;
    struct pm_edge source[PM_PLAN_STREAMS_MAX];
    int64_t passed_ns[PM_PLAN_STREAMS_MAX];
    struct pm_chunk chunk;
};

/* --- terminals ------------------------------------------------------------------------------ */

static void collect_one(struct pm_operator *op, unsigned input, struct pm_record *record,
                        struct pm_bytes *bytes)
{
    struct terminal *self = (struct terminal *)op;

    (void)input;
    pm_record_set_stream(record, self->node->output);
    pm_oracle_check_row(self->direct->check, record, bytes, 0);
}

static void collect_chunk(struct pm_operator *op, unsigned input, struct pm_chunk *chunk)
{
    for (uint32_t i = 0; i < chunk->selected; i++)
        collect_one(op, input, &chunk->rows[pm_chunk_row(chunk, i)], &chunk->bytes);
}

static bool collect_advance(struct pm_operator *op, unsigned input, int64_t watermark_ns)
{
    (void)op;
    (void)input;
    (void)watermark_ns;
    return true;
}

static void forward_one(struct pm_operator *op, unsigned input, struct pm_record *record,
                        struct pm_bytes *bytes)
{
    const struct pm_edge next = ((struct terminal *)op)->next;

    (void)input;
    next.to->one(next.to, next.input, record, bytes);
}

static void forward_chunk(struct pm_operator *op, unsigned input, struct pm_chunk *chunk)
{
    const struct pm_edge next = ((struct terminal *)op)->next;

    (void)input;
    next.to->chunk(next.to, next.input, chunk);
}

static bool forward_advance(struct pm_operator *op, unsigned input, int64_t watermark_ns)
{
    const struct pm_edge next = ((struct terminal *)op)->next;

    (void)input;
    return next.to->advance(next.to, next.input, watermark_ns);
}

/* The entry of the stage that reads from key_by @p node: that stage is open already. */
static struct pm_edge find_entry(const struct direct *direct, const struct pm_plan_node *node)
{
    for (unsigned i = 0; i < direct->stages; i++) {
        for (unsigned k = 0; k < direct->stage[i].input_count; k++) {
            if (direct->stage[i].inputs[k].from == node)
                return pm_chain_entry(direct->chain[i], k);
        }
    }
    fail_msg("nobody reads %s", node->name);
    return (struct pm_edge){0};
}

static struct pm_operator *open_terminal(void *payload, const struct pm_plan_node *node)
{
    static const struct pm_operator_class class = {.name = "terminal"};
    struct direct *direct = payload;
    struct terminal *terminal = &direct->terminal[direct->terminals++];
    const bool forwards = (node->class->traits & PM_TRAIT_HASH) != 0;

    assert_true(direct->terminals <= PM_PLAN_NODES_MAX);
    *terminal = (struct terminal){
        .base = {.one = forwards ? forward_one : collect_one,
                 .chunk = forwards ? forward_chunk : collect_chunk,
                 .advance = forwards ? forward_advance : collect_advance,
                 .class = &class,
                 .task = &direct->task},
        .direct = direct,
        .node = node,
    };
    if (forwards)
        terminal->next = find_entry(direct, node);
    return &terminal->base;
}

/* --- the run -------------------------------------------------------------------------------- */

/* Stages come in the order of their data, so they are opened from the last to the first. */
static void open_direct(struct direct *direct, struct query_fixture *fixture,
                        const struct pm_state_ops *state)
{
    const struct pm_chain_config config = {.state = state,
                                           .parallelism = 1,
                                           .task = &direct->task,
                                           .terminal = open_terminal,
                                           .payload = direct};
    struct pm_error error = {0};

    memset(direct, 0, sizeof *direct);
    direct->check = query_fixture_check(fixture);
    direct->stages = pm_plan_stages(fixture->plan, direct->stage);
    assert_int_equal(pm_chunk_open(&direct->chunk), 0);
    for (unsigned i = direct->stages; i-- > 0;) {
        if (pm_chain_open(&direct->chain[i], &direct->stage[i], &config, &error) != 0)
            fail_msg("stage %u: %s", i, error.text);
        for (unsigned k = 0; k < direct->stage[i].input_count; k++) {
            const struct pm_stage_input *input = &direct->stage[i].inputs[k];
            if (input->is_source)
                direct->source[input->from->stream] = pm_chain_entry(direct->chain[i], k);
        }
    }
    for (unsigned i = 0; i < PM_PLAN_STREAMS_MAX; i++)
        direct->passed_ns[i] = PM_TIME_MIN;
}

static void close_direct(struct direct *direct)
{
    assert_int_equal(direct->task.code, 0);
    for (unsigned i = 0; i < direct->stages; i++) {
        assert_false(pm_chain_failed(direct->chain[i]));
        pm_chain_close(direct->chain[i]);
    }
    pm_chunk_close(&direct->chunk);
}

/* One partition on its way in. */
struct reader {
    const struct pm_oracle_partition *partition;
    uint64_t at;
    int64_t latest_ns;
};

static int64_t watermark_of(const struct reader *reader)
{
    if (reader->at == reader->partition->count)
        return PM_TIME_MAX;
    return pm_watermark_less(reader->latest_ns, reader->partition->watermark_delay_ns);
}

/* The next at most @p most records of @p reader, marked where they are behind, as one push. */
static void push(struct direct *direct, struct reader *reader, uint64_t most)
{
    const struct pm_edge to = direct->source[reader->partition->stream];
    struct pm_chunk *chunk = &direct->chunk;
    uint32_t count = 0;

    pm_chunk_reset(chunk);
    for (; most > 0 && reader->at < reader->partition->count; most--) {
        const struct pm_record *record = &reader->partition->rows[reader->at];
        const int64_t mark_ns = watermark_of(reader);
        reader->at++;
        if (pm_record_kind(record) == PM_KIND_DATA) {
            chunk->rows[count] = *record;
            pm_record_carry(&chunk->rows[count], reader->partition->bytes, &chunk->bytes);
            if (record->event_time_ns < mark_ns)
                pm_record_mark_behind(&chunk->rows[count], &chunk->bytes, mark_ns);
            count++;
        }
        if (record->event_time_ns > reader->latest_ns)
            reader->latest_ns = record->event_time_ns;
    }
    pm_chunk_fill(chunk, count);
    if (count == 1)
        to.to->one(to.to, to.input, chunk->rows, &chunk->bytes);
    else if (count != 0)
        to.to->chunk(to.to, to.input, chunk);
}

/* The least watermark of a stream's partitions goes in where it has risen. */
static void advance(struct direct *direct, unsigned stream, const struct reader *readers,
                    unsigned count)
{
    const struct pm_edge to = direct->source[stream];
    int64_t least_ns = PM_TIME_MAX;

    for (unsigned i = 0; i < count; i++) {
        if (readers[i].partition->stream == stream && watermark_of(&readers[i]) < least_ns)
            least_ns = watermark_of(&readers[i]);
    }
    if (least_ns <= direct->passed_ns[stream])
        return;
    direct->passed_ns[stream] = least_ns;
    assert_true(to.to->advance(to.to, to.input, least_ns));
}

/* Partitions in turns of random length: any interleaving must give the same answer. */
static void run(struct direct *direct, const struct query_input *input, uint64_t seed,
                uint64_t chunk_max)
{
    struct pm_random random = pm_random_open(seed, 1000);
    struct reader readers[QUERY_INPUT_PARTITIONS];
    const unsigned count = input->view.partitions;
    uint64_t left = 0;

    for (unsigned i = 0; i < count; i++) {
        readers[i] = (struct reader){&input->partition[i], 0, PM_TIME_MIN};
        left += input->partition[i].count;
    }
    while (left > 0) {
        struct reader *reader = &readers[pm_random_below(&random, count)];
        const uint64_t before = reader->at;
        push(direct, reader, 1 + pm_random_below(&random, chunk_max));
        left -= reader->at - before;
        advance(direct, reader->partition->stream, readers, count);
    }
}

static void one_case(const struct query_case *given, uint64_t seed, uint64_t chunk_max,
                     const struct pm_state_ops *state)
{
    struct query_data_config config = given->data;
    struct pm_oracle_verdict verdict;
    struct query_fixture fixture;
    struct query_input input;
    struct direct direct;

    config.seed = seed;
    query_fixture_open(&fixture, given->query, given->set);
    query_data_open(&input, &fixture, &config);
    query_fixture_expect(&fixture, &input);
    for (unsigned i = 0; i < fixture.query->outputs; i++)
        assert_true(pm_oracle_expected(fixture.oracle, i) > 0); /* the case tests every output */
    open_direct(&direct, &fixture, state);
    run(&direct, &input, seed, chunk_max);
    if (pm_oracle_check_close(direct.check, &verdict) != 0)
        fail_msg("%s, seed %llu, chunks of %llu, state %s: %llu lost, %llu duplicated, %llu wrong "
                 "of %llu: %s",
                 given->query, (unsigned long long)seed, (unsigned long long)chunk_max, state->name,
                 (unsigned long long)verdict.lost, (unsigned long long)verdict.duplicated,
                 (unsigned long long)verdict.wrong, (unsigned long long)verdict.expected,
                 verdict.example[0]);
    close_direct(&direct);
    query_input_close(&input);
    query_fixture_close(&fixture);
}

static uint64_t first_seed(void)
{
    const char *text = getenv("PM_SEED");
    const uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : 1;

    printf("PM_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static void one_by_one_gives_what_the_oracle_expects(void **state)
{
    const uint64_t seed = first_seed();

    (void)state;
    for (unsigned i = 0; i < query_case_count; i++) {
        for (uint64_t k = 0; k < 3; k++)
            one_case(&query_cases[i], seed + k, 1, &pm_state_memory);
    }
}

static void chunks_give_what_the_oracle_expects(void **state)
{
    const uint64_t seed = first_seed();

    (void)state;
    for (unsigned i = 0; i < query_case_count; i++) {
        for (uint64_t k = 0; k < 3; k++)
            one_case(&query_cases[i], seed + k, k == 0 ? PM_CHUNK_MAX : 20, &pm_state_memory);
    }
}

static void copied_state_gives_what_the_oracle_expects(void **state)
{
    const uint64_t seed = first_seed();

    (void)state;
    for (unsigned i = 0; i < query_case_count; i++)
        one_case(&query_cases[i], seed, 5, &pm_state_copying);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_by_one_gives_what_the_oracle_expects),
        cmocka_unit_test(chunks_give_what_the_oracle_expects),
        cmocka_unit_test(copied_state_gives_what_the_oracle_expects),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
