/* SPDX-License-Identifier: Apache-2.0 */
/* States of a view, one behind the other, and the thread that gathers them. */
#include "pm_view_watch.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "pm_clock.h"
#include "pm_log.h"

#define PAUSE_NS_MIN (10 * PM_NS_PER_MS)
#define PAUSE_NS_MAX (500 * PM_NS_PER_MS)
#define PAUSES       9 /* for one look */

struct seen {
    size_t first; /* of its commits among all */
    unsigned count;
    struct pm_digest content;
};

struct pm_view_watch {
    const struct pm_view_tables *tables;
    struct pm_sqlite_view_config config;
    struct pm_sqlite_view *view; /* NULL: not there yet */
    uint64_t reads;
    struct seen *seen;
    size_t states, state_capacity;
    struct pm_sqlite_commit *commits; /* of all states; room for a whole one behind the last */
    size_t used, capacity;
    pthread_t thread;
    bool running;
    atomic_bool stop;
    struct pm_error error; /* what the thread ended with */
};

int pm_view_watch_open(struct pm_view_watch **out, const struct pm_view_tables *tables,
                       const char *place, struct pm_error *error)
{
    struct pm_view_watch *const watch = calloc(1, sizeof *watch);

    if (watch == NULL)
        return pm_error_set(error, PM_ENOMEM, "view: out of memory");
    watch->tables = tables;
    watch->config = pm_view_tables_config(tables, place);
    *out = watch;
    return 0;
}

void pm_view_watch_close(struct pm_view_watch *watch)
{
    if (watch == NULL)
        return;
    (void)pm_view_watch_stop(watch, NULL);
    pm_sqlite_view_close(watch->view);
    free(watch->seen);
    free(watch->commits);
    free(watch);
}

/* --- a look ----------------------------------------------------------------------------------- */

static int make_room(struct pm_view_watch *watch)
{
    if (watch->capacity - watch->used < PM_LOG_PARTITIONS_MAX) {
        const size_t larger = 2 * watch->capacity + PM_LOG_PARTITIONS_MAX;
        struct pm_sqlite_commit *const list = realloc(watch->commits, larger * sizeof *list);
        if (list == NULL)
            return PM_ENOMEM;
        watch->commits = list;
        watch->capacity = larger;
    }
    if (watch->states == watch->state_capacity) {
        const size_t larger = 2 * watch->state_capacity + 64;
        struct seen *const list = realloc(watch->seen, larger * sizeof *list);
        if (list == NULL)
            return PM_ENOMEM;
        watch->seen = list;
        watch->state_capacity = larger;
    }
    return 0;
}

struct sum {
    const struct pm_view_tables *tables;
    struct pm_digest content;
};

static int add_row(void *payload, const struct pm_record *row, const struct pm_bytes *bytes)
{
    struct sum *const sum = payload;

    pm_view_tables_add(sum->tables, &sum->content, row, bytes);
    return 0;
}

static bool same_commits(const struct pm_sqlite_commit *a, const struct pm_sqlite_commit *b,
                         unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (a[i].writer != b[i].writer || a[i].run != b[i].run || a[i].epoch != b[i].epoch)
            return false;
    return true;
}

/* The state that was read stands behind the last one; it is kept where it is another. */
static void keep(struct pm_view_watch *watch, unsigned count, const struct pm_digest *content)
{
    const struct seen *const last = watch->states != 0 ? &watch->seen[watch->states - 1] : NULL;

    watch->reads++;
    if (last != NULL && last->count == count && pm_view_tables_equal(&last->content, content) &&
        same_commits(&watch->commits[last->first], &watch->commits[watch->used], count))
        return;
    watch->seen[watch->states++] = (struct seen){watch->used, count, *content};
    watch->used += count;
}

int pm_view_watch_look(struct pm_view_watch *watch, struct pm_error *error)
{
    struct sum sum = {.tables = watch->tables};
    unsigned count = 0;
    int code = make_room(watch);

    if (code != 0)
        return pm_error_set(error, code, "view: out of memory");
    if (watch->view == NULL)
        code = pm_sqlite_view_open(&watch->view, &watch->config, error);
    if (code == 0)
        code = pm_sqlite_view_read(watch->view, watch->commits + watch->used, PM_LOG_PARTITIONS_MAX,
                                   &count, add_row, &sum, error);
    if (code == 0)
        keep(watch, count, &sum.content);
    return code;
}

/* --- the thread ------------------------------------------------------------------------------- */

static void pause_after(const struct pm_view_watch *watch, int64_t look_ns)
{
    int64_t pause_ns = PAUSES * look_ns;

    pause_ns = pause_ns < PAUSE_NS_MIN ? PAUSE_NS_MIN : pause_ns;
    pause_ns = pause_ns > PAUSE_NS_MAX ? PAUSE_NS_MAX : pause_ns;
    const int64_t until_ns = pm_clock_ns() + pause_ns;
    while (!atomic_load(&watch->stop) && pm_clock_ns() < until_ns)
        pm_clock_sleep_until(pm_clock_ns() + PAUSE_NS_MIN);
}

static void *look_on(void *payload)
{
    struct pm_view_watch *const watch = payload;
    const struct sched_param lowest = {0};
    int code = 0;

    sched_setscheduler(0, SCHED_IDLE, &lowest); /* of this thread; refused, it is only less kind */
    while ((code == 0 || code == PM_EBUSY) && !atomic_load(&watch->stop)) {
        const int64_t begin_ns = pm_clock_ns();
        code = pm_view_watch_look(watch, &watch->error);
        pause_after(watch, pm_clock_ns() - begin_ns);
    }
    if (code == 0 || code == PM_EBUSY)
        watch->error = (struct pm_error){0};
    return NULL;
}

int pm_view_watch_start(struct pm_view_watch *watch, struct pm_error *error)
{
    errno = pthread_create(&watch->thread, NULL, look_on, watch);
    if (errno != 0)
        return pm_error_errno(error, PM_EFAIL, "view: no thread to read it");
    watch->running = true;
    return 0;
}

int pm_view_watch_stop(struct pm_view_watch *watch, struct pm_error *error)
{
    if (watch->running) {
        atomic_store(&watch->stop, true);
        pthread_join(watch->thread, NULL);
        watch->running = false;
    }
    if (watch->error.code != 0 && error != NULL)
        *error = watch->error;
    return watch->error.code;
}

uint64_t pm_view_watch_reads(const struct pm_view_watch *watch)
{
    return watch->reads;
}

uint64_t pm_view_watch_states(const struct pm_view_watch *watch)
{
    return watch->states;
}

struct pm_view_state pm_view_watch_state(const struct pm_view_watch *watch, uint64_t at)
{
    const struct seen *const seen = &watch->seen[at];

    return (struct pm_view_state){watch->commits + seen->first, seen->count, seen->content};
}
