/* SPDX-License-Identifier: Apache-2.0 */
/* A run from its start to its collection. */
#include "pm_run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pm_children.h"
#include "pm_committed.h"
#include "pm_hiccup.h"
#include "pm_live_view.h"
#include "pm_supervisor.h"

#define SHOWN_BY  20                /* intervals, or more, where the run is long enough */
#define FINISH_NS (2 * PM_NS_PER_S) /* for a topic's last rows when there is no time left */

int64_t pm_run_interval_ns(int64_t schedule_ns)
{
    static const int64_t steps_ns[] = {PM_NS_PER_S, 500 * PM_NS_PER_MS, 250 * PM_NS_PER_MS,
                                       100 * PM_NS_PER_MS};
    const int64_t seconds = schedule_ns / (PM_RUN_INTERVALS_MAX * PM_NS_PER_S) + 1;

    if (seconds > 1)
        return seconds * PM_NS_PER_S;
    for (unsigned i = 0; i < sizeof steps_ns / sizeof steps_ns[0]; i++)
        if (schedule_ns >= SHOWN_BY * steps_ns[i])
            return steps_ns[i];
    return 50 * PM_NS_PER_MS;
}

/* What the page says once nobody writes it any more. */
static int take_page(struct pm_supervisor *self, struct pm_error *error)
{
    const struct pm_control *const page = self->control.page;
    const struct pm_control_child *const engine = &page->child[PM_ROLE_ENGINE];
    const struct pm_control_total total = pm_control_total(page);
    const struct pm_child_memory last = {atomic_load(&engine->own_bytes),
                                         atomic_load(&engine->shared_bytes)};
    struct pm_run *const run = self->run;

    if (last.own_bytes != 0)
        pm_child_saw(&run->child[PM_ROLE_ENGINE], &last);
    run->cpu_before_ns = atomic_load(&page->child[PM_ROLE_ENGINE].cpu_before_ns);
    run->cpu_wait_ns = atomic_load(&page->engine.wait_cpu_ns);
    run->heap.allocated_bytes = atomic_load(&engine->heap_allocated_bytes);
    run->heap.resident_bytes = atomic_load(&engine->heap_resident_bytes);
    run->first_output_ns = atomic_load(&page->engine.first_output_ns);
    run->sent = total.records;
    run->unsent = total.unsent;
    run->marks = total.marks;
    run->read = atomic_load(&page->engine.records_read);
    run->published = atomic_load(&page->engine.rows_published);
    memcpy(run->client, page->client, sizeof run->client);
    int code = 0;
    for (unsigned i = 0; i < page->generators && code == 0; i++)
        code = pm_histogram_merge(run->lateness, self->control.lateness[i], error);
    return code;
}

/* Tells @p each every committed row, from the topic or from the log. */
static int each_row(struct pm_supervisor *self, pm_committed_fn each, void *payload,
                    struct pm_error *error)
{
    char path[PM_CHILD_PATH_SIZE];

    if (self->listener != NULL)
        return pm_listener_each(self->listener, each, payload);
    pm_child_path(path, self->place.path, PM_OUTPUT_FOLDER);
    if (access(path, F_OK) != 0) /* an engine that was killed early has made no output */
        return 0;
    return pm_committed_each(path, self->control.page->run, each, payload, error);
}

static int collect_from(struct pm_supervisor *self, int64_t warmup_ns, struct pm_error *error)
{
    const struct pm_run_config *const config = self->config;
    const struct pm_prepared *const prepared = config->prepared;
    const struct pm_generator_settings *const generator = &prepared->scenario->generator;
    const bool passes_on = pm_engine_is_floor(config->instance->engine);
    const int64_t since_start_ns = self->run->end_ns - self->run->start_ns;
    const int64_t length_ns =
        since_start_ns > prepared->input.last_due_ns ? since_start_ns : prepared->input.last_due_ns;
    const struct pm_collector_config collector_config = {
        .input = &prepared->input,
        .plan = passes_on ? NULL : prepared->plan,
        .oracle = prepared->oracle,
        .start_ns = self->run->start_ns,
        .start_time_ns = generator->start_time_ns,
        .time_scale = generator->schedule != PM_SCHEDULE_TRACE ? generator->time_scale : 0,
        .warmup_ns = warmup_ns,
        .interval_ns = self->run->interval_ns,
        .intervals = (unsigned)(length_ns / self->run->interval_ns) + 1,
        .sampled = config->runner->pace == PM_PACE_SCHEDULE,
    };
    struct pm_collector *collector = NULL;

    int code = pm_collector_open(&collector, &collector_config, error);
    if (code != 0)
        return code;
    const int read_code = each_row(self, pm_collector_row, collector, error);
    code = pm_collector_close(collector, &self->run->collection, read_code == 0 ? error : NULL);
    return read_code != 0 ? read_code : code;
}

/* Records that the engine read in each interval, from the samples; the caller frees. */
static uint64_t *read_by_interval(const struct pm_run *run)
{
    uint64_t *const read = calloc(run->collection.intervals, sizeof *read);
    uint64_t before = 0;

    for (unsigned i = 0; read != NULL && i < run->collection.intervals && i < run->samples; i++) {
        read[i] = run->sample[i].read - before;
        before = run->sample[i].read;
    }
    return read;
}

/* With the rule, a first pass over the output finds where the warm-up ended. */
static int collect(struct pm_supervisor *self, struct pm_error *error)
{
    const struct pm_run_settings *const settings = &self->config->prepared->scenario->run;
    struct pm_run *const run = self->run;
    const int64_t half_ns = self->config->prepared->input.last_due_ns / 2;

    run->warmup_settled = true;
    run->warmup_ns = settings->warmup_ns < half_ns ? settings->warmup_ns : half_ns;
    pm_supervisor_report(self, "collect", pm_clock_ns());
    if (settings->warmup_rule != PM_RUN_WARMUP_STABLE ||
        self->config->runner->pace != PM_PACE_SCHEDULE)
        return collect_from(self, run->warmup_ns, error);

    const int first = collect_from(self, 0, error);
    if (first != 0 && first != PM_EWRONG)
        return first;
    uint64_t *const read = read_by_interval(run);
    const bool live = (self->config->instance->engine->caps & PM_CAP_LIVE) != 0;
    const int settled = pm_collection_settled(&run->collection, live ? read : NULL);
    free(read);
    run->warmup_settled = settled >= 0 && settled * run->interval_ns <= run->warmup_ns;
    if (run->warmup_settled)
        run->warmup_ns = settled * run->interval_ns;
    pm_collection_close(&run->collection);
    return collect_from(self, run->warmup_ns, error);
}

static int write_rows(struct pm_supervisor *self, struct pm_error *error)
{
    return self->config->rows != NULL ? each_row(self, pm_rows_file_add, self->config->rows, error)
                                      : 0;
}

static int open_view(struct pm_live_view *view, struct pm_supervisor *self, struct pm_error *error)
{
    const struct pm_run_config *const config = self->config;
    struct pm_view_figures *const figures = &self->run->view;

    figures->unknown = pm_live_view_unwanted(config->prepared->scenario, config->instance);
    if (figures->unknown != NULL)
        return 0;
    return pm_live_view_open(view, config->runner, config->prepared, config->instance,
                             self->place.path, self->place.dirfd, self->control.page->run, error);
}

/* What a run that was cut short has not made, its view has not either. */
static int finish_view(struct pm_supervisor *self, struct pm_live_view *view,
                       struct pm_error *error)
{
    struct pm_run *const run = self->run;

    if (!view->is_open)
        return 0;
    const int code = pm_live_view_finish(
        view, run->code == 0 ? self->config->prepared->oracle : NULL, &run->view, error);
    int taken = pm_histogram_snapshot(run->view_lag, view->map.lag, NULL);
    if (taken == 0)
        taken = pm_live_view_keep(view, &run->view_data, &run->view_size, code == 0 ? error : NULL);
    return code != 0 ? code : taken;
}

/* Output of a run that has failed is worth a moment, any other what is left of the timeout. */
static int64_t finish_by(const struct pm_supervisor *self)
{
    const int64_t soon_ns = pm_clock_ns() + FINISH_NS;
    const int64_t limit_ns = self->run->start_ns + self->config->prepared->scenario->run.timeout_ns;

    return self->run->code != 0 || limit_ns < soon_ns ? soon_ns : limit_ns;
}

/* From the start to the counted rows; what goes wrong from here on is the run's result. */
static void run_and_collect(struct pm_supervisor *self, struct pm_live_view *view)
{
    struct pm_run *const run = self->run;
    struct pm_error inner = {0};

    pm_supervisor_go(self);
    run->code = pm_supervisor_wait(self, &run->error);
    run->end_ns = pm_clock_ns();
    pm_environment_mark(&run->after);
    pm_supervisor_stop(self);
    pm_supervisor_sample(self, run->end_ns);

    int code = take_page(self, &inner);
    if (code == 0 && self->listener != NULL)
        code = pm_listener_finish(self->listener, finish_by(self), &inner);
    if (code == 0)
        code = collect(self, &inner);
    if (code == 0 || code == PM_EWRONG) {
        struct pm_error rows_error = {0};
        const int written = write_rows(self, &rows_error);
        if (code == 0 && written != 0) {
            code = written;
            inner = rows_error;
        }
    }
    if (run->code == 0 && code != 0) {
        run->code = code;
        run->error = inner;
    }
    code = finish_view(self, view, &inner);
    if (run->code == 0 && code != 0) {
        run->code = code;
        run->error = inner;
    }
}

static int open_run(struct pm_supervisor *self, struct pm_error *error)
{
    const struct pm_histogram_config layout = PM_HISTOGRAM_CONFIG_INIT;
    const struct pm_run_config *const config = self->config;
    struct pm_run *const run = self->run;
    const int64_t longest_ns =
        config->prepared->input.last_due_ns + config->runner->drain_ns + 2 * PM_NS_PER_S;

    *run = (struct pm_run){.child = {[0 ... PM_ROLES - 1] = PM_CHILD_NONE}};
    run->generators = (unsigned)config->prepared->scenario->run.generators;
    run->interval_ns = pm_run_interval_ns(config->prepared->input.last_due_ns);
    self->sample_capacity = (unsigned)(longest_ns / run->interval_ns) + 2;
    run->sample = calloc(self->sample_capacity, sizeof *run->sample);
    if (run->sample == NULL)
        return pm_error_set(error, PM_ENOMEM, "run: out of memory");

    int code = pm_histogram_open(&run->lateness, &layout, error);
    if (code == 0)
        code = pm_histogram_open(&run->hiccup, &layout, error);
    return code != 0 ? code : pm_histogram_open(&run->view_lag, &layout, error);
}

int pm_run_once(struct pm_run *out, const struct pm_run_config *config, struct pm_error *error)
{
    struct pm_supervisor self = {.config = config, .run = out, .place.dirfd = -1};
    struct pm_live_view view = {.is_open = false};
    struct pm_hiccup *hiccup = NULL;
    int code = 0;

    if ((code = open_run(&self, error)) == 0 && (code = pm_supervisor_open(&self, error)) == 0 &&
        (code = open_view(&view, &self, error)) == 0 &&
        (code = pm_supervisor_start(&self, error)) == 0 &&
        (code = pm_live_view_start(&view, error)) == 0 &&
        (code = pm_hiccup_start(&hiccup, out->hiccup, PM_HICCUP_NAP_NS, error)) == 0) {
        run_and_collect(&self, &view);
        code = out->code == PM_EINTERRUPTED ? pm_error_set(error, out->code, "%s", out->error.text)
                                            : 0;
    }
    pm_hiccup_stop(hiccup);
    pm_live_view_close(&view);
    for (unsigned i = 0; i < PM_ROLES; i++)
        pm_child_close(&out->child[i]);
    pm_listener_close(self.listener);
    pm_topics_close(&self.topics);
    pm_control_close(&self.control);
    pm_place_close(&self.place);
    return code;
}

void pm_run_close(struct pm_run *run)
{
    pm_histogram_close(run->lateness);
    pm_histogram_close(run->hiccup);
    pm_histogram_close(run->view_lag);
    free(run->view_data);
    pm_collection_close(&run->collection);
    free(run->sample);
    *run = (struct pm_run){.child = {[0 ... PM_ROLES - 1] = PM_CHILD_NONE}};
}
