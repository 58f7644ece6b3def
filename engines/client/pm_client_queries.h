/* SPDX-License-Identifier: Apache-2.0 */
/* The hand-written queries by name, for their list. */
#ifndef PM_CLIENT_QUERIES_H
#define PM_CLIENT_QUERIES_H

#include "pm_client.h"

extern const struct pm_client_query pm_client_route;
extern const struct pm_client_query pm_client_high_value;
extern const struct pm_client_query pm_client_log_etl;
extern const struct pm_client_query pm_client_hourly_plain;

#endif
