/* SPDX-License-Identifier: Apache-2.0 */
/* A crew: a generation counter starts a round, a countdown ends it; no locks, no kernel. */
#include "pm_crew.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct pm_crew {
    unsigned workers;
    enum pm_wait wait;
    _Atomic int64_t *wait_cpu_ns;
    pthread_t *threads;
    unsigned started;
    int (*share)(void *payload, unsigned index);
    void *payload;
    unsigned shares;
    _Atomic unsigned joined; /* hands each thread its number */
    _Atomic unsigned round;  /* rises when there is work */
    _Atomic unsigned busy;   /* threads that have not finished the round */
    _Atomic int code;
    _Atomic int quit;
};

static void do_shares(struct pm_crew *crew, unsigned worker)
{
    for (unsigned i = worker; i < crew->shares; i += crew->workers) {
        const int code = crew->share(crew->payload, i);
        if (code != 0)
            atomic_store(&crew->code, code);
    }
}

/* Booked once a spell: the counters are another core's too. */
static void await_round(struct pm_crew *crew, unsigned seen)
{
    int64_t burnt_ns = 0, since_ns = pm_clock_ns();

    while (atomic_load_explicit(&crew->round, memory_order_acquire) == seen)
        burnt_ns += pm_engine_pause(crew->wait, &since_ns);
    atomic_fetch_add_explicit(crew->wait_cpu_ns, burnt_ns, memory_order_relaxed);
}

static void *serve(void *payload)
{
    struct pm_crew *crew = payload;
    const unsigned worker = atomic_fetch_add(&crew->joined, 1) + 1;
    unsigned seen = 0;

    pm_clock_exact_sleep();
    for (;;) {
        await_round(crew, seen);
        seen++;
        if (atomic_load(&crew->quit))
            return NULL;
        do_shares(crew, worker);
        atomic_fetch_sub_explicit(&crew->busy, 1, memory_order_release);
    }
}

int pm_crew_open(struct pm_crew **out, unsigned workers, enum pm_wait wait,
                 _Atomic int64_t *wait_cpu_ns, struct pm_error *error)
{
    struct pm_crew *crew = calloc(1, sizeof *crew);

    if (crew == NULL)
        return pm_error_set(error, PM_ENOMEM, "workers: no memory");
    crew->workers = workers;
    crew->wait = wait;
    crew->wait_cpu_ns = wait_cpu_ns;
    crew->threads = calloc(workers, sizeof *crew->threads);
    while (crew->threads != NULL && crew->started + 1 < workers) {
        if (pthread_create(&crew->threads[crew->started], NULL, serve, crew) != 0)
            break;
        crew->started++;
    }
    if (crew->threads == NULL || crew->started + 1 < workers) {
        pm_crew_close(crew);
        return pm_error_set(error, PM_EFAIL, "workers: a thread cannot start");
    }
    *out = crew;
    return 0;
}

int pm_crew_run(struct pm_crew *crew, int (*share)(void *payload, unsigned index), void *payload,
                unsigned shares)
{
    int64_t burnt_ns = 0;

    crew->share = share;
    crew->payload = payload;
    crew->shares = shares;
    atomic_store(&crew->code, 0);
    if (crew->started != 0) {
        atomic_store(&crew->busy, crew->started);
        atomic_fetch_add_explicit(&crew->round, 1, memory_order_release);
    }
    do_shares(crew, 0);
    int64_t since_ns = pm_clock_ns();
    while (atomic_load_explicit(&crew->busy, memory_order_acquire) != 0)
        burnt_ns += pm_engine_pause(PM_WAIT_SPIN, &since_ns);
    atomic_fetch_add_explicit(crew->wait_cpu_ns, burnt_ns, memory_order_relaxed);
    return atomic_load(&crew->code);
}

void pm_crew_close(struct pm_crew *crew)
{
    if (crew == NULL)
        return;
    atomic_store(&crew->quit, 1);
    atomic_fetch_add_explicit(&crew->round, 1, memory_order_release);
    for (unsigned i = 0; i < crew->started; i++)
        pthread_join(crew->threads[i], NULL);
    free(crew->threads);
    free(crew);
}
