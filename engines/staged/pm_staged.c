/* SPDX-License-Identifier: Apache-2.0 */
/* Passes over a plan's stages: read, barrier, watermarks, barrier, next stage. */
#include "pm_staged.h"

#include "pm_crew.h"
#include "pm_staged_task.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_BACK 64u /* rows, for a flush that marks lie behind */

struct pm_staged {
    const struct pm_job *job;
    struct pm_engine_stats *stats;
    struct pm_source *source;
    unsigned partitions;
    unsigned stage_count;
    struct pm_stage stages[PM_STAGES_MAX];
    struct pm_staged_task *tasks; /* stage-major: stage * parallelism + subtask */
    struct pm_intake **intakes;   /* by partition; the tasks own them */
    struct pm_crew *crew;
    bool forgets; /* each pass is a job of its own */
    /* of the stage in hand */
    unsigned stage;
    const uint64_t *end;
    int64_t before_ns[PM_INPUTS_MAX], watermark_ns[PM_INPUTS_MAX];
};

static struct pm_staged_task *task_of(const struct pm_staged *self, unsigned stage,
                                      unsigned subtask)
{
    return &self->tasks[stage * self->job->parallelism + subtask];
}

/* --- opening ---------------------------------------------------------------------------------- */

static int feed_from_source(struct pm_staged *self, struct pm_staged_input *input, unsigned stream,
                            unsigned subtask)
{
    const struct pm_job_stream *s = &self->job->stream[stream];

    input->stream = stream;
    input->intake = calloc(s->partitions, sizeof *input->intake);
    if (input->intake == NULL)
        return PM_ENOMEM;
    for (unsigned p = subtask; p < s->partitions; p += self->job->parallelism) {
        struct pm_intake *intake = &input->intake[input->intakes++];
        pm_intake_open(intake, self->source, s->first_partition + p, stream, s->watermark_delay_ns);
        self->intakes[s->first_partition + p] = intake;
    }
    return 0;
}

static int feed_from_exchange(struct pm_staged *self, struct pm_staged_input *input,
                              const struct pm_stage_input *from)
{
    input->sender = calloc(self->job->parallelism, sizeof(struct pm_staged_exchange *));
    if (input->sender == NULL)
        return PM_ENOMEM;
    for (unsigned k = 0; k < self->job->parallelism; k++) {
        struct pm_staged_task *sender = task_of(self, from->sender, k);
        for (unsigned i = 0; i < sender->exchanges; i++) {
            if (sender->exchange[i]->node == from->from)
                input->sender[input->senders++] = sender->exchange[i];
        }
    }
    return 0;
}

static int open_task(struct pm_staged *self, unsigned stage, unsigned subtask,
                     struct pm_error *error)
{
    struct pm_staged_task *task = task_of(self, stage, subtask);
    const int writer = pm_outlets_writer(self->stages, stage, subtask, self->job->parallelism);
    int code = pm_staged_task_open(task, self->job, subtask, writer, self->stats, error);

    task->input_count = self->stages[stage].input_count;
    for (unsigned i = 0; i < task->input_count && code == 0; i++) {
        const struct pm_stage_input *from = &self->stages[stage].inputs[i];
        code = from->is_source
                   ? feed_from_source(self, &task->input[i], from->from->stream, subtask)
                   : feed_from_exchange(self, &task->input[i], from);
        if (code != 0)
            pm_error_set(error, code, "stage: no memory");
    }
    return code != 0 ? code : pm_staged_task_renew(task, &self->stages[stage], error);
}

int pm_staged_open(struct pm_staged **out, const struct pm_job *job, struct pm_engine_stats *stats,
                   struct pm_error *error)
{
    struct pm_staged *self = calloc(1, sizeof *self);
    int code;

    if (self == NULL)
        return pm_error_set(error, PM_ENOMEM, "stages: no memory");
    self->job = job;
    self->stats = stats;
    self->stage_count = pm_plan_stages(job->plan, self->stages);
    code = job->source->open(&self->source, &job->source_config, error);
    if (code == 0) {
        self->partitions = job->source->partitions(self->source);
        self->tasks = calloc((size_t)self->stage_count * job->parallelism, sizeof *self->tasks);
        self->intakes = calloc(self->partitions, sizeof(struct pm_intake *));
        if (self->tasks == NULL || self->intakes == NULL)
            code = pm_error_set(error, PM_ENOMEM, "stages: no memory");
    }
    if (code == 0)
        code = pm_crew_open(&self->crew, job->workers, job->wait, &stats->wait_cpu_ns, error);
    for (unsigned s = 0; s < self->stage_count && code == 0; s++) {
        for (unsigned k = 0; k < job->parallelism && code == 0; k++)
            code = open_task(self, s, k, error);
    }
    if (code != 0) {
        pm_staged_close(self);
        return code;
    }
    *out = self;
    return 0;
}

/* --- positions -------------------------------------------------------------------------------- */

unsigned pm_staged_partitions(const struct pm_staged *self)
{
    return self->partitions;
}

int pm_staged_end(struct pm_staged *self, unsigned partition, uint64_t *end)
{
    return self->job->source->end(self->source, partition, end);
}

uint64_t pm_staged_position(const struct pm_staged *self, unsigned partition)
{
    return self->intakes[partition] != NULL ? self->intakes[partition]->next : 0;
}

/* True when a flush stands among the rows [@p from, @p end) of a partition. *kind: the last row's.
 */
static bool finds_flush(struct pm_staged *self, unsigned p, uint64_t from, uint64_t end,
                        enum pm_record_kind *kind)
{
    const struct pm_source_ops *source = self->job->source;
    struct pm_source_view view;

    *kind = PM_KIND_DATA;
    if (source->seek(self->source, p, from, NULL) != 0)
        return false;
    while (from < end) {
        if (source->poll(self->source, p, (uint32_t)(end - from), &view) != PM_SOURCE_DATA)
            return false;
        for (uint32_t i = 0; i < view.count; i++) {
            *kind = pm_record_kind(&view.rows[i]);
            if (*kind == PM_KIND_FLUSH)
                return true;
        }
        from = view.first_sequence + view.count;
    }
    return false;
}

/* Others may leave messages behind the flush of a topic's partition: marks, as it is read here. */
static bool is_flushed(struct pm_staged *self, unsigned p)
{
    enum pm_record_kind last;
    uint64_t end;

    if (pm_staged_end(self, p, &end) != 0 || end == 0)
        return false;
    if (finds_flush(self, p, end - 1, end, &last))
        return true;
    return last == PM_KIND_IDLE &&
           finds_flush(self, p, end > LOOK_BACK ? end - LOOK_BACK : 0, end, &last);
}

bool pm_staged_is_complete(struct pm_staged *self)
{
    for (unsigned p = 0; p < self->partitions; p++)
        if (self->intakes[p] != NULL && !is_flushed(self, p))
            return false;
    return true;
}

bool pm_staged_has_ended(const struct pm_staged *self)
{
    for (unsigned p = 0; p < self->partitions; p++) {
        if (self->intakes[p] != NULL && !self->intakes[p]->ended)
            return false;
    }
    return true;
}

void pm_staged_release(struct pm_staged *self)
{
    for (unsigned p = 0; p < self->partitions; p++)
        self->job->source->release(self->source, p, pm_staged_position(self, p));
}

/* --- one pass --------------------------------------------------------------------------------- */

static int read_share(void *payload, unsigned subtask)
{
    struct pm_staged *self = payload;

    return pm_staged_task_read(task_of(self, self->stage, subtask), self->end);
}

static int close_share(void *payload, unsigned subtask)
{
    struct pm_staged *self = payload;

    struct pm_staged_task *task = task_of(self, self->stage, subtask);
    const int code = pm_staged_task_close_windows(task, self->before_ns, self->watermark_ns);

    return code == 0 && self->forgets ? pm_staged_task_let_go(task, self->watermark_ns) : code;
}

/* The watermark of a source stream: the least over all its partitions, whoever read them. */
static void source_marks(struct pm_staged *self, unsigned stream, int64_t *before, int64_t *now)
{
    const struct pm_job_stream *s = &self->job->stream[stream];

    *before = PM_TIME_MAX;
    *now = PM_TIME_MAX;
    for (unsigned p = s->first_partition; p < s->first_partition + s->partitions; p++) {
        const struct pm_intake *intake = self->intakes[p];
        const int64_t mark = pm_intake_watermark(intake);
        const int64_t old = pm_watermark_less(intake->replayed_max_ns, intake->delay_ns);
        *now = mark < *now ? mark : *now;
        *before = old < *before ? old : *before;
    }
}

/* The marks that the stage before has passed on: the least over its subtasks. */
static void exchange_marks(const struct pm_staged_input *input, int64_t *before, int64_t *now)
{
    *before = PM_TIME_MAX;
    *now = PM_TIME_MAX;
    for (unsigned k = 0; k < input->senders; k++) {
        const struct pm_staged_exchange *sender = input->sender[k];
        *now = sender->watermark_ns < *now ? sender->watermark_ns : *now;
        *before = sender->before_ns < *before ? sender->before_ns : *before;
    }
}

static void find_marks(struct pm_staged *self)
{
    const struct pm_staged_task *first = task_of(self, self->stage, 0);

    for (unsigned i = 0; i < first->input_count; i++) {
        const struct pm_staged_input *input = &first->input[i];
        if (self->stages[self->stage].inputs[i].is_source)
            source_marks(self, input->stream, &self->before_ns[i], &self->watermark_ns[i]);
        else
            exchange_marks(input, &self->before_ns[i], &self->watermark_ns[i]);
    }
}

static int report(struct pm_staged *self, int code, struct pm_error *error)
{
    for (unsigned k = 0; k < self->job->parallelism; k++) {
        const struct pm_staged_task *task = task_of(self, self->stage, k);
        if (task->task.code == code)
            return pm_error_set(error, code, "stage %u: %s", self->stage, task->task.error.text);
    }
    return pm_error_set(error, code, "stage %u: %s", self->stage, pm_error_name(code));
}

static void count_records(struct pm_staged *self)
{
    for (unsigned i = 0; i < self->stage_count * self->job->parallelism; i++) {
        atomic_fetch_add_explicit(&self->stats->records_read, self->tasks[i].records,
                                  memory_order_relaxed);
        self->tasks[i].records = 0;
    }
}

int pm_staged_pass(struct pm_staged *self, const uint64_t *end, struct pm_error *error)
{
    self->end = end;
    for (self->stage = 0; self->stage < self->stage_count; self->stage++) {
        int code = pm_crew_run(self->crew, read_share, self, self->job->parallelism);
        if (code != 0)
            return report(self, code, error);
        find_marks(self);
        code = pm_crew_run(self->crew, close_share, self, self->job->parallelism);
        if (code != 0)
            return report(self, code, error);
    }
    count_records(self);
    return 0;
}

int pm_staged_publish(struct pm_staged *self, struct pm_error *error)
{
    for (unsigned i = 0; i < self->stage_count * self->job->parallelism; i++) {
        struct pm_staged_task *task = &self->tasks[i];
        const int code = task->publishes ? pm_outlets_publish(&task->outlets) : 0;
        if (code != 0)
            return pm_error_set(error, code, "sink: %s",
                                task->task.code != 0 ? task->task.error.text : pm_error_name(code));
    }
    return 0;
}

/* --- a new job -------------------------------------------------------------------------------- */

void pm_staged_cut(const struct pm_staged *self, unsigned partition, struct pm_staged_cut *cut)
{
    const struct pm_intake *intake = self->intakes[partition];

    *cut = (struct pm_staged_cut){.max_time_ns = PM_TIME_MIN};
    if (intake != NULL)
        *cut = (struct pm_staged_cut){intake->next, intake->max_time_ns};
}

/* The least watermark at the cuts, over all partitions of all streams: where streams meet, the
 * slower one decides what is still open. */
static int64_t cut_watermark(const struct pm_staged *self, const struct pm_staged_cut *cuts)
{
    int64_t least = PM_TIME_MAX;

    for (unsigned p = 0; p < self->partitions; p++) {
        if (self->intakes[p] == NULL)
            continue;
        const int64_t mark = pm_watermark_less(cuts[p].max_time_ns, self->intakes[p]->delay_ns);
        least = mark < least ? mark : least;
    }
    return least;
}

/* Partition @p p of the intake begins again, look_back_ns before the cut or at its start. */
static int begin_again(struct pm_staged *self, unsigned p, const struct pm_staged_cut *cuts,
                       bool from_start, int64_t look_back_ns, struct pm_error *error)
{
    const struct pm_source_ops *source = self->job->source;
    struct pm_intake *intake = self->intakes[p];
    uint64_t place = 0;
    int64_t from_ns = PM_TIME_MIN;
    int code;

    if (cuts != NULL && !from_start)
        from_ns = pm_watermark_less(cut_watermark(self, cuts), look_back_ns);
    code = from_ns == PM_TIME_MIN ? source->seek(self->source, p, 0, error)
                                  : source->seek_time(self->source, p, from_ns, &place, error);
    if (code != 0)
        return code;
    pm_intake_open(intake, self->source, p, intake->stream, intake->delay_ns);
    intake->next = place;
    intake->replayed_before = cuts != NULL ? cuts[p].sequence : 0;
    if (cuts != NULL)
        intake->replayed_max_ns = cuts[p].max_time_ns;
    return 0;
}

int pm_staged_renew(struct pm_staged *self, const struct pm_staged_cut *cuts, bool from_start,
                    int64_t look_back_ns, struct pm_error *error)
{
    int code = 0;

    self->forgets = true;
    for (unsigned i = 0; i < self->stage_count * self->job->parallelism && code == 0; i++)
        code =
            pm_staged_task_renew(&self->tasks[i], &self->stages[i / self->job->parallelism], error);
    for (unsigned p = 0; p < self->partitions && code == 0; p++) {
        if (self->intakes[p] != NULL)
            code = begin_again(self, p, cuts, from_start, look_back_ns, error);
    }
    return code;
}

uint64_t pm_staged_state_bytes(const struct pm_staged *self)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < self->stage_count * self->job->parallelism; i++)
        bytes += pm_chain_state_bytes(self->tasks[i].chain);
    return bytes;
}

void pm_staged_close(struct pm_staged *self)
{
    if (self == NULL)
        return;
    pm_crew_close(self->crew);
    for (unsigned i = 0; self->tasks != NULL && i < self->stage_count * self->job->parallelism; i++)
        pm_staged_task_close(&self->tasks[i]);
    free(self->tasks);
    free(self->intakes);
    if (self->source != NULL)
        self->source->ops->close(self->source);
    free(self);
}
