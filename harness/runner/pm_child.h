/* SPDX-License-Identifier: Apache-2.0 */
/* A child process of the supervisor: started, watched and killed by its pidfd, never by a name. */
#ifndef PM_CHILD_H
#define PM_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "pm_error.h"

/** Resident memory of a process. */
struct pm_child_memory {
    int64_t own_bytes;    /* anonymous and file pages */
    int64_t shared_bytes; /* shared memory: logs, the control page */
};

/** A started child. pidfd is -1 before the start and after the close. */
struct pm_child {
    pid_t pid;
    int pidfd;
    bool ended;
    int exit_code;               /* of a child that ended by itself; -1 otherwise */
    int end_signal;              /* that ended it; 0 otherwise */
    int64_t cpu_ns;              /* user and system, all threads; 0 until it ended */
    struct pm_child_memory peak; /* the largest of each that was seen */
    bool memory_seen;            /* false: it ended before the first look */
};

#define PM_CHILD_NONE                                                                              \
    {                                                                                              \
        .pid = -1, .pidfd = -1, .exit_code = -1                                                    \
    }

#define PM_CHILD_ARGUMENTS_MAX 8u

/**
 * Start this very executable with @p arguments (NULL-terminated, at most PM_CHILD_ARGUMENTS_MAX)
 * behind its path, in a process group of its own so that a terminal's Ctrl-C reaches the supervisor
 * alone; standard input is /dev/null, standard output goes to standard error, all else is closed.
 * Signals have their default actions. Errors: PM_EFAIL.
 */
int pm_child_spawn(struct pm_child *out, const char *const *arguments, struct pm_error *error);

/**
 * In the child, first of all: die with @p parent (PR_SET_PDEATHSIG), dump no core, and leave at
 * once when the parent has gone already. Errors: PM_EFAIL.
 */
int pm_child_enter(pid_t parent, struct pm_error *error);

/**
 * Take the end of @p child if it has ended, waiting at most @p timeout_ns (0: not at all). Returns
 * whether it has; then exit code or signal and CPU time are filled. Waits without reaping others.
 */
bool pm_child_ended(struct pm_child *child, int64_t timeout_ns);

/** Send @p signal by the pidfd; nothing when it has ended. */
void pm_child_signal(const struct pm_child *child, int signal);

/** The memory of process @p pid now; false when it has none any more. Cost: about 20 us (/proc). */
bool pm_child_memory(pid_t pid, struct pm_child_memory *out);

/** Keep what is larger of @p memory and the child's peak. */
void pm_child_saw(struct pm_child *child, const struct pm_child_memory *memory);

/** Look at the child's memory now and keep the peaks. */
void pm_child_look(struct pm_child *child);

/** Kill it if it lives, take its end, close the pidfd. Accepts PM_CHILD_NONE. */
void pm_child_close(struct pm_child *child);

#endif
