/* SPDX-License-Identifier: Apache-2.0 */
/* The input of a run, made again in memory from scenario and seed: what oracle and origins need. */
#ifndef PM_INPUT_H
#define PM_INPUT_H

#include "pm_generator.h"
#include "pm_closing.h"
#include "pm_query.h"

/** One partition, flush record included: rows[i] has sequence i and its due time as stamp. */
struct pm_input_partition {
    struct pm_record *rows;
    uint64_t count, capacity;
    struct pm_bytes bytes; /* of the extensions; empty when texts are not kept */
    struct pm_rises rises;
    uint64_t text_bytes; /* of the extensions as a log holds them, kept or not */
    uint64_t hash;       /* of all records so far, in order */
    unsigned stream;
};

#define PM_INPUT_PEAK_NS (10 * PM_NS_PER_MS) /* lateness below it does not miss a schedule */

/** Read-only once it is open: it serves all engines and repeats. */
struct pm_input {
    unsigned partitions;
    struct pm_input_partition *partition;
    int64_t watermark_delay_ns[PM_GENERATOR_STREAMS_MAX];
    uint64_t records;    /* data records, all partitions together */
    uint64_t bytes;      /* that they take in a log, one frame a record at worst */
    int64_t last_due_ns; /* of the last data record, from the start */
    int64_t peak_per_s; /* data records of the busiest PM_INPUT_PEAK_NS of the schedule, a second */
    uint64_t text_bytes; /* of them, the extensions */
    uint64_t largest_partition_bytes;
    uint64_t digest; /* of every byte: same scenario and seed, same digest */
    bool keep_texts;
    int64_t window; /* the PM_INPUT_PEAK_NS that the last record is due in */
    uint64_t window_records;
    struct pm_trace_stats trace; /* rows 0: the input is no trace */
    struct pm_rises *rises;
    struct pm_closing closing;
};

/**
 * Open an empty input of @p streams with @p partitions each (stream s from s * partitions on) and
 * watermark delay @p watermark_delay_ns. @p keep_texts: an oracle will read the extensions.
 * Errors: PM_ENOMEM.
 */
int pm_input_open(struct pm_input *out, unsigned streams, unsigned partitions,
                  int64_t watermark_delay_ns, bool keep_texts, struct pm_error *error);

/**
 * Add a copy of the next record of its partition, its due time from the schedule's start as stamp.
 * Errors: PM_EINPUT (no partition of ours), PM_ENOMEM. Amortised O(1): 60 ns and the text's hash.
 */
int pm_input_add(struct pm_input *input, const struct pm_record *record,
                 const struct pm_bytes *bytes, struct pm_error *error);

/** No further records: sums and digest are made, origins can be asked for. Errors: PM_ENOMEM. */
int pm_input_seal(struct pm_input *input, struct pm_error *error);

/** Add all records of @p generator, which is used up, and seal. Errors: the above, the generator's.
 */
int pm_input_generate(struct pm_input *input, struct pm_generator *generator,
                      struct pm_error *error);

void pm_input_close(struct pm_input *input); /* accepts a zeroed one */

/** Due time of record @p id from the schedule's start; false when there is no such data record. */
bool pm_input_due(const struct pm_input *input, uint64_t id, int64_t *due_ns);

/** The input as an oracle reads it: fills @p out and its @p partition (input->partitions of them).
 */
void pm_input_for_oracle(const struct pm_input *input, struct pm_oracle_input *out,
                         struct pm_oracle_partition *partition);

#endif
