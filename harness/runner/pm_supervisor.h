/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor's side of a run in hand: private folder, control page, children. */
#ifndef PM_SUPERVISOR_H
#define PM_SUPERVISOR_H

#include "pm_listener.h"
#include "pm_place.h"
#include "pm_run.h"

/** Filled by whoever runs: config, run and sample_capacity before the open. */
struct pm_supervisor {
    const struct pm_run_config *config;
    struct pm_run *run;
    struct pm_place place;
    struct pm_control_map control;
    struct pm_topics topics;         /* of transport kafka */
    struct pm_listener *listener;    /* on their output; NULL: the output is a log */
    int64_t sampled_ns, reported_ns; /* when the last sample was kept and progress told */
    unsigned sample_capacity;
};

/** Check the room, make the private folder, the control page, the source log (or the topics and
 * their listener) and the scenario's file. Errors: PM_EINPUT (max-disk), PM_EIO with the remedy.
 * What was made is closed by the caller. */
int pm_supervisor_open(struct pm_supervisor *self, struct pm_error *error);

/** Start the children and wait until they are ready; at the largest pace, until the input is
 * written. Errors: what a child ended with, PM_ETIMEOUT, PM_EINTERRUPTED. */
int pm_supervisor_start(struct pm_supervisor *self, struct pm_error *error);

/** Fix the schedule's first instant, a moment ahead, and give the word. */
void pm_supervisor_go(struct pm_supervisor *self);

/**
 * Watch until the engine has ended, keeping samples and telling progress. A generator that fails
 * ends the run: the engine would wait for ever. 0, or what the run ended with (PM_EINTERRUPTED,
 * PM_ETIMEOUT, a child's error); children may still live.
 */
int pm_supervisor_wait(struct pm_supervisor *self, struct pm_error *error);

/** Ask the children to leave, kill those that do not, take their ends. */
void pm_supervisor_stop(struct pm_supervisor *self);

/** Keep a sample of the counters as they are @p now_ns. */
void pm_supervisor_sample(struct pm_supervisor *self, int64_t now_ns);

/** Tell progress. */
void pm_supervisor_report(struct pm_supervisor *self, const char *phase, int64_t now_ns);

#endif
