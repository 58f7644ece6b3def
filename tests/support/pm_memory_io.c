/* SPDX-License-Identifier: Apache-2.0 */
/* Rows out of arrays and into arrays. */
#include "pm_memory_io.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_TIME 4000000000000000000LL

/* --- the input -------------------------------------------------------------------------------- */

void pm_memory_add(struct pm_memory_partition *part, const struct pm_record *record)
{
    const size_t n = part->count;

    part->rows = realloc(part->rows, (n + 1) * sizeof *part->rows);
    part->max_before_ns = realloc(part->max_before_ns, (n + 1) * sizeof *part->max_before_ns);
    if (part->rows == NULL || part->max_before_ns == NULL)
        abort();
    part->max_before_ns[n] = PM_TIME_MIN;
    if (n != 0) {
        const int64_t before = part->max_before_ns[n - 1], last = part->rows[n - 1].event_time_ns;
        part->max_before_ns[n] = last > before ? last : before;
    }
    part->rows[n] = *record;
    part->count++;
}

void pm_memory_flush(struct pm_memory_partition *part, unsigned number)
{
    const struct pm_record flush = {.event_time_ns = FLUSH_TIME,
                                    .id = pm_record_id(number, part->count),
                                    .word = pm_record_word(0, PM_KIND_FLUSH)};

    pm_memory_add(part, &flush);
}

static void forget_rows(struct pm_memory *memory)
{
    for (size_t i = 0; i < memory->count; i++)
        pm_bytes_close(&memory->rows[i].bytes);
    memory->count = 0;
}

void pm_memory_rewind(struct pm_memory *memory, uint64_t seed)
{
    forget_rows(memory);
    memory->commits = 0;
    memory->early_commits = 0;
    for (unsigned p = 0; p < memory->partitions; p++) {
        struct pm_memory_partition *part = &memory->partition[p];
        part->random = pm_random_open(seed, p);
        part->frame_rows =
            memory->frame_rows != 0 ? memory->frame_rows : 1u << pm_random_below(&part->random, 8);
        part->next = 0;
        part->ended = false;
        part->visible = memory->all_visible ? part->count : 0;
    }
}

void pm_memory_close(struct pm_memory *memory)
{
    forget_rows(memory);
    free(memory->rows);
    for (unsigned p = 0; p < memory->partitions; p++) {
        free(memory->partition[p].rows);
        free(memory->partition[p].max_before_ns);
        pm_bytes_close(&memory->partition[p].bytes);
    }
    memset(memory, 0, sizeof *memory);
}

/* --- the source ------------------------------------------------------------------------------- */

struct memory_source {
    struct pm_source base;
    struct pm_memory *memory;
};

static struct pm_memory_partition *part_of(struct pm_source *source, unsigned partition)
{
    return &((struct memory_source *)source)->memory->partition[partition];
}

/* One more frame may be there now. */
static void show_more(struct pm_memory_partition *part)
{
    const size_t more = (size_t)pm_random_below(&part->random, part->frame_rows + 1u);

    part->visible = part->count - part->visible < more ? part->count : part->visible + more;
}

static int source_open(struct pm_source **out, const struct pm_source_config *config,
                       struct pm_error *error)
{
    struct memory_source *self = calloc(1, sizeof *self);

    if (self == NULL)
        return pm_error_set(error, PM_ENOMEM, "memory: no memory");
    self->base.ops = &pm_source_memory;
    self->memory = (struct pm_memory *)(uintptr_t)config->place;
    *out = &self->base;
    return 0;
}

static unsigned source_partitions(const struct pm_source *source)
{
    return ((const struct memory_source *)source)->memory->partitions;
}

static int source_poll(struct pm_source *source, unsigned partition, uint32_t limit,
                       struct pm_source_view *view)
{
    struct pm_memory_partition *part = part_of(source, partition);

    if (part->next == part->visible) {
        show_more(part);
        return part->ended ? PM_SOURCE_END : PM_SOURCE_NOTHING;
    }
    const size_t left = part->visible - part->next;
    const size_t frame = 1 + (size_t)pm_random_below(&part->random, part->frame_rows);
    uint32_t count = left < limit ? (uint32_t)left : limit;
    count = frame < count ? (uint32_t)frame : count;
    *view = (struct pm_source_view){.rows = &part->rows[part->next],
                                    .bytes = &part->bytes,
                                    .first_sequence = part->next,
                                    .count = count,
                                    .max_time_before_ns = part->max_before_ns[part->next]};
    part->next += count;
    part->ended = pm_record_kind(&part->rows[part->next - 1]) == PM_KIND_FLUSH;
    return PM_SOURCE_DATA;
}

static int source_seek(struct pm_source *source, unsigned partition, uint64_t sequence,
                       struct pm_error *error)
{
    struct pm_memory_partition *part = part_of(source, partition);

    (void)error;
    part->next = sequence;
    part->ended = false;
    return 0;
}

static int source_end(struct pm_source *source, unsigned partition, uint64_t *sequence)
{
    struct pm_memory_partition *part = part_of(source, partition);

    show_more(part);
    *sequence = part->visible;
    return 0;
}

/* The latest place that the contract allows: an engine that needs an earlier one is found out. */
static int source_seek_time(struct pm_source *source, unsigned partition, int64_t time_ns,
                            uint64_t *sequence, struct pm_error *error)
{
    struct pm_memory_partition *part = part_of(source, partition);
    size_t at = 0;

    (void)error;
    while (at < part->visible && part->rows[at].event_time_ns < time_ns)
        at++;
    part->next = at;
    part->ended = false;
    *sequence = at;
    return 0;
}

static void source_release(struct pm_source *source, unsigned partition, uint64_t sequence)
{
    (void)source, (void)partition, (void)sequence;
}

static void source_close(struct pm_source *source)
{
    free(source);
}

const struct pm_source_ops pm_source_memory = {
    .name = "memory",
    .open = source_open,
    .partitions = source_partitions,
    .poll = source_poll,
    .seek = source_seek,
    .end = source_end,
    .seek_time = source_seek_time,
    .release = source_release,
    .close = source_close,
};

/* --- the sink --------------------------------------------------------------------------------- */

struct memory_sink {
    struct pm_sink base;
    struct pm_memory *memory;
    uint64_t epoch;
    size_t count, room;
    struct pm_memory_row *rows; /* of the open epoch */
};

static pthread_mutex_t commits = PTHREAD_MUTEX_INITIALIZER;

static struct pm_memory_row *next_row(struct pm_memory_row **rows, size_t *count, size_t *room)
{
    if (*count == *room) {
        *room = *room * 2 + 64;
        *rows = realloc(*rows, *room * sizeof **rows);
        if (*rows == NULL)
            abort();
    }
    return &(*rows)[(*count)++];
}

static int sink_open(struct pm_sink **out, const struct pm_sink_config *config,
                     struct pm_error *error)
{
    struct memory_sink *self = calloc(1, sizeof *self);

    if (self == NULL)
        return pm_error_set(error, PM_ENOMEM, "memory: no memory");
    self->base.ops = &pm_sink_memory;
    self->memory = (struct pm_memory *)(uintptr_t)config->place;
    *out = &self->base;
    return 0;
}

static int sink_begin(struct pm_sink *sink, uint64_t epoch)
{
    ((struct memory_sink *)sink)->epoch = epoch;
    return 0;
}

static int sink_write(struct pm_sink *sink, const struct pm_record *record,
                      const struct pm_bytes *bytes)
{
    struct memory_sink *self = (struct memory_sink *)sink;
    struct pm_memory_row *row = next_row(&self->rows, &self->count, &self->room);

    *row = (struct pm_memory_row){.record = *record};
    pm_record_carry(&row->record, bytes, &row->bytes);
    return row->bytes.failed ? PM_ENOMEM : 0;
}

static int sink_prepare(struct pm_sink *sink, struct pm_sink_handle *handle)
{
    const struct memory_sink *self = (const struct memory_sink *)sink;

    *handle = (struct pm_sink_handle){.epoch = self->epoch, .rows = self->count};
    return 0;
}

/* Only one worker's runs may ask: the positions are the reading threads'. */
static bool is_unread(const struct pm_memory *memory)
{
    for (unsigned p = 0; memory->one_thread && p < memory->partitions; p++) {
        if (memory->partition[p].next < memory->partition[p].visible)
            return true;
    }
    return false;
}

static int sink_commit(struct pm_sink *sink, const struct pm_sink_handle *handle)
{
    struct memory_sink *self = (struct memory_sink *)sink;
    struct pm_memory *memory = self->memory;

    (void)handle;
    pthread_mutex_lock(&commits);
    memory->commits++;
    memory->early_commits += is_unread(memory) ? 1 : 0;
    for (size_t i = 0; i < self->count; i++) {
        struct pm_memory_row *row = next_row(&memory->rows, &memory->count, &memory->room);
        *row = self->rows[i];
        row->commit = memory->commits;
    }
    pthread_mutex_unlock(&commits);
    self->count = 0;
    return 0;
}

static int sink_abort(struct pm_sink *sink, const struct pm_sink_handle *handle)
{
    (void)sink, (void)handle;
    return 0;
}

static int sink_last_committed(struct pm_sink *sink, struct pm_sink_handle *handle)
{
    (void)sink;
    *handle = (struct pm_sink_handle){0};
    return 0;
}

static void sink_close(struct pm_sink *sink)
{
    struct memory_sink *self = (struct memory_sink *)sink;

    if (self == NULL)
        return;
    for (size_t i = 0; i < self->count; i++)
        pm_bytes_close(&self->rows[i].bytes);
    free(self->rows);
    free(self);
}

const struct pm_sink_ops pm_sink_memory = {
    .name = "memory",
    .guarantees = 1u << PM_AT_MOST_ONCE | 1u << PM_AT_LEAST_ONCE | 1u << PM_EXACTLY_ONCE,
    .open = sink_open,
    .begin = sink_begin,
    .write = sink_write,
    .prepare = sink_prepare,
    .commit = sink_commit,
    .abort = sink_abort,
    .last_committed = sink_last_committed,
    .close = sink_close,
};
