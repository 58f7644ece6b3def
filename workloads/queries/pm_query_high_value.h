/* SPDX-License-Identifier: Apache-2.0 */
/* high-value: what the query and its oracle share, which is the settings and the outputs' numbers.
 */
#ifndef PM_QUERY_HIGH_VALUE_H
#define PM_QUERY_HIGH_VALUE_H

#include "pm_query.h"

struct pm_query_high_value_settings {
    int64_t above;            /* cents */
    int64_t malformed_one_in; /* 0: none */
};

enum { PM_HIGH_VALUE_EVENTS, PM_HIGH_VALUE_DEAD_LETTERS, PM_HIGH_VALUE_OUTPUTS };

extern const struct pm_query pm_query_high_value;

/** struct pm_query's oracle: each text is parsed by jansson and compared with the limit. */
int pm_oracle_high_value(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                         const void *settings, struct pm_error *error);

#endif
