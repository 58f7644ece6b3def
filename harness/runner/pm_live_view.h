/* SPDX-License-Identifier: Apache-2.0 */
/* The view of a run: a process that keeps it, a reader that looks on, and what both showed. */
#ifndef PM_LIVE_VIEW_H
#define PM_LIVE_VIEW_H

#include "pm_child.h"
#include "pm_oracle.h"
#include "pm_prepare.h"
#include "pm_row.h"
#include "pm_runner.h"
#include "pm_view_follow.h"
#include "pm_view_watch.h"

/** Zeroed: the run has none. Texts are borrowed. Must not be copied once it is open. */
struct pm_live_view {
    bool is_open, is_kept;
    const char *private_folder;    /* the committed output lies there */
    char place[PM_LIVE_VIEW_SIZE]; /* and below it the view */
    char path[PM_LIVE_VIEW_SIZE];  /* the name in the results folder that it is read under */
    const char *scenario, *instance;
    uint64_t run;
    struct pm_view_map map;
    struct pm_view_tables tables;
    struct pm_child child;
    struct pm_view_watch *watch;
};

/** Why a run of @p instance has no view, or NULL when it has one. */
const char *pm_live_view_unwanted(const struct pm_scenario *scenario,
                                  const struct pm_instance *instance);

/**
 * Make an empty view in the private folder @p dirfd (called @p folder) of run number @p run, where
 * its writes meet no disk, and what its keeper is told; and have "<results>/live/<scenario>-
 * <instance>.db" point there: the newest run has the name. Errors: PM_EIO, PM_EINPUT (the name of
 * the results folder is too long), PM_ENOMEM. What was made is closed by the caller.
 */
int pm_live_view_open(struct pm_live_view *out, const struct pm_runner_config *config,
                      const struct pm_prepared *prepared, const struct pm_instance *instance,
                      const char *folder, int dirfd, uint64_t run, struct pm_error *error);

/** Start the process that keeps the view, at idle priority, and the thread that reads it. Nothing
 * when it is not open. Errors: PM_EFAIL. */
int pm_live_view_start(struct pm_live_view *view, struct pm_error *error);

/**
 * Once the engine has ended: have the keeper leave, whatever it has reached (also where it was
 * killed), apply here what is missing, look a last time, and judge: the states seen against
 * committed output, and where @p oracle is not NULL the end against it. @p out is filled as far as
 * it goes. Errors: PM_EWRONG (torn, incomplete, or another end), and those of the parts.
 */
int pm_live_view_finish(struct pm_live_view *view, const struct pm_oracle *oracle,
                        struct pm_view_figures *out, struct pm_error *error);

/**
 * Put a copy of the view, one file, in the place of the name that pointed to it, and read it into
 * *data, which the caller frees; NULL where there is no view. Errors: PM_EIO, PM_ENOMEM.
 */
int pm_live_view_keep(struct pm_live_view *view, void **data, size_t *size, struct pm_error *error);

void pm_live_view_close(struct pm_live_view *view); /* accepts a zeroed one */

#endif
