/* SPDX-License-Identifier: Apache-2.0 */
/* The glossary: operators by the names of their classes, then ideas, then promises. */
#include "pm_glossary.h"

#include <stddef.h>
#include <string.h>

#define OWN "own code"

const struct pm_glossary_row pm_glossary[] = {
    {"map", "map", "select, map", "map", "mapValues, map", OWN},
    {"filter", "filter", "where, filter", "filter", "filter", OWN},
    {"flat_map", "flatMap", "flatMap, explode", "flatMap", "flatMapValues, flatMap", OWN},
    {"key_by", "keyBy", "groupBy, groupByKey", "groupByKey, reduceByKey",
     "groupByKey; groupBy, selectKey (repartition topic)", "message key + partitioner"},
    {"union", "union", "union", "union", "merge", "several topics in one subscription"},
    {"side_output", "OutputTag, getSideOutput", "a second query, or foreachBatch",
     "a second action", "split().branch()", "a second topic"},
    {"window", "TumblingEventTimeWindows, SlidingEventTimeWindows", "window(t, size[, slide])",
     "window(length, slide), processing time only", "TimeWindows (advanceBy is our sliding)", OWN},
    {"session", "EventTimeSessionWindows.withGap", "session_window", "-", "SessionWindows", OWN},
    {"decode", "DeserializationSchema, formats", "from_json, from_csv", "map over lines", "Serde",
     "Deserializer"},
    {"aggregate", "reduce, aggregate on a KeyedStream", "groupBy().agg() in update mode",
     "updateStateByKey, mapWithState", "aggregate into a KTable", OWN},
    {"process", "KeyedProcessFunction", "transformWithState, flatMapGroupsWithState",
     "mapWithState", "process, processValues", OWN},
    {"enrich", "broadcast state, lookup join", "broadcast() join with a static table",
     "broadcast variable", "GlobalKTable join", "local cache"},
    {"temporal_join", "FOR SYSTEM_TIME AS OF", "stream-static join", "transform with an RDD join",
     "stream-table join with a versioned store", "look-up"},
    {"interval_join", "intervalJoin, outer: interval LEFT JOIN", "stream-stream join with a range",
     "-", "KStream join, JoinWindows", OWN},
    {"window_join", "join().where().equalTo().window()", "join on window columns",
     "join of windowed DStreams", "-", OWN},
    {"dedup", "ROW_NUMBER() = 1 over row time", "dropDuplicatesWithinWatermark", "-",
     "process with a window store", OWN},
    {"pattern", "CEP.pattern, MATCH_RECOGNIZE", "transformWithState by hand", "-",
     "process with punctuators", OWN},
    {"job", "job, JobGraph", "streaming query", "StreamingContext", "topology, application.id",
     "consumer group"},
    {"source", "Source", "readStream", "InputDStream", "stream(), table()", "consumer"},
    {"output", "Sink (V2)", "writeStream", "foreachRDD", "to()", "producer"},
    {"parallelism", "parallelism.default, slots", "spark.sql.shuffle.partitions, local[N]",
     "RDD partitions", "tasks = partitions, num.stream.threads", "consumers <= partitions"},
    {"key-group", "key group, pipeline.max-parallelism", "shuffle partition, frozen in checkpoint",
     "-", "input partition", "partition"},
    {"trigger", "-", "trigger(processingTime, availableNow, realTime)", "batchDuration",
     "commit.interval.ms (visibility)", "poll size, linger"},
    {"cadence", "a scheduled job in BATCH mode", "a scheduled batch job", "-", "-", "-"},
    {"state", "ValueState, ListState, MapState", "state store", "state RDD", "state store", OWN},
    {"state.backend", "state.backend.type: hashmap, rocksdb", "stateStore.providerClass",
     "checkpointed RDD", "dsl.store: in_memory, rocksDB", "-"},
    {"watermark", "WatermarkStrategy.forBoundedOutOfOrderness", "withWatermark(column, delay)",
     "none: processing time only", "stream time, no watermark", OWN},
    {"idle", "withIdleness", "multipleWatermarkPolicy", "-", "max.task.idle.ms", "-"},
    {"lateness", "allowedLateness", "part of the watermark's delay", "-", "grace", "-"},
    {"late", "sideOutputLateData", "dropped (numRowsDroppedByWatermark)", "-",
     "dropped (dropped-records metric)", "-"},
    {"checkpoint", "checkpoint (barriers)", "offset log + commit log + state",
     "checkpoint directory, WAL", "changelog topic + committed offsets", "committed offsets"},
    {"guarantee", "execution.checkpointing.mode, sink guarantee", "replayable source + sink",
     "receiver + WAL", "processing.guarantee", "commit before or after processing"},
    {"at-least-once", "AT_LEAST_ONCE", "Kafka sink, always", "receiver + WAL", "the default",
     "commit after processing"},
    {"exactly-once", "EXACTLY_ONCE, two-phase-commit sink", "idempotent sink or file sink",
     "output keyed by batch time", "exactly_once_v2", "transactions"},
    {"back-pressure", "credit, a metric of each task", "maxOffsetsPerTrigger",
     "spark.streaming.backpressure.enabled", "pull: lag grows", "pause"},
    {0},
};

const struct pm_glossary_row *pm_glossary_find(const char *term)
{
    for (const struct pm_glossary_row *row = pm_glossary; row->term != NULL; row++) {
        if (strcmp(row->term, term) == 0)
            return row;
    }
    return NULL;
}
