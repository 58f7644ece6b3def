/* SPDX-License-Identifier: Apache-2.0 */
/* Folder, process and reader of a view; its end is made and judged by the supervisor. */
#include "pm_live_view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pm_children.h"
#include "pm_view_check.h"

#define LIVE     "live" /* below the results */
#define PLACE    "view" /* below the private folder */
#define HIDDEN   ".view-"
#define LEAVE_NS (2 * PM_NS_PER_S) /* for the keeper to end its transaction */

const char *pm_live_view_unwanted(const struct pm_scenario *scenario,
                                  const struct pm_instance *instance)
{
    if (scenario->run.view == PM_RUN_VIEW_NONE)
        return "view: none";
    if ((instance->engine->caps & PM_CAP_PLANS) == 0)
        return "the engine passes on what it reads";
    if (scenario->run.transport != PM_RUN_EMBEDDED)
        return "a topic at at-most-once has no commits of more than one row";
    return NULL;
}

/* --- the start -------------------------------------------------------------------------------- */

static int name_places(struct pm_live_view *view, const char *results, struct pm_error *error)
{
    const int path = snprintf(view->path, sizeof view->path, "%s/" LIVE "/%s-%s.db", results,
                              view->scenario, view->instance);

    snprintf(view->place, sizeof view->place, "%s/" PLACE, view->private_folder);
    return path < (int)(sizeof view->path - sizeof HIDDEN)
               ? 0
               : pm_error_set(error, PM_EINPUT, "view: the results folder's name is too long");
}

/* A name beside view->path that nobody looks at: what is made under it appears by a rename. */
static void name_hidden(char hidden[PM_LIVE_VIEW_SIZE], const struct pm_live_view *view)
{
    const char *const name = strrchr(view->path, '/') + 1;

    snprintf(hidden, PM_LIVE_VIEW_SIZE, "%.*s" HIDDEN "%d", (int)(name - view->path), view->path,
             (int)getpid());
}

static int publish(const struct pm_live_view *view, const char *hidden, struct pm_error *error)
{
    if (rename(hidden, view->path) == 0)
        return 0;
    pm_error_errno(error, PM_EIO, "%.150s: cannot be published", view->path);
    unlink(hidden);
    return PM_EIO;
}

/* The name in the results folder, whatever had it before. */
static int point_there(const struct pm_live_view *view, const char *results, struct pm_error *error)
{
    char live[PM_LIVE_VIEW_SIZE];
    char target[PM_LIVE_VIEW_SIZE + sizeof PM_SQLITE_FILE];
    char hidden[PM_LIVE_VIEW_SIZE];
    int code = 0;

    snprintf(live, sizeof live, "%s/" LIVE, results);
    snprintf(target, sizeof target, "%s/" PM_SQLITE_FILE, view->place);
    if ((code = pm_publish_folder(results, error)) != 0 ||
        (code = pm_publish_folder(live, error)) != 0)
        return code;
    name_hidden(hidden, view);
    unlink(hidden);
    if (symlink(target, hidden) != 0)
        return pm_error_errno(error, PM_EIO, "%.150s: cannot be made", hidden);
    return publish(view, hidden, error);
}

static struct pm_view_follow_config follow_config(struct pm_live_view *view, const char *output)
{
    return (struct pm_view_follow_config){
        .output = output,
        .place = view->place,
        .run = view->run,
        .tables = &view->tables,
        .scenario = view->scenario,
        .instance = view->instance,
        .map = &view->map,
    };
}

int pm_live_view_open(struct pm_live_view *out, const struct pm_runner_config *config,
                      const struct pm_prepared *prepared, const struct pm_instance *instance,
                      const char *folder, int dirfd, uint64_t run, struct pm_error *error)
{
    *out = (struct pm_live_view){
        .is_open = true,
        .private_folder = folder,
        .scenario = config->scenario->name,
        .instance = instance->name,
        .run = run,
        .child = PM_CHILD_NONE,
    };
    int code = name_places(out, config->results, error);

    if (code != 0 || (code = pm_publish_folder(out->place, error)) != 0)
        return code;
    pm_view_tables_of(&out->tables, prepared->plan);
    const struct pm_view_follow_config follow = follow_config(out, NULL);
    if ((code = pm_view_page_create(&out->map, dirfd, error)) != 0 ||
        (code = pm_view_follow_make(&follow, error)) != 0 ||
        (code = point_there(out, config->results, error)) != 0)
        return code;
    return pm_view_watch_open(&out->watch, &out->tables, out->place, error);
}

int pm_live_view_start(struct pm_live_view *view, struct pm_error *error)
{
    char parent[16];
    const char *const arguments[] = {PM_CHILD_VIEW, view->private_folder, parent,
                                     view->place,   view->instance,       NULL};

    if (!view->is_open)
        return 0;
    snprintf(parent, sizeof parent, "%d", (int)getpid());
    const int code = pm_child_spawn(&view->child, arguments, error);
    return code != 0 ? code : pm_view_watch_start(view->watch, error);
}

/* --- the end --------------------------------------------------------------------------------- */

/* A keeper that was killed, or that the machine gave no time, has left a view that goes on here. */
static int catch_up(struct pm_live_view *view, const char *output, struct pm_error *error)
{
    const struct pm_view_follow_config config = follow_config(view, output);
    struct pm_view_follow *follow = NULL;
    int code = pm_view_follow_open(&follow, &config, error);

    if (code == 0)
        do
            code = pm_view_follow_step(follow, error);
        while (code > 0);
    pm_view_follow_close(follow);
    return code;
}

static void take_figures(const struct pm_live_view *view, struct pm_view_figures *out)
{
    const struct pm_view_page *const page = view->map.page;

    memcpy(out->path, view->path, sizeof out->path);
    out->commits = atomic_load(&page->commits);
    out->rows = atomic_load(&page->rows);
    out->transactions = atomic_load(&page->transactions);
    out->reads = pm_view_watch_reads(view->watch);
    out->states = pm_view_watch_states(view->watch);
    out->cpu_s = pm_figure_of((double)view->child.cpu_ns / 1e9);
}

static int judge(struct pm_live_view *view, const char *output, const struct pm_oracle *oracle,
                 struct pm_view_figures *out, struct pm_error *error)
{
    struct pm_view_verdict verdict;
    struct pm_oracle_verdict end;

    int code = pm_view_check(&verdict, view->watch, &view->tables, output, view->run, error);
    if (code != 0)
        return code;
    out->torn = verdict.torn;
    if (verdict.torn != 0)
        return pm_error_set(error, PM_EWRONG, "view: a reader saw part of a commit: %s",
                            verdict.example);
    if (!verdict.complete)
        return pm_error_set(error, PM_EWRONG, "view: it ends without the last commit");
    if (oracle == NULL)
        return 0;
    code = pm_view_check_end(&end, oracle, &view->tables, view->place, error);
    if (code == 0 || code == PM_EWRONG)
        out->end = code == 0 ? PM_ORACLE_EQUAL : PM_ORACLE_DIFFERS;
    return code;
}

int pm_live_view_finish(struct pm_live_view *view, const struct pm_oracle *oracle,
                        struct pm_view_figures *out, struct pm_error *error)
{
    char output[PM_CHILD_PATH_SIZE];
    int code = 0;

    atomic_store(&view->map.page->stop, true);
    (void)pm_child_ended(&view->child, LEAVE_NS);
    pm_child_close(&view->child);
    pm_child_path(output, view->private_folder, PM_OUTPUT_FOLDER);
    if (access(output, F_OK) != 0) { /* an engine that was ended early has made no output */
        out->unknown = "there was no output";
        return 0;
    }
    code = catch_up(view, output, error);
    const int watched = pm_view_watch_stop(view->watch, code == 0 ? error : NULL);
    if (code == 0)
        code = watched;
    if (code == 0)
        code = pm_view_watch_look(view->watch, error);
    take_figures(view, out);
    return code != 0 ? code : judge(view, output, oracle, out, error);
}

/* A run that left no view leaves no name for one, unless another run has it now. */
static void forget_name(const struct pm_live_view *view)
{
    char target[PM_LIVE_VIEW_SIZE];
    const ssize_t size = readlink(view->path, target, sizeof target);
    const size_t place = strlen(view->place);

    if (size > (ssize_t)place && memcmp(target, view->place, place) == 0)
        unlink(view->path);
}

void pm_live_view_close(struct pm_live_view *view)
{
    if (!view->is_open)
        return;
    if (!view->is_kept)
        forget_name(view);
    pm_child_close(&view->child);
    pm_view_watch_close(view->watch);
    pm_view_page_close(&view->map);
    *view = (struct pm_live_view){.is_open = false};
}

/* --- the copy that the result keeps ---------------------------------------------------------- */

static int read_file(const char *path, void **data, size_t *size, struct pm_error *error)
{
    struct stat status;
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t got = -1;

    if (fd >= 0 && fstat(fd, &status) == 0) {
        *size = (size_t)status.st_size;
        *data = malloc(*size + 1);
        got = *data != NULL ? pread(fd, *data, *size, 0) : -1;
    }
    if (fd >= 0)
        close(fd);
    if (got >= 0 && (size_t)got == *size)
        return 0;
    free(*data);
    *data = NULL;
    return pm_error_errno(error, PM_EIO, "%.150s: cannot be read", path);
}

/* A connection of its own: the tables need not be known to copy them. */
static int copy_to(const struct pm_live_view *view, const char *path, struct pm_error *error)
{
    const char *const none[] = {NULL};
    const struct pm_sqlite_view_config config = {.place = view->place, .outputs = none};
    struct pm_sqlite_view *from = NULL;

    int code = pm_sqlite_view_open(&from, &config, error);
    if (code == 0)
        code = pm_sqlite_view_copy(from, path, error);
    pm_sqlite_view_close(from);
    return code;
}

int pm_live_view_keep(struct pm_live_view *view, void **data, size_t *size, struct pm_error *error)
{
    char hidden[PM_LIVE_VIEW_SIZE];

    *data = NULL;
    *size = 0;
    if (!view->is_open)
        return 0;
    name_hidden(hidden, view);
    unlink(hidden);
    int code = copy_to(view, hidden, error);
    if (code == 0)
        code = read_file(hidden, data, size, error);
    if (code == 0)
        code = publish(view, hidden, error);
    view->is_kept = code == 0;
    return code;
}
