/* SPDX-License-Identifier: Apache-2.0 */
/* log-etl: the settings, tables and words that the query and its oracle share. */
#ifndef PM_QUERY_LOG_ETL_H
#define PM_QUERY_LOG_ETL_H

#include "pm_query.h"

struct pm_query_log_etl_settings {
    int64_t malformed_one_in; /* 0: none */
    int64_t assets_percent;
};

enum {
    PM_LOG_ETL_OK,
    PM_LOG_ETL_REDIRECT,
    PM_LOG_ETL_CLIENT_ERROR,
    PM_LOG_ETL_SERVER_ERROR,
    PM_LOG_ETL_DEAD_LETTERS,
    PM_LOG_ETL_OUTPUTS
};

enum pm_log_service {
    PM_SERVICE_OTHER,
    PM_SERVICE_HOME,
    PM_SERVICE_BLOG,
    PM_SERVICE_PRESENTATIONS,
    PM_SERVICE_FILES,
    PM_SERVICE_IMAGES,
    PM_SERVICE_PROJECTS,
    PM_SERVICE_ARTICLES,
    PM_SERVICE_API,
    PM_SERVICE_SHOP,
    PM_SERVICE_ACCOUNT,
    PM_SERVICE_SEARCH,
    PM_SERVICES
};

/** The service that answers a path, by the path's first segment ("" for "/" itself). */
struct pm_log_service_row {
    const char *segment;
    enum pm_log_service service;
};
extern const struct pm_log_service_row pm_log_services[];
extern const unsigned pm_log_service_count;

extern const struct pm_query pm_query_log_etl;

/**
 * struct pm_query's oracle: each line against the shapes of its parts. What is dropped appears
 * nowhere: once the outputs are right, dropped = lines - the rows expected of all outputs.
 */
int pm_oracle_log_etl(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                      const void *settings, struct pm_error *error);

#endif
