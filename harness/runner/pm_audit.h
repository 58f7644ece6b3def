/* SPDX-License-Identifier: Apache-2.0 */
/* The audit: from facts about a run to reasons that make it invalid and warnings beside it. */
#ifndef PM_AUDIT_H
#define PM_AUDIT_H

#include "pm_histogram.h"
#include "pm_environment.h"
#include "pm_row.h"

/** What a run found out; histograms may be NULL (not measured). Borrowed during the call. */
struct pm_audit_facts {
    const struct pm_histogram *lateness;  /* of the generator: how late each record was sent */
    const struct pm_histogram *hiccup;    /* of the machine, at PM_HICCUP_NAP_NS */
    const struct pm_histogram *latency;   /* of the rows: lateness is part of it */
    uint64_t unsent;                      /* records that the full log refused */
    uint64_t input, sent;                 /* data records that the schedule has; that were sent */
    const struct pm_environment *machine; /* as it was before the comparison */
    struct pm_environment_marks before, after;
    bool warmup_settled;
    bool forced;      /* the rate is above a third of the generator's headroom */
    bool interrupted; /* the run was ended before its time */
};

/*
 * The schedule is missed where records were not sent, or where the generator's lateness is of the
 * order of the latency that it is part of: its median above PM_AUDIT_LATE_NS and half the median
 * latency, or its p99 above PM_AUDIT_LATENESS_NS and half the p99 latency, unless the machine's own
 * stalls were as long: those are a warning, for they meet engine and generator alike.
 */
#define PM_AUDIT_LATENESS_NS (10 * PM_NS_PER_MS)
#define PM_AUDIT_LATE_NS     PM_NS_PER_MS        /* p99 above it is worth a warning */
#define PM_AUDIT_STEP_NS     (5 * PM_NS_PER_MS)  /* of the clock */
#define PM_AUDIT_HICCUP_NS   (10 * PM_NS_PER_MS) /* the longest stall without a warning */

/** Add to @p audit what @p facts say. Notes beyond PM_AUDIT_NOTES are counted in the last one. */
void pm_audit_judge(struct pm_audit *audit, const struct pm_audit_facts *facts);

/** Add one note; printf text. */
void pm_audit_reason(struct pm_audit *audit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void pm_audit_warn(struct pm_audit *audit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
