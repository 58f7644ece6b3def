/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up lines of a web server's access log, in Combined Log Format. */
#ifndef PM_ACCESS_LOG_H
#define PM_ACCESS_LOG_H

#include "pm_random.h"
#include "pm_record.h"

#define PM_ACCESS_LOG_LINE_MAX 512u

/** What is planted in a line. */
enum pm_access_log_flaw {
    PM_ACCESS_LOG_SOUND,
    PM_ACCESS_LOG_CUT,        /* the line ends before its request does */
    PM_ACCESS_LOG_NO_REQUEST, /* the request is "-", as servers write it for a broken connection */
    PM_ACCESS_LOG_NO_STATUS,  /* the status is 000: the connection was closed before an answer */
    PM_ACCESS_LOG_FLAWS
};

/**
 * The line of the client @p record->key at the record's event time becomes its extension; its
 * payload stays. One request in a hundred per @p assets_percent is for a static asset.
 */
void pm_access_log_fill(enum pm_access_log_flaw flaw, unsigned assets_percent,
                        struct pm_random *random, struct pm_record *record, struct pm_bytes *bytes);

#endif
