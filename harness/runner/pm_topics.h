/* SPDX-License-Identifier: Apache-2.0 */
/* The Kafka topics of one run: their names, the client's settings, their beginning and end. */
#ifndef PM_TOPICS_H
#define PM_TOPICS_H

#include <stdint.h>

#include "pm_error.h"
#include "pm_run_settings.h"
#include "pm_topic_claim.h"

#define PM_TOPICS_SETTINGS_MAX 24u
#define PM_TOPICS_NAME_SIZE    64u

/** Source and output of a run, and how they are reached. Its texts point into itself or the
 * environment: must not be copied. Zeroed: there are none. */
struct pm_topics {
    char source[PM_TOPICS_NAME_SIZE], output[PM_TOPICS_NAME_SIZE];
    const char *client[PM_TOPICS_SETTINGS_MAX + 1u]; /* "name=value", NULL at end */
    char text[2 * PM_OPTION_TEXT_SIZE + 32u];        /* of brokers and kafka.client */
    char patience[48];                               /* message.timeout.ms */
    char secret[2][PM_OPTION_TEXT_SIZE];
    uint64_t run;
    bool keep;    /* they are not removed */
    bool created; /* here, so that they are removed here */
    struct pm_topic_claim claim;
};

/* Secrets come from the environment alone, so that no file and no command line holds them. */
#define PM_TOPICS_PASSWORD     "PACEMARK_KAFKA_PASSWORD"     /* sasl.password */
#define PM_TOPICS_KEY_PASSWORD "PACEMARK_KAFKA_KEY_PASSWORD" /* ssl.key.password */

/**
 * Name the topics of run number @p run ("pacemark-<run>-source" and "-output") and take the
 * client's settings from @p settings and the environment. Errors: PM_EINPUT (a setting that may not
 * be given, a secret in kafka.client, too many).
 */
int pm_topics_open(struct pm_topics *out, const struct pm_run_settings *settings, uint64_t run,
                   struct pm_error *error);

/** Create both, each with @p partitions; what killed runs of this machine have left in the cluster
 * is removed before. Errors: those of pm_kafka_topic_create; none is left. */
int pm_topics_create(struct pm_topics *topics, unsigned partitions, struct pm_error *error);

/** Remove what pm_topics_create made, unless it is to be kept; accepts zeroed topics. What cannot
 * be removed, for no broker answers, is left to the next run in that cluster. */
void pm_topics_close(struct pm_topics *topics);

#endif
