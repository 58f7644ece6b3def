/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of one engine run, kept: for the oracle, for the check of order, and to be damaged. */
#ifndef PM_CAPTURE_H
#define PM_CAPTURE_H

#include "pm_committed.h"
#include "pm_oracle.h"
#include "pm_random.h"

/** Committed rows, writer by writer in the order of writing. Zero-initialise. */
struct pm_capture {
    struct pm_record *row;
    unsigned *writer; /* of each row */
    size_t count, capacity;
    struct pm_bytes bytes;
};

/** Keep a copy of a row (a pm_committed_fn; @p capture is the payload). Errors: PM_ENOMEM. */
int pm_capture_row(void *capture, const struct pm_committed *committed);

/** Forget the rows; the capture may be used again. */
void pm_capture_reset(struct pm_capture *capture);
void pm_capture_close(struct pm_capture *capture);

/**
 * Compare the rows with @p oracle and their order with the rule that every engine keeps: within a
 * writer, rows of one key and output that were made on arrival come in the order of their inputs
 * (partition by partition), and those that waited for the watermark in the order of event time.
 * Rows out of order count as wrong. 0, PM_EWRONG (@p verdict says what), PM_ENOMEM.
 */
int pm_capture_check(const struct pm_capture *capture, const struct pm_oracle *oracle,
                     const struct pm_plan *plan, struct pm_oracle_verdict *verdict);

/** The ways to damage an output. */
enum pm_damage { PM_DAMAGE_DROP, PM_DAMAGE_DOUBLE, PM_DAMAGE_ALTER, PM_DAMAGE_SWAP, PM_DAMAGES };
extern const char *const pm_damage_names[PM_DAMAGES];

/**
 * Make @p out a copy of @p capture with one row dropped, doubled or altered in its last column, or
 * with two chunks of rows of one key exchanged; @p random chooses where. Returns false when the
 * output gives no chance (no rows; no key with two rows), PM_ENOMEM shows in out->bytes.failed.
 */
bool pm_capture_damage(struct pm_capture *out, const struct pm_capture *capture,
                       const struct pm_plan *plan, enum pm_damage damage, struct pm_random *random);

#endif
