/* SPDX-License-Identifier: Apache-2.0 */
/* A run from its private folder to its collection. */
#include "pm_run.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pm_children.h"
#include "pm_committed.h"
#include "pm_hiccup.h"
#include "pm_interrupt.h"
#include "pm_log.h"
#include "pm_place.h"

#define LOOK_NS     (50 * PM_NS_PER_MS)  /* between two looks at counters and memory */
#define PROGRESS_NS (200 * PM_NS_PER_MS) /* between two reports of progress */
#define READY_NS    (60 * PM_NS_PER_S)   /* for a child to open what it needs */
#define AHEAD_NS    (20 * PM_NS_PER_MS)  /* from the word to start until the first instant */
#define LEAVE_NS    (2 * PM_NS_PER_S)    /* from the word to stop until the kill */

/* The supervisor's side of a run in hand. */
struct supervisor {
    const struct pm_run_config *config;
    struct pm_run *run;
    struct pm_place place;
    struct pm_control_map control;
    int64_t sampled_ns, reported_ns; /* when the last sample was kept and progress told */
    unsigned sample_capacity;
};

/* --- before the start ------------------------------------------------------------------------ */

static int create_source(const struct supervisor *self, uint64_t number, struct pm_error *error)
{
    const struct pm_prepared *const prepared = self->config->prepared;
    const struct pm_log_config log = {
        .partitions = prepared->input.partitions,
        .capacity = prepared->source_capacity,
        .durability = (enum pm_durability)prepared->scenario->run.durability,
        .run = number,
    };
    char path[PM_CHILD_PATH_SIZE];

    return pm_log_create(pm_child_path(path, self->place.path, PM_SOURCE_FOLDER), &log, error);
}

static int open_medium(struct supervisor *self, struct pm_error *error)
{
    const struct pm_prepared *const prepared = self->config->prepared;
    const struct pm_run_settings *const settings = &prepared->scenario->run;
    const enum pm_durability durability = (enum pm_durability)settings->durability;
    const uint64_t bytes = pm_prepare_bytes(prepared, (unsigned)settings->parallelism);
    const uint64_t number = (uint64_t)pm_clock_wall_ns();
    int code = 0;

    if (bytes > (uint64_t)settings->max_disk_bytes)
        return pm_error_set(error, PM_EINPUT,
                            "max-disk: the logs take %llu bytes: raise it, or lower rate or "
                            "duration",
                            (unsigned long long)bytes);
    if ((code = pm_place_check(durability, bytes, error)) != 0 ||
        (code = pm_place_open(&self->place, durability, error)) != 0 ||
        (code = pm_control_create(&self->control, self->place.dirfd, number, error)) != 0 ||
        (code = create_source(self, number, error)) != 0)
        return code;
    self->control.page->output_capacity = prepared->output_capacity;
    self->control.page->max_pace = self->config->runner->pace == PM_PACE_MAX ? 1 : 0;
    return pm_publish_file(self->place.dirfd, PM_SCENARIO_FILE, prepared->text.text,
                           prepared->text.used, PM_DURABILITY_NONE, error);
}

static int start_child(struct supervisor *self, enum pm_role role, struct pm_error *error)
{
    char parent[16];
    const bool is_engine = role == PM_ROLE_ENGINE;
    const char *const arguments[] = {
        is_engine ? PM_CHILD_ENGINE : PM_CHILD_GENERATOR,
        self->place.path,
        parent,
        is_engine ? self->config->instance->engine->name : NULL,
        NULL,
    };

    snprintf(parent, sizeof parent, "%d", (int)getpid());
    return pm_child_spawn(&self->run->child[role], arguments, error);
}

/* --- the end of a child ---------------------------------------------------------------------- */

static const char *const role_names[PM_ROLES] = {"generator", "engine"};

/* What the end of a child means: 0 when it came to its end in order. */
static int judge_end(const struct supervisor *self, enum pm_role role, struct pm_error *error)
{
    const struct pm_child *const child = &self->run->child[role];
    const struct pm_control_child *const said = &self->control.page->child[role];
    const int code = atomic_load(&said->code);

    if (child->end_signal != 0)
        return pm_error_set(error, PM_EFAIL, "the %s process was ended by signal %d (%s)",
                            role_names[role], child->end_signal, strsignal(child->end_signal));
    if (code != 0)
        return pm_error_set(error, code, "%s", said->text);
    if (child->exit_code != 0)
        return pm_error_set(error, PM_EFAIL, "the %s process ended with exit code %d",
                            role_names[role], child->exit_code);
    return 0;
}

static void stop_children(struct supervisor *self)
{
    const int64_t until_ns = pm_clock_ns() + LEAVE_NS;

    atomic_store(&self->control.page->stop, true);
    for (unsigned i = 0; i < PM_ROLES; i++)
        pm_child_signal(&self->run->child[i], SIGTERM);
    for (unsigned i = 0; i < PM_ROLES; i++)
        while (!pm_child_ended(&self->run->child[i], PM_NS_PER_MS) && pm_clock_ns() < until_ns)
            ;
    for (unsigned i = 0; i < PM_ROLES; i++)
        pm_child_close(&self->run->child[i]);
}

/* --- while it runs --------------------------------------------------------------------------- */

static void keep_sample(struct supervisor *self, int64_t now_ns)
{
    struct pm_run *const run = self->run;
    const struct pm_control *const page = self->control.page;

    if (run->samples == self->sample_capacity)
        return;
    run->sample[run->samples++] = (struct pm_run_sample){
        .since_start_ns = now_ns - run->start_ns,
        .sent = atomic_load(&page->sent.records),
        .unsent = atomic_load(&page->sent.unsent),
        .read = atomic_load(&page->engine.records_read),
        .published = atomic_load(&page->engine.rows_published),
        .state_bytes = atomic_load(&page->engine.state_bytes),
        .own_bytes = run->child[PM_ROLE_ENGINE].peak.own_bytes,
        .shared_bytes = run->child[PM_ROLE_ENGINE].peak.shared_bytes,
    };
}

static void report(struct supervisor *self, const char *phase, int64_t now_ns)
{
    const struct pm_run_config *const config = self->config;
    const struct pm_control *const page = self->control.page;
    const struct pm_scenario *const scenario = config->prepared->scenario;

    if (config->progress == NULL)
        return;
    const struct pm_progress progress = {
        .phase = phase,
        .scenario = scenario->name,
        .instance = config->instance->name,
        .step = config->step,
        .steps = config->steps,
        .elapsed_ns = self->run->start_ns != 0 ? now_ns - self->run->start_ns : 0,
        .expected_ns = config->prepared->input.last_due_ns,
        .sent = atomic_load(&page->sent.records),
        .read = atomic_load(&page->engine.records_read),
        .published = atomic_load(&page->engine.rows_published),
        .engine_pid =
            self->run->child[PM_ROLE_ENGINE].ended ? 0 : self->run->child[PM_ROLE_ENGINE].pid,
    };
    config->progress(config->payload, &progress);
}

static void look(struct supervisor *self)
{
    const int64_t now_ns = pm_clock_ns();

    pm_child_look(&self->run->child[PM_ROLE_ENGINE]);
    if (self->run->start_ns != 0 && now_ns - self->sampled_ns >= PM_RUN_INTERVAL_NS) {
        self->sampled_ns += PM_RUN_INTERVAL_NS;
        keep_sample(self, now_ns);
    }
    if (now_ns - self->reported_ns >= PROGRESS_NS) {
        self->reported_ns = now_ns;
        report(self, "run", now_ns);
    }
}

/* Sleeps until a child ends, a signal comes or LOOK_NS are over. */
static void wait_a_moment(struct supervisor *self)
{
    struct pollfd waits[PM_ROLES];
    nfds_t count = 0;

    for (unsigned i = 0; i < PM_ROLES; i++)
        if (!self->run->child[i].ended)
            waits[count++] = (struct pollfd){.fd = self->run->child[i].pidfd, .events = POLLIN};
    poll(waits, count, (int)(LOOK_NS / PM_NS_PER_MS));
    for (unsigned i = 0; i < PM_ROLES; i++)
        pm_child_ended(&self->run->child[i], 0);
}

static int await_ready(struct supervisor *self, enum pm_role role, struct pm_error *error)
{
    const int64_t until_ns = pm_clock_ns() + READY_NS;
    const struct pm_control_child *const said = &self->control.page->child[role];

    while (atomic_load(&said->ready) == 0) {
        if (pm_interrupt_asked())
            return pm_error_set(error, PM_EINTERRUPTED, "interrupted before the start");
        if (pm_child_ended(&self->run->child[role], PM_NS_PER_MS)) {
            const int code = judge_end(self, role, error);

            return code != 0 ? code
                             : pm_error_set(error, PM_EFAIL, "the %s process left before the start",
                                            role_names[role]);
        }
        if (pm_clock_ns() > until_ns)
            return pm_error_set(error, PM_ETIMEOUT, "the %s process was not ready in time",
                                role_names[role]);
    }
    return 0;
}

static int check_times(const struct supervisor *self, struct pm_error *error)
{
    const struct pm_run_config *const config = self->config;
    const int64_t since_ns = pm_clock_ns() - self->run->start_ns;
    const int64_t timeout_ns = config->prepared->scenario->run.timeout_ns;
    const bool paced = config->runner->pace == PM_PACE_SCHEDULE;

    if (since_ns > timeout_ns)
        return pm_error_set(error, PM_ETIMEOUT, "timeout: the run took longer than %lld s",
                            (long long)(timeout_ns / PM_NS_PER_S));
    if (paced && since_ns > config->prepared->input.last_due_ns + config->runner->drain_ns)
        return pm_error_set(
            error, PM_ETIMEOUT, "drain: engine %s was not done %lld s after the last record",
            config->instance->name, (long long)(config->runner->drain_ns / PM_NS_PER_S));
    return 0;
}

/* Until the engine has ended. A failed generator ends the run: the engine would wait for ever. */
static int supervise(struct supervisor *self, struct pm_error *error)
{
    struct pm_run *const run = self->run;

    while (!run->child[PM_ROLE_ENGINE].ended) {
        int code = 0;

        wait_a_moment(self);
        look(self);
        if (pm_interrupt_asked()) {
            run->interrupted = true;
            return pm_error_set(error, PM_EINTERRUPTED, "interrupted; partial results are kept");
        }
        if ((run->child[PM_ROLE_GENERATOR].ended &&
             (code = judge_end(self, PM_ROLE_GENERATOR, error)) != 0) ||
            (code = check_times(self, error)) != 0)
            return code;
    }
    return judge_end(self, PM_ROLE_ENGINE, error);
}

/* --- the run --------------------------------------------------------------------------------- */

/* At the largest pace the generator writes all before the engine is told to start. */
static int await_preload(struct supervisor *self, struct pm_error *error)
{
    struct pm_child *const generator = &self->run->child[PM_ROLE_GENERATOR];

    if (self->config->runner->pace != PM_PACE_MAX)
        return 0;
    while (!pm_child_ended(generator, LOOK_NS))
        if (pm_interrupt_asked())
            return pm_error_set(error, PM_EINTERRUPTED, "interrupted before the start");
    return judge_end(self, PM_ROLE_GENERATOR, error);
}

static int start_all(struct supervisor *self, struct pm_error *error)
{
    int code = 0;

    report(self, "start", pm_clock_ns());
    if ((code = start_child(self, PM_ROLE_GENERATOR, error)) != 0 ||
        (code = start_child(self, PM_ROLE_ENGINE, error)) != 0 ||
        (code = await_ready(self, PM_ROLE_GENERATOR, error)) != 0 ||
        (code = await_ready(self, PM_ROLE_ENGINE, error)) != 0)
        return code;
    return await_preload(self, error);
}

static void go(struct supervisor *self)
{
    struct pm_run *const run = self->run;

    pm_environment_mark(&run->before);
    run->start_ns = pm_clock_ns() + AHEAD_NS;
    self->sampled_ns = run->start_ns;
    atomic_store(&self->control.page->start_ns, run->start_ns);
}

/* What the page says once nobody writes it any more. */
static int take_page(struct supervisor *self, struct pm_error *error)
{
    const struct pm_control *const page = self->control.page;
    const struct pm_control_child *const engine = &page->child[PM_ROLE_ENGINE];
    const struct pm_child_memory last = {atomic_load(&engine->own_bytes),
                                         atomic_load(&engine->shared_bytes)};
    struct pm_run *const run = self->run;

    if (last.own_bytes != 0)
        pm_child_saw(&run->child[PM_ROLE_ENGINE], &last);
    run->cpu_before_ns = atomic_load(&page->child[PM_ROLE_ENGINE].cpu_before_ns);
    run->cpu_wait_ns = atomic_load(&page->engine.wait_cpu_ns);
    run->first_output_ns = atomic_load(&page->engine.first_output_ns);
    run->sent = atomic_load(&page->sent.records);
    run->unsent = atomic_load(&page->sent.unsent);
    run->read = atomic_load(&page->engine.records_read);
    run->published = atomic_load(&page->engine.rows_published);
    return pm_histogram_snapshot(run->lateness, self->control.lateness, error);
}

static int collect_from(struct supervisor *self, int64_t warmup_ns, struct pm_error *error)
{
    const struct pm_run_config *const config = self->config;
    const struct pm_prepared *const prepared = config->prepared;
    const bool plans = (config->instance->engine->caps & PM_CAP_PLANS) != 0;
    const int64_t seconds = prepared->input.last_due_ns / PM_RUN_INTERVAL_NS + 1;
    const struct pm_collector_config collector_config = {
        .input = &prepared->input,
        .plan = plans ? prepared->plan : NULL,
        .oracle = prepared->oracle,
        .start_ns = self->run->start_ns,
        .start_time_ns = prepared->scenario->generator.start_time_ns,
        .time_scale = prepared->scenario->generator.time_scale,
        .warmup_ns = warmup_ns,
        .interval_ns = PM_RUN_INTERVAL_NS,
        .intervals = seconds < PM_RUN_INTERVALS_MAX ? (unsigned)seconds : PM_RUN_INTERVALS_MAX,
        .sampled = config->runner->pace == PM_PACE_SCHEDULE,
    };
    char path[PM_CHILD_PATH_SIZE];
    struct pm_collector *collector = NULL;
    int read_code = 0;

    int code = pm_collector_open(&collector, &collector_config, error);
    if (code != 0)
        return code;
    pm_child_path(path, self->place.path, PM_OUTPUT_FOLDER);
    if (access(path, F_OK) == 0) /* an engine that was killed early has made no output */
        read_code =
            pm_committed_each(path, self->control.page->run, pm_collector_row, collector, error);
    code = pm_collector_close(collector, &self->run->collection, read_code == 0 ? error : NULL);
    return read_code != 0 ? read_code : code;
}

/* With the rule, a first pass over the output finds where the warm-up ended. */
static int collect(struct supervisor *self, struct pm_error *error)
{
    const struct pm_run_settings *const settings = &self->config->prepared->scenario->run;
    struct pm_run *const run = self->run;
    const int64_t half_ns = self->config->prepared->input.last_due_ns / 2;

    run->warmup_settled = true;
    run->warmup_ns = settings->warmup_ns < half_ns ? settings->warmup_ns : half_ns;
    report(self, "collect", pm_clock_ns());
    if (settings->warmup_rule != PM_RUN_WARMUP_STABLE ||
        self->config->runner->pace != PM_PACE_SCHEDULE)
        return collect_from(self, run->warmup_ns, error);

    const int first = collect_from(self, 0, error);
    if (first != 0 && first != PM_EWRONG)
        return first;
    const int settled = pm_collection_settled(&run->collection);
    run->warmup_settled = settled >= 0 && settled * PM_RUN_INTERVAL_NS <= run->warmup_ns;
    if (run->warmup_settled)
        run->warmup_ns = settled * PM_RUN_INTERVAL_NS;
    pm_collection_close(&run->collection);
    return collect_from(self, run->warmup_ns, error);
}

/* From the start to the counted rows; what goes wrong from here on is the run's result. */
static void run_and_collect(struct supervisor *self)
{
    struct pm_run *const run = self->run;
    struct pm_error inner = {0};

    go(self);
    run->code = supervise(self, &run->error);
    run->end_ns = pm_clock_ns();
    pm_environment_mark(&run->after);
    stop_children(self);
    keep_sample(self, run->end_ns);

    int code = take_page(self, &inner);
    if (code == 0)
        code = collect(self, &inner);
    if (run->code == 0 && code != 0) {
        run->code = code;
        run->error = inner;
    }
}

static int open_run(struct supervisor *self, struct pm_error *error)
{
    const struct pm_histogram_config layout = PM_HISTOGRAM_CONFIG_INIT;
    const struct pm_run_config *const config = self->config;
    struct pm_run *const run = self->run;
    const int64_t longest_ns =
        config->prepared->input.last_due_ns + config->runner->drain_ns + 2 * PM_NS_PER_S;

    *run = (struct pm_run){.child = {PM_CHILD_NONE, PM_CHILD_NONE}};
    self->sample_capacity = (unsigned)(longest_ns / PM_RUN_INTERVAL_NS) + 2;
    run->sample = calloc(self->sample_capacity, sizeof *run->sample);
    if (run->sample == NULL)
        return pm_error_set(error, PM_ENOMEM, "run: out of memory");

    const int code = pm_histogram_open(&run->lateness, &layout, error);
    return code != 0 ? code : pm_histogram_open(&run->hiccup, &layout, error);
}

int pm_run_once(struct pm_run *out, const struct pm_run_config *config, struct pm_error *error)
{
    struct supervisor self = {.config = config, .run = out, .place.dirfd = -1};
    struct pm_hiccup *hiccup = NULL;
    int code = 0;

    if ((code = open_run(&self, error)) == 0 && (code = open_medium(&self, error)) == 0 &&
        (code = start_all(&self, error)) == 0 &&
        (code = pm_hiccup_start(&hiccup, out->hiccup, PM_HICCUP_NAP_NS, error)) == 0) {
        run_and_collect(&self);
        code = out->code == PM_EINTERRUPTED ? pm_error_set(error, out->code, "%s", out->error.text)
                                            : 0;
    }
    pm_hiccup_stop(hiccup);
    for (unsigned i = 0; i < PM_ROLES; i++)
        pm_child_close(&out->child[i]);
    pm_control_close(&self.control);
    pm_place_close(&self.place);
    return code;
}

void pm_run_close(struct pm_run *run)
{
    pm_histogram_close(run->lateness);
    pm_histogram_close(run->hiccup);
    pm_collection_close(&run->collection);
    free(run->sample);
    *run = (struct pm_run){.child = {PM_CHILD_NONE, PM_CHILD_NONE}};
}
