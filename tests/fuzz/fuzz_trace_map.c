/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a mapping file: refused with a place, or written back to the same mapping. */
#include <stdlib.h>
#include <string.h>

#include "pm_trace_map_load.h"
#include "pm_trace_map_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool right)
{
    if (!right)
        abort();
}

static void read_back(const struct pm_trace_map *map, const struct pm_query *query)
{
    struct pm_outbuf once = {0}, twice = {0};
    struct pm_trace_map again;

    pm_trace_map_write(map, query, &once);
    require(pm_trace_map_parse(&again, "again", once.text, once.used, query, NULL) == 0);
    pm_trace_map_write(&again, query, &twice);
    require(once.used == twice.used && memcmp(once.text, twice.text, once.used) == 0);
    pm_outbuf_close(&once);
    pm_outbuf_close(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const queries[] = {"spend", "route", "enrich"};

    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        const struct pm_query *query = pm_query_find(queries[i]);
        struct pm_trace_map map;
        struct pm_error error = {0};
        const int rc = pm_trace_map_parse(&map, "input", (const char *)data, size, query, &error);
        if (rc == 0)
            read_back(&map, query);
        else
            require(error.code == rc && strstr(error.text, "input:") != NULL);
    }
    return 0;
}
