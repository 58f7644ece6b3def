/* SPDX-License-Identifier: Apache-2.0 */
/* What this program was built from, by what, and how: `--version` and each result say it. */
#ifndef PM_BUILD_H
#define PM_BUILD_H

struct pm_build {
    const char *version;  /* "0.1.0" */
    const char *commit;   /* `git describe --always --dirty`; "unknown" without git */
    const char *compiler; /* "GNU 12.2.0" */
    const char *type;     /* "Release" */
    const char *flags;    /* what changes the code, warnings left out */
};

extern const struct pm_build pm_build;

#endif
