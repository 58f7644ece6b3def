/* SPDX-License-Identifier: Apache-2.0 */
/* Logarithm and exponential from + - * / alone: the same bits from every compiler and library. */
#ifndef PM_REAL_H
#define PM_REAL_H

/** The natural logarithm of @p x, a normal number above 0. Relative error below 4e-16 where the
 * result is not near 0, absolute error below 2e-16 there. */
double pm_real_log(double x);

/** e to the power of @p x, |x| <= 700. Relative error below 1e-15. */
double pm_real_exp(double x);

#endif
