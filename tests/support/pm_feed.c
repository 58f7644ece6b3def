/* SPDX-License-Identifier: Apache-2.0 */
/* Feeding a stage by hand. */
#include "pm_feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(bool holds, const char *what, const struct pm_error *error)
{
    if (holds)
        return;
    fprintf(stderr, "feed: %s: %s\n", what, error != NULL ? error->text : "");
    abort();
}

static int64_t value_of(const struct pm_column *column, const struct pm_record *record,
                        const struct pm_bytes *bytes)
{
    uint32_t size;

    if (column->type != PM_TYPE_TEXT)
        return pm_schema_read(column, record, bytes);
    const char *text = pm_record_text(record, bytes, &size);
    return size != 0 ? (int64_t)pm_hash_bytes(text, size) : 0;
}

static void keep(struct pm_feed_terminal *terminal, const struct pm_record *record,
                 const struct pm_bytes *bytes)
{
    struct pm_feed *feed = terminal->feed;

    need(record->event_time_ns >= terminal->watermark_ns || pm_record_is_behind(record),
         "a row below the watermark that was passed on", NULL);
    if (feed->count == feed->capacity) {
        feed->capacity = feed->capacity != 0 ? feed->capacity * 2 : 64;
        feed->rows = realloc(feed->rows, feed->capacity * sizeof *feed->rows);
        need(feed->rows != NULL, "no memory", NULL);
    }
    struct pm_feed_row *row = &feed->rows[feed->count++];
    *row = (struct pm_feed_row){
        .output = terminal->output,
        .event_time_ns = record->event_time_ns,
        .id = record->id,
        .key = record->key,
        .op = pm_record_op(record),
        .closed_below_ns = pm_record_closed_below(record, bytes),
    };
    for (unsigned i = 0; i < terminal->schema->count; i++)
        row->value[i] = value_of(&terminal->schema->columns[i], record, bytes);
    if (feed->room != 0 && --feed->room == 0)
        feed->task.blocked = true;
}

static void terminal_one(struct pm_operator *op, unsigned input, struct pm_record *record,
                         struct pm_bytes *bytes)
{
    (void)input;
    keep((struct pm_feed_terminal *)op, record, bytes);
}

static void terminal_chunk(struct pm_operator *op, unsigned input, struct pm_chunk *chunk)
{
    (void)input;
    for (uint32_t i = 0; i < chunk->selected; i++)
        keep((struct pm_feed_terminal *)op, &chunk->rows[pm_chunk_row(chunk, i)], &chunk->bytes);
}

static bool terminal_advance(struct pm_operator *op, unsigned input, int64_t watermark_ns)
{
    (void)input;
    ((struct pm_feed_terminal *)op)->watermark_ns = watermark_ns;
    return true;
}

static struct pm_operator *terminal_of(void *payload, const struct pm_plan_node *node)
{
    static const struct pm_operator_class class = {.name = "terminal"};
    struct pm_feed *feed = payload;
    const bool exchange = (node->class->traits & PM_TRAIT_HASH) != 0;

    for (unsigned i = 0; i < feed->terminals; i++) {
        if (feed->terminal[i].output == (exchange ? PM_FEED_EXCHANGE : node->output))
            return &feed->terminal[i].base;
    }
    struct pm_feed_terminal *terminal = &feed->terminal[feed->terminals++];
    *terminal = (struct pm_feed_terminal){
        .base = {.one = terminal_one,
                 .chunk = terminal_chunk,
                 .advance = terminal_advance,
                 .class = &class,
                 .task = &feed->task},
        .feed = feed,
        .output = exchange ? PM_FEED_EXCHANGE : node->output,
        .schema = &node->schema,
        .watermark_ns = PM_TIME_MIN,
    };
    return &terminal->base;
}

void pm_feed_open_stage(struct pm_feed *feed, struct pm_plan *plan, unsigned stage,
                        const struct pm_state_ops *ops)
{
    struct pm_error error = {0};

    memset(feed, 0, sizeof *feed);
    feed->plan = plan;
    need(pm_plan_check(plan, &error) == 0, "check", &error);
    const unsigned stages = pm_plan_stages(plan, feed->stages);
    need(stages != 0, "stages", NULL);
    const struct pm_chain_config config = {
        .state = ops,
        .parallelism = 1,
        .task = &feed->task,
        .terminal = terminal_of,
        .payload = feed,
    };
    const struct pm_stage *from = &feed->stages[stage < stages ? stage : stages - 1];
    need(pm_chain_open(&feed->chain, from, &config, &error) == 0, "open", &error);
    need(pm_chunk_open(&feed->chunk) == 0, "no memory", NULL);
}

void pm_feed_open(struct pm_feed *feed, struct pm_plan *plan, const struct pm_state_ops *ops)
{
    pm_feed_open_stage(feed, plan, PM_STAGES_MAX, ops);
}

void pm_feed_close(struct pm_feed *feed)
{
    need(feed->task.code == 0, "task", &feed->task.error);
    need(!pm_chain_failed(feed->chain), "state", NULL);
    pm_chain_close(feed->chain);
    pm_chunk_close(&feed->chunk);
    pm_plan_close(feed->plan);
    free(feed->rows);
}

static void copy_in(struct pm_feed *feed, const struct pm_record *record,
                    const struct pm_bytes *bytes)
{
    struct pm_record *row = &feed->chunk.rows[feed->chunk.count++];

    *row = *record;
    if (bytes != NULL)
        pm_record_carry(row, bytes, &feed->chunk.bytes);
}

void pm_feed_one(struct pm_feed *feed, unsigned input, const struct pm_record *record,
                 const struct pm_bytes *bytes)
{
    const struct pm_edge edge = pm_chain_entry(feed->chain, input);

    pm_chunk_reset(&feed->chunk);
    copy_in(feed, record, bytes);
    edge.to->one(edge.to, edge.input, &feed->chunk.rows[0], &feed->chunk.bytes);
}

void pm_feed_chunk(struct pm_feed *feed, unsigned input, uint32_t count,
                   const struct pm_record *records, const struct pm_bytes *bytes)
{
    const struct pm_edge edge = pm_chain_entry(feed->chain, input);

    pm_chunk_reset(&feed->chunk);
    for (uint32_t i = 0; i < count; i++)
        copy_in(feed, &records[i], bytes);
    pm_chunk_fill(&feed->chunk, count);
    edge.to->chunk(edge.to, edge.input, &feed->chunk);
}

bool pm_feed_mark(struct pm_feed *feed, unsigned input, int64_t watermark_ns)
{
    const struct pm_edge edge = pm_chain_entry(feed->chain, input);

    return edge.to->advance(edge.to, edge.input, watermark_ns);
}

void pm_feed_unblock(struct pm_feed *feed)
{
    feed->task.blocked = false;
}

const struct pm_schema pm_feed_schema = {
    .name = "steps",
    .count = 5,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("key"),
                PM_COLUMN_PAYLOAD("v", PM_TYPE_INTEGER, 0, 8, 0),
                PM_COLUMN_PAYLOAD("twice", PM_TYPE_INTEGER, 8, 4, 0), PM_COLUMN_TEXT("text")},
};

static struct pm_record record_of(const struct pm_feed_step *step, struct pm_bytes *bytes)
{
    struct pm_record record = {.event_time_ns = step->time_ns, .id = step->id, .key = step->key};

    pm_record_set_op(&record, step->op);
    pm_schema_write(&pm_feed_schema.columns[2], &record, bytes, step->value);
    pm_schema_write(&pm_feed_schema.columns[3], &record, bytes, 2 * step->value);
    if (step->text != NULL) {
        const size_t size = strlen(step->text);
        memcpy(pm_record_extend(&record, bytes, (uint32_t)size), step->text, size);
    }
    if (step->closed_below_ns != PM_TIME_MIN)
        pm_record_mark_behind(&record, bytes, step->closed_below_ns);
    return record;
}

/* One slice of the mark @p step; true when it is finished. A blocked one goes on at once: no record
 * may come before. */
static bool play_slice(struct pm_feed *feed, const struct pm_feed_step *step, uint32_t room)
{
    bool finished;

    do {
        pm_feed_unblock(feed);
        feed->room = room;
        finished = pm_feed_mark(feed, step->input, step->time_ns);
        need(finished || feed->task.blocked || feed->task.slice != 0,
             "advance is neither blocked nor at the end of a slice, yet not finished", NULL);
    } while (!finished && feed->task.blocked);
    pm_feed_unblock(feed);
    feed->room = 0;
    return finished;
}

/* What is left of a mark; NULL: nothing. */
static void finish_mark(struct pm_feed *feed, const struct pm_feed_step *step, uint32_t room)
{
    while (step != NULL && !play_slice(feed, step, room))
        ;
}

void pm_feed_play(struct pm_feed *feed, const struct pm_feed_step *steps, uint32_t count,
                  struct pm_random *cuts, uint32_t room)
{
    struct pm_record records[PM_CHUNK_MAX];
    const struct pm_feed_step *firing = NULL;
    struct pm_bytes bytes = {0};

    for (uint32_t at = 0; at < count;) {
        if (steps[at].is_mark) {
            finish_mark(feed, firing, room);
            firing = &steps[at++];
        }
        if (firing != NULL && play_slice(feed, firing, room))
            firing = NULL;
        if (at == count || steps[at].is_mark)
            continue;
        const uint64_t most = cuts != NULL ? 1 + pm_random_below(cuts, 12) : 1;
        const unsigned input = steps[at].input;
        uint32_t n = 0;
        bytes.used = 0;
        while (n < most && at < count && !steps[at].is_mark && steps[at].input == input)
            records[n++] = record_of(&steps[at++], &bytes);
        if (cuts == NULL)
            pm_feed_one(feed, input, records, &bytes);
        else
            pm_feed_chunk(feed, input, n, records, &bytes);
    }
    finish_mark(feed, firing, room);
    pm_bytes_close(&bytes);
}

int64_t pm_feed_watermark(const struct pm_feed *feed, uint64_t output)
{
    for (unsigned i = 0; i < feed->terminals; i++) {
        if (feed->terminal[i].output == output)
            return feed->terminal[i].watermark_ns;
    }
    return PM_TIME_MIN;
}

uint64_t pm_feed_seed(void)
{
    const char *text = getenv("PM_SEED");
    const uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : 1;

    printf("PM_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct pm_feed_row));
}

void pm_feed_sort(struct pm_feed_row *rows, uint32_t count)
{
    if (count != 0)
        qsort(rows, count, sizeof *rows, compare);
}

int64_t pm_feed_value(const struct pm_feed *feed, const struct pm_feed_row *row, const char *name)
{
    for (unsigned i = 0; i < feed->terminals; i++) {
        const struct pm_schema *schema = feed->terminal[i].schema;
        for (unsigned k = 0; feed->terminal[i].output == row->output && k < schema->count; k++) {
            if (strcmp(schema->columns[k].name, name) == 0)
                return row->value[k];
        }
    }
    need(false, name, NULL);
    return 0;
}
