/* SPDX-License-Identifier: Apache-2.0 */
/* The logistic function: a table of its right half and a straight line between the points. */
#include "pm_logistic.h"

#define STEP_MILLI 250
#define LAST_MILLI 8000

/* round(10^6 / (1 + e^-x)) at x = 0, 0.25 ... 8 */
static const int32_t points[LAST_MILLI / STEP_MILLI + 1] = {
    500000, 562177, 622459, 679179, 731059, 777300, 817574, 851953, 880797, 904651, 924142,
    939913, 952574, 962673, 970688, 977023, 982014, 985936, 989013, 991423, 993307, 994780,
    995930, 996827, 997527, 998073, 998499, 998830, 999089, 999290, 999447, 999569, 999665,
};

int32_t pm_logistic(int64_t milli)
{
    if (milli < 0)
        return PM_LOGISTIC_ONE - pm_logistic(milli < -LAST_MILLI ? LAST_MILLI : -milli);
    if (milli >= LAST_MILLI)
        return points[LAST_MILLI / STEP_MILLI];
    const int32_t low = points[milli / STEP_MILLI];
    const int32_t high = points[milli / STEP_MILLI + 1];
    return low + (high - low) * (int32_t)(milli % STEP_MILLI) / STEP_MILLI;
}
