/* SPDX-License-Identifier: Apache-2.0 */
/* One operator alone over rows that go round and round, and the loop beside it. */
#include "pm_bench_chain.h"

#include "pm_random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- rows ------------------------------------------------------------------------------------- */

void pm_bench_rows_open(struct pm_bench_rows *out, const struct pm_schema *schema, int64_t delay_ns)
{
    struct pm_random random = pm_random_open(1, 1);

    *out = (struct pm_bench_rows){
        .schema = schema,
        .data = aligned_alloc(64, PM_BENCH_ROWS * sizeof *out->data),
        .place_ns = calloc(PM_BENCH_ROWS, sizeof *out->place_ns),
        .delay_ns = delay_ns,
    };
    pm_bench_check(out->data != NULL && out->place_ns != NULL, "memory");
    memset(out->data, 0, PM_BENCH_ROWS * sizeof *out->data);
    for (uint32_t i = 0; i < PM_BENCH_ROWS; i++) {
        out->place_ns[i] = i;
        if (delay_ns > 0)
            out->place_ns[i] -= pm_random_between(&random, 0, delay_ns - 1);
        out->data[i].id = i + 1;
        out->data[i].key = pm_random_below(&random, PM_BENCH_KEYS);
    }
}

void pm_bench_rows_close(struct pm_bench_rows *rows)
{
    free(rows->data);
    free(rows->place_ns);
}

void pm_bench_rows_shift(struct pm_bench_rows *rows, int64_t now_ns)
{
    for (uint32_t i = 0; i < PM_BENCH_ROWS; i++)
        rows->data[i].event_time_ns = now_ns + rows->place_ns[i];
}

/* --- the chain -------------------------------------------------------------------------------- */

static struct pm_bench_chain *chain_of(struct pm_operator *end)
{
    return (struct pm_bench_chain *)((char *)end - offsetof(struct pm_bench_chain, end));
}

static void end_one(struct pm_operator *op, unsigned in, struct pm_record *r, struct pm_bytes *b)
{
    (void)in, (void)r, (void)b;
    chain_of(op)->out++;
}
static void end_chunk(struct pm_operator *op, unsigned in, struct pm_chunk *chunk)
{
    (void)in;
    chain_of(op)->out += chunk->selected;
}
static bool end_advance(struct pm_operator *op, unsigned in, int64_t watermark_ns)
{
    (void)op, (void)in, (void)watermark_ns;
    return true;
}

static struct pm_operator *terminal(void *payload, const struct pm_plan_node *node)
{
    (void)node;
    return &((struct pm_bench_chain *)payload)->end;
}

void pm_bench_chain_open(struct pm_bench_chain *chain)
{
    const struct pm_chain_config config = {.state = &pm_state_memory,
                                           .parallelism = 1,
                                           .task = &chain->task,
                                           .terminal = terminal,
                                           .payload = chain};
    struct pm_error error = {0};
    struct pm_flow keyed[2];

    chain->end = (struct pm_operator){
        .one = end_one, .chunk = end_chunk, .advance = end_advance, .task = &chain->task};
    chain->plan = pm_plan_open(chain->order);
    for (unsigned i = 0; i < chain->inputs; i++)
        keyed[i] =
            pm_plan_key_by(chain->plan, pm_plan_source(chain->plan, i, chain->rows->schema), "key");
    pm_plan_output(chain->plan, chain->build(chain->plan, keyed), 0, "out");
    pm_bench_check(pm_plan_check(chain->plan, &error) == 0, error.text);
    const unsigned last = pm_plan_stages(chain->plan, chain->stages) - 1;
    pm_bench_check(pm_chain_open(&chain->chain, &chain->stages[last], &config, &error) == 0,
                   error.text);
    pm_bench_check(pm_chunk_open(&chain->chunk) == 0, "memory");
    for (unsigned i = 0; i < chain->inputs; i++)
        chain->entry[i] = pm_chain_entry(chain->chain, i);
}

void pm_bench_chain_close(struct pm_bench_chain *chain)
{
    pm_bench_check(chain->out != 0 && chain->task.code == 0, "rows arrive");
    pm_chain_close(chain->chain);
    pm_chunk_close(&chain->chunk);
    pm_plan_close(chain->plan);
}

/* --- measures --------------------------------------------------------------------------------- */

static void mark(struct pm_bench_chain *chain, uint32_t row)
{
    for (unsigned i = 0; row % PM_BENCH_MARK == 0 && i < chain->inputs; i++)
        chain->entry[i].to->advance(chain->entry[i].to, chain->entry[i].input,
                                    chain->now_ns + row - chain->rows->delay_ns);
}

static struct pm_edge entry_of(const struct pm_bench_chain *chain, uint32_t row)
{
    return chain->entry[row / PM_CHUNK_DEFAULT % chain->inputs];
}

static void round_one(struct pm_bench_chain *chain)
{
    struct pm_record *const data = chain->rows->data;

    for (uint32_t i = 0; i < PM_BENCH_ROWS; i++) {
        const struct pm_edge to = entry_of(chain, i);
        to.to->one(to.to, to.input, &data[i], &chain->chunk.bytes);
        mark(chain, i + 1);
    }
}

static void round_chunk(struct pm_bench_chain *chain)
{
    struct pm_record *const own = chain->chunk.rows;

    for (uint32_t from = 0; from < PM_BENCH_ROWS; from += PM_CHUNK_DEFAULT) {
        const struct pm_edge to = entry_of(chain, from);
        chain->chunk.rows = &chain->rows->data[from];
        pm_chunk_fill(&chain->chunk, PM_CHUNK_DEFAULT);
        to.to->chunk(to.to, to.input, &chain->chunk);
        mark(chain, from + PM_CHUNK_DEFAULT);
    }
    chain->chunk.rows = own;
}

static double ns_per_record(double seconds)
{
    return seconds * 1e9 / (PM_BENCH_ROUNDS * (double)PM_BENCH_ROWS);
}

static double rounds(struct pm_bench_chain *chain, void (*round)(struct pm_bench_chain *chain))
{
    double seconds = 0;

    for (unsigned i = 0; i < PM_BENCH_ROUNDS; i++) {
        chain->now_ns += PM_BENCH_SPAN;
        pm_bench_rows_shift(chain->rows, chain->now_ns);
        const double begin = pm_bench_seconds();
        round(chain);
        seconds += pm_bench_seconds() - begin;
    }
    return ns_per_record(seconds);
}

double pm_bench_chain_one(void *chain)
{
    return rounds(chain, round_one);
}

double pm_bench_chain_chunk(void *chain)
{
    return rounds(chain, round_chunk);
}

struct hand {
    pm_bench_hand loop;
    struct pm_bench_rows *rows;
    int64_t now_ns;
};

static double by_hand(void *payload)
{
    struct hand *self = payload;
    double seconds = 0;

    for (unsigned i = 0; i < PM_BENCH_ROUNDS; i++) {
        self->now_ns += PM_BENCH_SPAN;
        pm_bench_rows_shift(self->rows, self->now_ns);
        const double begin = pm_bench_seconds();
        self->loop(self->rows->data, self->now_ns);
        seconds += pm_bench_seconds() - begin;
    }
    return ns_per_record(seconds);
}

static void compare(const struct pm_bench_pair *pair, struct pm_bench_rows *rows)
{
    static const struct {
        const char *name;
        pm_bench_measure run;
    } entries[] = {{"one", pm_bench_chain_one}, {"chunk", pm_bench_chain_chunk}};
    struct hand hand = {.loop = pair->hand, .rows = rows};
    char text[80];

    for (unsigned k = 0; k < 2; k++) {
        struct pm_bench_chain chain = {
            .build = pair->build, .rows = rows, .order = pair->order, .inputs = pair->inputs};
        snprintf(text, sizeof text, "%s, by %s, against a loop", pair->what, entries[k].name);
        const struct pm_bench_goal goal = {pair->row, text, "ns/record", 0, false};
        pm_bench_chain_open(&chain);
        pm_bench_compare(&goal, entries[k].run, &chain, by_hand, &hand);
        pm_bench_chain_close(&chain);
    }
}

void pm_bench_pairs(const struct pm_bench_pair *pairs, size_t count, struct pm_bench_rows *rows,
                    void (*begin)(void), void (*end)(void))
{
    for (size_t i = 0; i < count; i++) {
        if (!pm_bench_asked(pairs[i].row))
            continue;
        begin();
        compare(&pairs[i], rows);
        end();
    }
}
