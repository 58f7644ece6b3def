/* SPDX-License-Identifier: Apache-2.0 */
/* Names, settings, creation and removal of a run's topics. */
#include "pm_topics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_clock.h"
#include "pm_kafka_client.h"

#define PATIENCE_MS 60000 /* for an answer to a message: a broker's restart takes 14 s at most */

static int add(struct pm_topics *topics, unsigned *count, const char *setting,
               struct pm_error *error)
{
    if (*count == PM_TOPICS_SETTINGS_MAX)
        return pm_error_set(error, PM_EINPUT, "kafka.client: more than %u settings",
                            PM_TOPICS_SETTINGS_MAX);
    topics->client[(*count)++] = setting;
    return 0;
}

/* The words of kafka.client, cut in place. */
static int add_given(struct pm_topics *topics, unsigned *count, char *text, struct pm_error *error)
{
    char *rest = NULL;
    int code = 0;

    for (char *word = strtok_r(text, " ", &rest); word != NULL && code == 0;
         word = strtok_r(NULL, " ", &rest)) {
        if (strncmp(word, "sasl.password=", 14) == 0 || strncmp(word, "ssl.key.password=", 17) == 0)
            return pm_error_set(error, PM_EINPUT,
                                "kafka.client: passwords are taken from the environment: "
                                "set " PM_TOPICS_PASSWORD " or " PM_TOPICS_KEY_PASSWORD);
        code = add(topics, count, word, error);
    }
    return code;
}

static int add_secret(struct pm_topics *topics, unsigned *count, unsigned index, const char *name,
                      const char *variable, struct pm_error *error)
{
    const char *const value = getenv(variable);

    if (value == NULL || value[0] == '\0')
        return 0;
    if (snprintf(topics->secret[index], sizeof topics->secret[index], "%s=%s", name, value) >=
        (int)sizeof topics->secret[index])
        return pm_error_set(error, PM_EINPUT, "%s: is too long", variable);
    return add(topics, count, topics->secret[index], error);
}

/* A message that is not sent while the run may last is given up; what kafka.client says comes
 * behind and counts. */
static int add_patience(struct pm_topics *topics, unsigned *count, int64_t timeout_ns,
                        struct pm_error *error)
{
    const int64_t timeout_ms = timeout_ns / PM_NS_PER_MS;

    snprintf(topics->patience, sizeof topics->patience, "message.timeout.ms=%lld",
             (long long)(timeout_ms < PATIENCE_MS ? timeout_ms : PATIENCE_MS));
    return add(topics, count, topics->patience, error);
}

static void name(struct pm_topics *topics, uint64_t run)
{
    snprintf(topics->source, sizeof topics->source, "pacemark-%016" PRIx64 "-source", run);
    snprintf(topics->output, sizeof topics->output, "pacemark-%016" PRIx64 "-output", run);
}

int pm_topics_open(struct pm_topics *out, const struct pm_run_settings *settings, uint64_t run,
                   struct pm_error *error)
{
    unsigned count = 0;

    *out = (struct pm_topics){.run = run, .keep = settings->kafka_keep};
    name(out, run);
    const int used =
        snprintf(out->text, sizeof out->text, "bootstrap.servers=%s", settings->brokers);
    char *const given = out->text + used + 1;
    snprintf(given, sizeof out->text - (size_t)used - 1, "%s", settings->kafka_client);
    int code = add(out, &count, out->text, error);
    if (code == 0)
        code = add_patience(out, &count, settings->timeout_ns, error);
    if (code == 0)
        code = add_given(out, &count, given, error);
    if (code == 0)
        code = add_secret(out, &count, 0, "sasl.password", PM_TOPICS_PASSWORD, error);
    if (code == 0)
        code = add_secret(out, &count, 1, "ssl.key.password", PM_TOPICS_KEY_PASSWORD, error);
    return code != 0 ? code : pm_kafka_settings_check(out->client, error);
}

/* The two topics of one run. Where the first cannot be removed no broker answers for the second. */
static int remove_both(const struct pm_topics *topics)
{
    const int code = pm_kafka_topic_remove(topics->source, topics->client, NULL);

    return code != 0 ? code : pm_kafka_topic_remove(topics->output, topics->client, NULL);
}

static int remove_dead(void *payload, uint64_t run)
{
    const struct pm_topics *const topics = payload;
    struct pm_topics dead = {0};

    name(&dead, run);
    memcpy(dead.client, topics->client, sizeof dead.client);
    return remove_both(&dead);
}

int pm_topics_create(struct pm_topics *topics, unsigned partitions, struct pm_error *error)
{
    pm_topic_claims_sweep(topics->text, remove_dead, topics);
    if (!topics->keep)
        pm_topic_claim_open(&topics->claim, topics->run, topics->text);
    int code = pm_kafka_topic_create(topics->source, partitions, topics->client, error);
    if (code != 0) {
        pm_topic_claim_close(&topics->claim, true);
        return code;
    }
    topics->created = true;
    code = pm_kafka_topic_create(topics->output, partitions, topics->client, error);
    if (code != 0) {
        topics->keep = false;
        pm_topics_close(topics);
    }
    return code;
}

void pm_topics_close(struct pm_topics *topics)
{
    if (topics->created && !topics->keep)
        pm_topic_claim_close(&topics->claim, remove_both(topics) == 0);
    topics->created = false;
}
