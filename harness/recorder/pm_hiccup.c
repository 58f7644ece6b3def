/* SPDX-License-Identifier: Apache-2.0 */
/* The hiccup monitor's thread: an open-loop schedule of naps. */
#include "pm_hiccup.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define NAP_NS_MIN (100 * PM_NS_PER_US) /* below it, timer lateness alone would be a backlog */

struct pm_hiccup {
    struct pm_histogram *histogram;
    int64_t nap_ns;
    _Atomic bool stop;
    pthread_t thread;
};

static void *monitor(void *payload)
{
    struct pm_hiccup *hiccup = payload;

    pm_clock_exact_sleep();
    int64_t due_ns = pm_clock_ns() + hiccup->nap_ns;

    while (!atomic_load_explicit(&hiccup->stop, memory_order_relaxed)) {
        pm_clock_sleep_until(due_ns);
        for (const int64_t now_ns = pm_clock_ns(); due_ns <= now_ns; due_ns += hiccup->nap_ns)
            pm_histogram_record(hiccup->histogram, now_ns - due_ns);
    }
    return NULL;
}

int pm_hiccup_start(struct pm_hiccup **out, struct pm_histogram *histogram, int64_t nap_ns,
                    struct pm_error *error)
{
    if (nap_ns < NAP_NS_MIN)
        return pm_error_set(error, PM_EINPUT,
                            "hiccup monitor: naps of %lld ns: expected 100us or "
                            "more",
                            (long long)nap_ns);

    struct pm_hiccup *hiccup = calloc(1, sizeof *hiccup);

    if (hiccup == NULL)
        return pm_error_set(error, PM_ENOMEM, "hiccup monitor: no memory");
    hiccup->histogram = histogram;
    hiccup->nap_ns = nap_ns;
    errno = pthread_create(&hiccup->thread, NULL, monitor, hiccup);
    if (errno != 0) {
        free(hiccup);
        return pm_error_errno(error, PM_EFAIL, "hiccup monitor: no thread");
    }
    *out = hiccup;
    return 0;
}

void pm_hiccup_stop(struct pm_hiccup *hiccup)
{
    if (hiccup == NULL)
        return;
    atomic_store_explicit(&hiccup->stop, true, memory_order_relaxed);
    pthread_join(hiccup->thread, NULL);
    free(hiccup);
}
