/* SPDX-License-Identifier: Apache-2.0 */
/* The runner's option table. */
#include "pm_run_settings.h"

#include <stddef.h>

#include "pm_sink.h"

#define AT(field) offsetof(struct pm_run_settings, field)

#define SECOND 1000000000LL
#define HOUR   (3600 * SECOND)

const struct pm_option pm_run_options[] = {
    {"engines", PM_OPTION_TEXT, PM_UNIT_COUNT, AT(engines), 0, 0, "all", NULL,
     "engines to run, names with commas between; all: those that run plans",
     "Flink: execution.runtime-mode"},
    {"partitions", PM_OPTION_INTEGER, PM_UNIT_COUNT, AT(partitions), 1, 256, "4", NULL,
     "partitions of each input stream", "Kafka: num.partitions"},
    {"generators", PM_OPTION_INTEGER, PM_UNIT_COUNT, AT(generators), 1, 8, "1", NULL,
     "processes that make and send the input, each with partitions of its own, for a rate that is "
     "beyond one; the input is the same however many they are",
     NULL},
    {"watermark.delay", PM_OPTION_INTEGER, PM_UNIT_DURATION, AT(watermark_delay_ns), 0, 24 * HOUR,
     "0", NULL, "how far a partition's watermark stays behind its largest event time",
     "Flink: forBoundedOutOfOrderness; Spark: withWatermark"},
    {"parallelism", PM_OPTION_INTEGER, PM_UNIT_COUNT, AT(parallelism), 1, 64, "1", NULL,
     "subtasks of each stage",
     "Flink: parallelism.default; Spark: spark.sql.shuffle.partitions; Kafka Streams: tasks"},
    {"workers", PM_OPTION_INTEGER, PM_UNIT_COUNT, AT(workers), 0, 64, "0", NULL,
     "threads of an engine; 0: one a core, at most parallelism",
     "Flink: slots; Spark: local[N]; Kafka Streams: num.stream.threads"},
    {"wait", PM_OPTION_CHOICE, PM_UNIT_COUNT, AT(wait), 0, 0, "auto", "spin nap auto",
     "what a thread does that finds nothing: burn its core, sleep, or what a short trial of the "
     "null engine shows to be better",
     NULL},
    {"guarantee", PM_OPTION_CHOICE, PM_UNIT_COUNT, AT(guarantee), 0, 0, "at-most-once",
     PM_GUARANTEE_WORDS, "how often an output may appear after a failure",
     "Flink: execution.checkpointing.mode; Kafka Streams: processing.guarantee"},
    {"durability", PM_OPTION_CHOICE, PM_UNIT_COUNT, AT(durability), 0, 0, "none",
     PM_DURABILITY_WORDS, "what output survives: nothing, the death of a process, loss of power",
     "Kafka: acks, flush.messages"},
    {"transport", PM_OPTION_CHOICE, PM_UNIT_COUNT, AT(transport), 0, 0, "embedded",
     "embedded kafka", "what carries records between processes", "Kafka: a topic"},
    {"brokers", PM_OPTION_TEXT, PM_UNIT_COUNT, AT(brokers), 0, 0, "127.0.0.1:19092", NULL,
     "host:port,... of the Kafka cluster of transport kafka", "Kafka: bootstrap.servers"},
    {"kafka.client", PM_OPTION_TEXT, PM_UNIT_COUNT, AT(kafka_client), 0, 0, "", NULL,
     "settings of the Kafka client, name=value with spaces between",
     "Kafka: producer and consumer configs"},
    {"kafka.keep", PM_OPTION_BOOL, PM_UNIT_COUNT, AT(kafka_keep), 0, 0, "false", NULL,
     "leave the run's topics in the cluster", NULL},
    {"state.backend", PM_OPTION_CHOICE, PM_UNIT_COUNT, AT(state_backend), 0, 0, "memory", "memory",
     "where keyed state lives",
     "Flink: state.backend.type; Spark: stateStore.providerClass; Kafka Streams: dsl.store"},
    {"late", PM_OPTION_CHOICE, PM_UNIT_COUNT, AT(late), 0, 0, "drop", "drop include",
     "late records go to the late output, or (batch over a bounded input) still count",
     "Flink: sideOutputLateData; Spark and Kafka Streams: dropped"},
    {"runs", PM_OPTION_INTEGER, PM_UNIT_COUNT, AT(runs), 1, 1000, "5", NULL,
     "runs of each engine, one of each in turn", NULL},
    {"warmup.rule", PM_OPTION_CHOICE, PM_UNIT_COUNT, AT(warmup_rule), 0, 0, "stable",
     "stable fixed", "warm-up ends when the figures settle, or after a fixed time", NULL},
    {"warmup.time", PM_OPTION_INTEGER, PM_UNIT_DURATION, AT(warmup_ns), 0, HOUR, "5s", NULL,
     "length of the warm-up; with the rule 'stable' the longest one", NULL},
    {"timeout", PM_OPTION_INTEGER, PM_UNIT_DURATION, AT(timeout_ns), SECOND, 24 * HOUR, "10m", NULL,
     "a run that takes longer is ended with exit code 11", NULL},
    {"rows", PM_OPTION_CHOICE, PM_UNIT_COUNT, AT(rows), 0, 0, "auto", "auto none csv json",
     "write what each engine's first run committed into the result, a file an output; auto: csv "
     "for "
     "a trace with a map",
     NULL},
    {"view", PM_OPTION_CHOICE, PM_UNIT_COUNT, AT(view), 0, 0, "none", "none sqlite",
     "keep what each engine has committed as tables in <results>/live/<scenario>-<engine>.db, "
     "from the start to the next run; a process of its own follows the output at idle priority",
     "Flink: JDBC sink, upsert; Kafka Streams: interactive queries"},
    {"max-disk", PM_OPTION_INTEGER, PM_UNIT_SIZE, AT(max_disk_bytes), 1LL << 20, 1LL << 44, "4GiB",
     NULL, "the most bytes that one run's logs may take, /dev/shm included", NULL},
    {0},
};
