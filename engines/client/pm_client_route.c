/* SPDX-License-Identifier: Apache-2.0 */
/* route by hand: a JSON order goes to its region's output, what is none to the dead letters. */
#include "pm_client_json.h"
#include "pm_client_lines.h"
#include "pm_client_queries.h"

#define DEAD_LETTERS 8u /* behind the regions' outputs */

struct route {
    struct pm_client_output output;
};

static const char *const regions[] = {"us-east",    "us-west", "eu-north", "eu-south", "asia-east",
                                      "asia-south", "africa",  "oceania",  NULL};

static int route_open(void *self, const struct pm_client_job *job, struct pm_error *error)
{
    (void)error;
    ((struct route *)self)->output = job->output;
    return 0;
}

static int route_take(void *self, const struct pm_client_message *message)
{
    const struct pm_client_output *const output = &((struct route *)self)->output;
    int64_t time_ns = 0, user = 0, order = 0, amount = 0, region = 0;
    const struct pm_client_field fields[] = {{"time", &time_ns, 1, NULL},
                                             {"user", &user, 1, NULL},
                                             {"order", &order, 1, NULL},
                                             {"amount", &amount, 100, NULL},
                                             {"region", &region, 1, regions}};

    if (pm_record_kind(&message->record) != PM_KIND_DATA)
        return 0;
    const enum pm_codec_fault fault = pm_client_json_read(message->text, message->size, fields, 5);
    if (fault != PM_CODEC_OK)
        return pm_client_send_dead(output, DEAD_LETTERS, message, fault,
                                   pm_record_sequence(&message->record) + 1);
    struct pm_record row = message->record;
    row.event_time_ns = time_ns;
    row.key = (uint64_t)user;
    row.payload[0] = (uint64_t)order;
    row.payload[1] = (uint64_t)amount;
    row.payload[2] = (uint64_t)region;
    return pm_client_send(output, (unsigned)region, &row, message->text, message->size);
}

const struct pm_client_query pm_client_route = {
    .name = "route",
    .lines = {PM_LINES_ROUTE, PM_LINES_SHARED + PM_LINES_JSON},
    .size = sizeof(struct route),
    .open = route_open,
    .take = route_take,
};
