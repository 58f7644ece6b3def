/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a run as the oracles read them: with the watermark that each one came below. */
#ifndef PM_ORACLE_INPUT_H
#define PM_ORACLE_INPUT_H

#include "pm_query.h"

/** One data record. Its bytes stay the caller's. */
struct pm_oracle_arrival {
    const struct pm_record *record;
    const struct pm_bytes *bytes;
    int64_t closed_below_ns; /* its partition's watermark when it came below it, else PM_TIME_MIN */
    unsigned stream;
};

struct pm_oracle_arrivals {
    struct pm_oracle_arrival *row;
    uint64_t count;
};

/**
 * All data records of @p input, partition by partition in order. A partition's watermark just
 * before a record is the largest event time of the records and idle marks before it, less its
 * delay; a record below it is behind. Errors: PM_ENOMEM.
 */
int pm_oracle_arrivals_open(struct pm_oracle_arrivals *out, const struct pm_oracle_input *input,
                            struct pm_error *error);
void pm_oracle_arrivals_close(struct pm_oracle_arrivals *arrivals);

/** Sort by key, then event time, then partition and sequence. */
void pm_oracle_arrivals_by_time(struct pm_oracle_arrivals *arrivals);

/** Sort by key, then partition and sequence: the order in which a key's records arrived. */
void pm_oracle_arrivals_by_arrival(struct pm_oracle_arrivals *arrivals);

/** The index behind the last record with the key of record @p first of the sorted @p arrivals. */
uint64_t pm_oracle_arrivals_of_key(const struct pm_oracle_arrivals *arrivals, uint64_t first);

/** True when a result that ends at @p end_ns may no longer count @p arrival. */
static inline bool pm_oracle_is_late(const struct pm_oracle_arrival *arrival, int64_t end_ns,
                                     int64_t lateness_ns)
{
    return end_ns + lateness_ns <= arrival->closed_below_ns;
}

/** The start of the window of @p size_ns, aligned to the epoch, that holds @p time_ns. */
static inline int64_t pm_oracle_window_start(int64_t time_ns, int64_t size_ns)
{
    const int64_t into = time_ns % size_ns;

    return time_ns - (into < 0 ? into + size_ns : into);
}

#endif
