/* SPDX-License-Identifier: Apache-2.0 */
/* A flag set by the first signal; children die with the supervisor when a second one ends it. */
#include "pm_interrupt.h"

#include <unistd.h>

#define EXIT_INTERRUPTED 130

static volatile sig_atomic_t asked;

static void on_signal(int number)
{
    (void)number;
    if (asked)
        _exit(EXIT_INTERRUPTED);
    asked = 1;
}

void pm_interrupt_open(struct pm_interrupt *out)
{
    struct sigaction action = {.sa_handler = on_signal};

    asked = 0;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &out->interrupt);
    sigaction(SIGTERM, &action, &out->terminate);
}

bool pm_interrupt_asked(void)
{
    return asked != 0;
}

void pm_interrupt_close(const struct pm_interrupt *before)
{
    sigaction(SIGINT, &before->interrupt, NULL);
    sigaction(SIGTERM, &before->terminate, NULL);
}
