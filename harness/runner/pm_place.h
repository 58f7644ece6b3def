/* SPDX-License-Identifier: Apache-2.0 */
/* The private folder of a run: in memory, or on disk where its logs must survive a loss of power.
 */
#ifndef PM_PLACE_H
#define PM_PLACE_H

#include <stdint.h>

#include "pm_publish.h"

#define PM_PLACE_SIZE 128u

/** A folder that is ours alone (mode 0700) while its lock is held. */
struct pm_place {
    char path[PM_PLACE_SIZE];
    int dirfd;
};

/**
 * Make a new private folder: below /dev/shm, or at PM_DURABILITY_POWER below $TMPDIR or /var/tmp.
 * What supervisors that were killed have left there is removed first (folders of this pattern and
 * user whose lock is free). Errors: PM_EIO.
 */
int pm_place_open(struct pm_place *out, enum pm_durability durability, struct pm_error *error);

/** Remove the folder with all it holds; accepts a zeroed struct. */
void pm_place_close(struct pm_place *place);

/** Check that @p bytes fit where pm_place_open would make the folder, with a tenth to spare.
 * Errors: PM_EIO with the remedy. */
int pm_place_check(enum pm_durability durability, uint64_t bytes, struct pm_error *error);

/** Bytes that are free there; 0 when unknown. */
uint64_t pm_place_room(enum pm_durability durability);

#endif
