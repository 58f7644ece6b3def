/* SPDX-License-Identifier: Apache-2.0 */
/* The control page: one file of a run's private folder, mapped by the supervisor and its children.
 */
#ifndef PM_CONTROL_H
#define PM_CONTROL_H

#include "pm_clients.h"
#include "pm_engine.h"
#include "pm_generator.h"
#include "pm_histogram.h"
#include "pm_ring.h"

#define PM_CONTROL_MAGIC   0x314c52544e434d50ULL /* "PMCNTRL1" in bytes */
#define PM_CONTROL_VERSION 5u                    /* raise it when a struct below changes */
#define PM_CONTROL_FILE    "control"

/** Who runs beside the supervisor; generator i has role PM_ROLE_GENERATOR + i. */
enum pm_role { PM_ROLE_ENGINE, PM_ROLE_GENERATOR, PM_ROLES = 1 + PM_GENERATOR_PARTS_MAX };

/** What a child says of itself; written by it alone. */
struct pm_control_child {
    _Atomic uint32_t ready; /* 1: all is open and touched, waits for the start */
    _Atomic int32_t code;   /* 0, or the PM_E* that it ends with; text is whole before it is set */
    _Atomic int64_t cpu_before_ns;           /* CPU that its preparation took: no part of the run */
    _Atomic int64_t own_bytes, shared_bytes; /* its memory when it had done its work; 0: not yet */
    _Atomic uint64_t heap_allocated_bytes, heap_resident_bytes; /* the allocator's; 0: untold */
    char text[240];
};

/** What a generator has done; written by it alone. */
struct pm_control_sent {
    _Alignas(PM_CACHE_PAIR) _Atomic uint64_t records; /* data records that the log took */
    _Atomic uint64_t unsent;                          /* records that the full log refused */
    _Atomic uint64_t marks;                           /* idle marks; once it has ended */
    _Atomic int64_t wait_cpu_ns;                      /* CPU burnt in wait loops */
    _Atomic int64_t finished_ns;                      /* CLOCK_MONOTONIC; 0: not yet */
};

/**
 * The page. Plain fields are written by the supervisor before a child is started. The memory of the
 * generators' lateness histograms follows at PM_CONTROL_HEAD; the supervisor owns the whole, so
 * nothing measured is lost with a child.
 */
struct pm_control {
    uint64_t magic;
    uint32_t version;
    uint32_t head;            /* PM_CONTROL_HEAD of whoever made it */
    uint64_t run;             /* the logs carry it too */
    uint64_t size;            /* bytes of the whole file */
    uint64_t output_capacity; /* bytes that a writer of the output may take */
    uint32_t wait;            /* enum pm_wait of generator and engine */
    uint32_t max_pace;        /* 1: no schedule, the input is written before the start */
    uint32_t generators;      /* 1 to PM_GENERATOR_PARTS_MAX */
    _Atomic int64_t start_ns; /* CLOCK_MONOTONIC of the schedule's first instant; 0: not yet */
    atomic_bool stop;         /* leave off as soon as possible */
    struct pm_control_child child[PM_ROLES];
    _Alignas(PM_CACHE_PAIR) struct pm_engine_stats engine;
    struct pm_control_sent sent[PM_GENERATOR_PARTS_MAX];
    _Alignas(PM_CACHE_PAIR) struct pm_kafka_figures client[PM_CLIENTS];
};
#define PM_CONTROL_HEAD 8192u
static_assert(sizeof(struct pm_control) <= PM_CONTROL_HEAD, "histograms begin at a page");

/** A mapping of the page. */
struct pm_control_map {
    struct pm_control *page;
    /* How late each generator sent each record; in the page. */
    struct pm_histogram *lateness[PM_GENERATOR_PARTS_MAX];
    size_t size;
};

/** What all generators have done. */
struct pm_control_total {
    uint64_t records, unsent, marks;
};

/**
 * Make the page in folder @p dirfd for run number @p run of @p generators and map it, zeroed, all
 * pages touched. Errors: PM_EIO (the file exists, no room). Owner: pm_control_close unmaps, the
 * file stays.
 */
int pm_control_create(struct pm_control_map *out, int dirfd, uint64_t run, unsigned generators,
                      struct pm_error *error);

/** Map the page that the supervisor made in folder @p dirfd. Errors: PM_EMISMATCH, PM_EIO. */
int pm_control_open(struct pm_control_map *out, int dirfd, struct pm_error *error);

void pm_control_close(struct pm_control_map *map); /* accepts a zeroed one */

/** The generators' counters, added up as they are now. */
struct pm_control_total pm_control_total(const struct pm_control *page);

/** In a child: say that it is ready, and count the CPU time of the process up to here apart. */
void pm_control_ready(struct pm_control *page, enum pm_role role);

/** In a child: wait for the start, napping. Returns it, or 0 when stop was asked instead. */
int64_t pm_control_await_start(struct pm_control *page);

/** In a child: leave code and text of @p error for the supervisor; returns the code. */
int pm_control_fail(struct pm_control *page, enum pm_role role, int code,
                    const struct pm_error *error);

#endif
