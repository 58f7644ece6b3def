/* SPDX-License-Identifier: Apache-2.0 */
/* A topic of a test's own on the real broker. */
#ifndef KAFKA_RIG_H
#define KAFKA_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pm_kafka_client.h"
#include "pm_kafka_format.h"
#include "pm_source.h"

/** Where a test's messages go; removed with what it holds. */
struct kafka_rig {
    char topic[64];
    char brokers[64];
    const char *client[6]; /* the brokers first; a test may add settings */
};

/** Exit code 77 with a sentence when no broker answers. */
void kafka_rig_need_broker(void);

/** A new topic of @p partitions. */
void kafka_rig_open(struct kafka_rig *rig, unsigned partitions);
void kafka_rig_close(struct kafka_rig *rig);

struct pm_kafka *kafka_rig_client(const struct kafka_rig *rig, enum pm_kafka_side side);

/** The topic as a source, which the caller closes. */
struct pm_source *kafka_rig_source(const struct kafka_rig *rig);

/** Send @p record with @p text (NULL: none) to @p partition in the binary or the text form, behind
 * the running maximum *@p max_ns, which is raised. */
void kafka_rig_send(struct pm_kafka *writer, unsigned partition, const struct pm_record *record,
                    const char *text, bool binary, int64_t *max_ns);

#endif
