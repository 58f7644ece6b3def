/* SPDX-License-Identifier: Apache-2.0 */
/* The build's own figures: this file alone is compiled again when the commit changes. */
#include "pm_build.h"

#include "pm_build_commit.h" /* made by the build */

const struct pm_build pm_build = {
    .version = PM_BUILD_VERSION,
    .commit = PM_BUILD_COMMIT,
    .compiler = PM_BUILD_COMPILER,
    .type = PM_BUILD_TYPE,
    .flags = PM_BUILD_FLAGS,
};
