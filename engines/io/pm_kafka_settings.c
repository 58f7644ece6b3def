/* SPDX-License-Identifier: Apache-2.0 */
/* One table of settings: allow-list, defaults, and what explain prints. */
#include "pm_kafka_settings.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "pm_text.h"

#define VALUE_MAX 1024u

#define R PM_KAFKA_READER
#define W PM_KAFKA_WRITER

const struct pm_kafka_setting pm_kafka_settings[] = {
    {"bootstrap.servers", R | W, PM_KAFKA_OPEN, NULL, "the brokers to ask first, host:port,..."},
    {"client.id", R | W, PM_KAFKA_OPEN, "pacemark", "how the broker's logs call us"},
    {"security.protocol", R | W, PM_KAFKA_OPEN, NULL, "plaintext, ssl, sasl_plaintext, sasl_ssl"},
    {"sasl.mechanism", R | W, PM_KAFKA_OPEN, NULL, "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"},
    {"sasl.username", R | W, PM_KAFKA_OPEN, NULL, "who we are"},
    {"sasl.password", R | W, PM_KAFKA_SECRET, NULL, "what shows it"},
    {"ssl.ca.location", R | W, PM_KAFKA_OPEN, NULL, "the authority that signed the brokers"},
    {"ssl.certificate.location", R | W, PM_KAFKA_OPEN, NULL, "our certificate"},
    {"ssl.key.location", R | W, PM_KAFKA_OPEN, NULL, "our key"},
    {"ssl.key.password", R | W, PM_KAFKA_SECRET, NULL, "what opens it"},
    {"socket.nagle.disable", R | W, PM_KAFKA_OPEN, "true", "small requests leave at once"},
    {"reconnect.backoff.ms", R | W, PM_KAFKA_OPEN, "50", "how soon a lost broker is tried again"},
    {"reconnect.backoff.max.ms", R | W, PM_KAFKA_OPEN, "500",
     "the library's 10 s would be most of a recovery"},
    {"topic.metadata.propagation.max.ms", W, PM_KAFKA_FIXED, "5000",
     "when a topic that went away is an error"},
    {"statistics.interval.ms", R | W, PM_KAFKA_OPEN, "250",
     "batch size, round trip, queue: a run that ends sooner has no such figures"},

    {"linger.ms", W, PM_KAFKA_OPEN, "1", "how long a batch waits to fill"},
    {"batch.num.messages", W, PM_KAFKA_OPEN, "10000", "the most messages of a batch"},
    {"batch.size", W, PM_KAFKA_OPEN, "1000000", "the most bytes of a batch"},
    {"max.in.flight.requests.per.connection", W, PM_KAFKA_OPEN, "1",
     "with more this library's idempotent producer burns a core while it waits for answers"},
    {"compression.codec", W, PM_KAFKA_OPEN, "none", "none, gzip, snappy, lz4, zstd"},
    {"queue.buffering.max.messages", W, PM_KAFKA_OPEN, "1000000",
     "what waits for a broker that is away; when it is full we are told to wait"},
    {"queue.buffering.max.kbytes", W, PM_KAFKA_OPEN, "262144", "the same in KiB: our memory"},
    {"message.timeout.ms", W, PM_KAFKA_OPEN, "60000", "a message that takes longer is lost"},
    {"enable.idempotence", W, PM_KAFKA_FIXED, "true", "a retry neither doubles nor reorders"},
    {"acks", W, PM_KAFKA_FIXED, "all", "fewer would be another guarantee"},
    {"partitioner", W, PM_KAFKA_FIXED, "murmur2_random", "a key goes where Java's clients send it"},
    {"delivery.report.only.error", W, PM_KAFKA_OPEN, "true",
     "a call per message costs; false for who waits for each answer"},

    {"fetch.wait.max.ms", R, PM_KAFKA_OPEN, "50", "an empty fetch; a new partition waits for it"},
    {"fetch.min.bytes", R, PM_KAFKA_OPEN, "1", "a fetch is answered as soon as so much is there"},
    {"fetch.message.max.bytes", R, PM_KAFKA_OPEN, "1048576", "of one partition in one fetch"},
    {"queued.max.messages.kbytes", R, PM_KAFKA_OPEN, "262144",
     "what is fetched ahead of a partition in KiB: our memory"},
    {"fetch.error.backoff.ms", R, PM_KAFKA_OPEN, "50", "how soon a failed fetch is tried again"},
    {"queued.min.messages", R, PM_KAFKA_FIXED, "1000000",
     "reaching it costs a pause of 1 s in this library, so it must not be reached"},
    {"isolation.level", R, PM_KAFKA_FIXED, "read_committed", "aborted output is not output"},
    {"auto.offset.reset", R, PM_KAFKA_FIXED, "error", "a lost offset is an error, never a skip"},
    {"enable.auto.commit", R, PM_KAFKA_FIXED, "false", "offsets belong to checkpoints"},
    {"enable.auto.offset.store", R, PM_KAFKA_FIXED, "false", "offsets belong to checkpoints"},
    {"check.crcs", R, PM_KAFKA_FIXED, "true", "a damaged batch is found here"},
    {"allow.auto.create.topics", R, PM_KAFKA_FIXED, "false", "a wrong name is an error"},
    {NULL, 0, PM_KAFKA_OPEN, NULL, NULL},
};

/* The row of the name that @p setting begins with; @p value points behind the '='. */
static const struct pm_kafka_setting *find(const char *setting, const char **value)
{
    const char *const equals = strchr(setting, '=');
    const size_t size = equals != NULL ? (size_t)(equals - setting) : strlen(setting);

    *value = equals != NULL ? equals + 1 : NULL;
    for (const struct pm_kafka_setting *row = pm_kafka_settings; row->name != NULL; row++)
        if (strlen(row->name) == size && memcmp(row->name, setting, size) == 0)
            return row;
    return NULL;
}

/* Hosts are judged by who resolves them; a port that cannot be is seen here. */
static bool is_broker_list(const char *list)
{
    while (true) {
        const size_t size = strcspn(list, ",");
        size_t host = size;
        unsigned port = 0;

        while (host > 0 && list[host - 1] >= '0' && list[host - 1] <= '9')
            host--;
        for (size_t i = host; i < size && port <= UINT16_MAX; i++)
            port = port * 10 + (unsigned)(list[i] - '0');
        if (host < 2 || list[host - 1] != ':' || port == 0 || port > UINT16_MAX)
            return false;
        if (list[size] == '\0')
            return true;
        list += size + 1;
    }
}

static int check_one(const char *setting, struct pm_error *error)
{
    const char *value = NULL;
    const struct pm_kafka_setting *const row = find(setting, &value);
    char name[64];
    char shown[100];

    pm_text_printable(name, sizeof name, setting);
    name[strcspn(name, "=")] = '\0';
    if (row == NULL)
        return pm_error_set(error, PM_EINPUT,
                            "kafka client: %s: is not among the settings that may be given: "
                            "'pacemark explain route --transport kafka' lists them",
                            name);
    if (row->kind == PM_KAFKA_FIXED)
        return pm_error_set(error, PM_EINPUT, "kafka client: %s: is fixed at %s (%s)", row->name,
                            row->value, row->why);
    if (value == NULL || value[0] == '\0' || strlen(value) > VALUE_MAX)
        return pm_error_set(error, PM_EINPUT,
                            "kafka client: %s: expected %s=VALUE of 1 to %u bytes", row->name,
                            row->name, VALUE_MAX);
    if (strcmp(row->name, "bootstrap.servers") == 0 && !is_broker_list(value))
        return pm_error_set(error, PM_EINPUT, "brokers: %s: expected host:port,...",
                            pm_text_printable(shown, sizeof shown, value));
    return 0;
}

int pm_kafka_settings_check(const char *const *client, struct pm_error *error)
{
    for (; client != NULL && *client != NULL; client++) {
        const int rc = check_one(*client, error);
        if (rc != 0)
            return rc;
    }
    return 0;
}

const char *pm_kafka_settings_get(const char *const *client, const char *name)
{
    const char *found = NULL;

    for (; client != NULL && *client != NULL; client++) {
        const char *value = NULL;
        const struct pm_kafka_setting *const row = find(*client, &value);
        if (row != NULL && strcmp(row->name, name) == 0)
            found = value;
    }
    return found;
}

char *pm_kafka_setting_value(char *buffer, size_t size, const struct pm_kafka_setting *row,
                             const char *value)
{
    const bool is_open = row != NULL && row->kind != PM_KAFKA_SECRET;

    return pm_text_printable(buffer, size, is_open ? value : "[hidden]");
}
