/* SPDX-License-Identifier: Apache-2.0 */
/* Ctrl-C while a comparison runs: the first asks to end in order, the second ends at once. */
#ifndef PM_INTERRUPT_H
#define PM_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/** The handlers that stood before. */
struct pm_interrupt {
    struct sigaction interrupt, terminate;
};

/** Handle SIGINT and SIGTERM from here on; nothing is asked yet. One at a time in a process. */
void pm_interrupt_open(struct pm_interrupt *out);

/** True once a signal has come; system calls that wait have then returned EINTR. */
bool pm_interrupt_asked(void);

/** Put back what stood before. */
void pm_interrupt_close(const struct pm_interrupt *before);

#endif
