/* SPDX-License-Identifier: Apache-2.0 */
/* Scratch arrays that a hot function fills before it reads them. */
#ifndef PM_SCRATCH_H
#define PM_SCRATCH_H

/**
 * The build zeroes every automatic variable (-ftrivial-auto-var-init=zero). For an array of some
 * KiB in a function that runs once a chunk that costs more than the work itself.
 */
#if defined(__has_attribute)
#if __has_attribute(uninitialized)
#define PM_SCRATCH __attribute__((uninitialized))
#endif
#endif
#ifndef PM_SCRATCH
#define PM_SCRATCH
#endif

#endif
