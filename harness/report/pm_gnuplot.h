/* SPDX-License-Identifier: Apache-2.0 */
/* The one door to gnuplot: a script goes in, a picture comes out. */
#ifndef PM_GNUPLOT_H
#define PM_GNUPLOT_H

#include <stddef.h>

#include "pm_error.h"

#define PM_GNUPLOT_TIMEOUT_S   60u
#define PM_GNUPLOT_PICTURE_MAX (64u << 20)

/**
 * Run gnuplot on the @p size bytes of @p script, which holds its data in blocks and sets no output;
 * what it draws comes back in @p picture, which the caller frees. The script goes in and the
 * picture comes out through anonymous memory: no temporary file, no name that somebody could take.
 * gnuplot runs without the user's settings (-d), with LC_ALL=C.UTF-8, and of the environment it
 * sees only PATH and HOME (where fonts are cached). It dies with a timeout of PM_GNUPLOT_TIMEOUT_S.
 * Errors: PM_ESKIP (not installed), PM_EFAIL (the last line that it said), PM_ETIMEOUT, PM_ENOMEM.
 */
int pm_gnuplot_run(char **picture, size_t *picture_size, const char *script, size_t size,
                   struct pm_error *error);

/**
 * Quote @p text for a script: in single quotes, where gnuplot runs no commands and expands no
 * macros; what is not printable ASCII, and backquotes, become '?'. Returns @p buffer, cut to fit.
 */
char *pm_gnuplot_quote(char *buffer, size_t size, const char *text);

#endif
