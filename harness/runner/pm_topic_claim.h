/* SPDX-License-Identifier: Apache-2.0 */
/* Which topics are a living run's: what a killed one has left in a cluster is found again. */
#ifndef PM_TOPIC_CLAIM_H
#define PM_TOPIC_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#define PM_TOPIC_CLAIM_SIZE 512u

/**
 * A run's word that topics of its number are in a cluster: a file "topics/<run>" in $PACEMARK_CACHE
 * (~/.cache/pacemark) that holds the cluster's name and is locked while its process lives. A file
 * whose lock is free belongs to a run that is dead: nothing else is ever taken for one, so neither
 * another machine's topics nor kept ones are. Zeroed: there is none.
 */
struct pm_topic_claim {
    char path[PM_TOPIC_CLAIM_SIZE];
    int fd;
};

/** Claim the topics of run number @p run in @p cluster, a text that names it. Where no file can be
 * made the run goes on without one. */
void pm_topic_claim_open(struct pm_topic_claim *out, uint64_t run, const char *cluster);

/** End the claim; @p gone: its topics are removed or to be kept, else the next run looks after
 * them. Accepts a zeroed one. */
void pm_topic_claim_close(struct pm_topic_claim *claim, bool gone);

/** Tell @p remove the number of each dead run that has left topics in @p cluster; its claim ends
 * when that returns 0, and the sweep when it returns a negative PM_E*. At most eight, so that a
 * start stays short. Returns how many ended. */
unsigned pm_topic_claims_sweep(const char *cluster, int (*remove)(void *payload, uint64_t run),
                               void *payload);

#endif
