/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting the generator's records by partition, with digest and rises as they come. */
#include "pm_input.h"

#include <stdlib.h>

#include "pm_digest.h"

/* The header of a log frame; behind it there is at most as much padding. */
#define FRAME_BYTES 64u

static int reserve(struct pm_input_partition *partition)
{
    if (partition->count < partition->capacity)
        return 0;

    const uint64_t capacity = partition->capacity == 0 ? 4096 : partition->capacity * 2;
    struct pm_record *const rows = realloc(partition->rows, capacity * sizeof *rows);
    if (rows == NULL)
        return PM_ENOMEM;
    partition->rows = rows;
    partition->capacity = capacity;
    return 0;
}

/* What the digest sees of a record: everything but where its extension happens to lie. */
struct hashed {
    uint64_t before;
    struct pm_record record;
    uint64_t text;
};
static_assert(sizeof(struct hashed) == 80, "no padding is hashed");

static void hash_record(struct pm_input_partition *partition, const struct pm_record *record,
                        const struct pm_bytes *bytes)
{
    uint32_t size = 0;
    const char *const text = pm_record_text(record, bytes, &size);
    struct hashed hashed = {.before = partition->hash, .record = *record};

    pm_record_set_extension(&hashed.record, 0);
    hashed.text = text != NULL ? pm_digest_bytes(text, size) : 0;
    partition->hash = pm_digest_bytes(&hashed, sizeof hashed);
}

static int take_record(struct pm_input_partition *partition, const struct pm_record *record,
                       const struct pm_bytes *bytes, bool keep_texts)
{
    if (reserve(partition) != 0)
        return PM_ENOMEM;

    struct pm_record *const row = &partition->rows[partition->count];
    *row = *record;
    row->id = pm_record_id(pm_record_partition(record), partition->count);
    hash_record(partition, row, bytes);
    partition->text_bytes += pm_record_extension_bytes(record, bytes);
    if (keep_texts)
        pm_record_carry(row, bytes, &partition->bytes);
    else
        pm_record_set_extension(row, 0);
    partition->count++;
    if (partition->bytes.failed)
        return PM_ENOMEM;
    return pm_record_kind(row) == PM_KIND_FLUSH
               ? 0
               : pm_rises_add(&partition->rises, row->event_time_ns, row->stamp_ns);
}

/* Records come in the order in which they are due. */
static void note_pace(struct pm_input *input, int64_t due_ns)
{
    const int64_t window = due_ns / PM_INPUT_PEAK_NS;

    if (window != input->window)
        input->window_records = 0;
    input->window = window;
    input->window_records++;
    const int64_t pace_per_s = (int64_t)input->window_records * (PM_NS_PER_S / PM_INPUT_PEAK_NS);
    if (pace_per_s > input->peak_per_s)
        input->peak_per_s = pace_per_s;
}

int pm_input_add(struct pm_input *input, const struct pm_record *record,
                 const struct pm_bytes *bytes, struct pm_error *error)
{
    const unsigned at = pm_record_partition(record);

    if (at >= input->partitions)
        return pm_error_set(error, PM_EINPUT, "input: a record of partition %u, of %u", at,
                            input->partitions);
    if (pm_record_kind(record) == PM_KIND_DATA) {
        input->records++;
        input->last_due_ns = record->stamp_ns;
        note_pace(input, record->stamp_ns);
    }
    if (take_record(&input->partition[at], record, bytes, input->keep_texts) != 0)
        return pm_error_set(error, PM_ENOMEM, "input: out of memory at record %llu",
                            (unsigned long long)input->records);
    return 0;
}

int pm_input_generate(struct pm_input *input, struct pm_generator *generator,
                      struct pm_error *error)
{
    struct pm_bytes bytes = {0};
    struct pm_record record;
    int code = 0;

    while ((code = pm_generator_next(generator, &record, &bytes)) > 0) {
        code = pm_input_add(input, &record, &bytes, error);
        if (code != 0)
            break;
        bytes.used = 0;
    }
    pm_bytes_close(&bytes);
    return code == 0 ? pm_input_seal(input, error) : code;
}

int pm_input_seal(struct pm_input *input, struct pm_error *error)
{
    uint64_t *const hashes = calloc(input->partitions, sizeof *hashes);

    if (hashes == NULL)
        return pm_error_set(error, PM_ENOMEM, "input: out of memory");
    for (unsigned i = 0; i < input->partitions; i++) {
        const struct pm_input_partition *const from = &input->partition[i];
        const uint64_t bytes =
            from->count * (sizeof(struct pm_record) + 2 * FRAME_BYTES) + from->text_bytes;

        hashes[i] = from->hash;
        input->bytes += bytes;
        input->text_bytes += from->text_bytes;
        if (bytes > input->largest_partition_bytes)
            input->largest_partition_bytes = bytes;
        input->rises[i] = from->rises;
    }
    input->digest = pm_digest_bytes(hashes, input->partitions * sizeof *hashes);
    input->closing = (struct pm_closing){
        .partitions = input->partitions,
        .partition = input->rises,
        .watermark_delay_ns = input->watermark_delay_ns,
    };
    free(hashes);
    return 0;
}

int pm_input_open(struct pm_input *out, unsigned streams, unsigned partitions,
                  int64_t watermark_delay_ns, bool keep_texts, struct pm_error *error)
{
    *out = (struct pm_input){.partitions = streams * partitions, .keep_texts = keep_texts};
    out->partition = calloc(out->partitions, sizeof *out->partition);
    out->rises = calloc(out->partitions, sizeof *out->rises);
    if (out->partition == NULL || out->rises == NULL) {
        pm_input_close(out);
        return pm_error_set(error, PM_ENOMEM, "input: out of memory");
    }
    for (unsigned i = 0; i < out->partitions; i++) {
        out->partition[i].stream = i / partitions;
        out->partition[i].rises.stream = i / partitions;
    }
    for (unsigned i = 0; i < streams; i++)
        out->watermark_delay_ns[i] = watermark_delay_ns;
    return 0;
}

void pm_input_close(struct pm_input *input)
{
    for (unsigned i = 0; i < input->partitions && input->partition != NULL; i++) {
        free(input->partition[i].rows);
        pm_bytes_close(&input->partition[i].bytes);
        pm_rises_close(&input->partition[i].rises);
    }
    free(input->partition);
    free(input->rises);
    *input = (struct pm_input){0};
}

bool pm_input_due(const struct pm_input *input, uint64_t id, int64_t *due_ns)
{
    const struct pm_record named = {.id = id};
    const unsigned at = pm_record_partition(&named);

    if (at >= input->partitions || pm_record_sequence(&named) >= input->partition[at].count)
        return false;

    const struct pm_record *const row = &input->partition[at].rows[pm_record_sequence(&named)];
    *due_ns = row->stamp_ns;
    return pm_record_kind(row) == PM_KIND_DATA;
}

void pm_input_for_oracle(const struct pm_input *input, struct pm_oracle_input *out,
                         struct pm_oracle_partition *partition)
{
    for (unsigned i = 0; i < input->partitions; i++) {
        const struct pm_input_partition *const from = &input->partition[i];

        partition[i] = (struct pm_oracle_partition){
            .rows = from->rows,
            .bytes = &from->bytes,
            .count = from->count,
            .stream = from->stream,
            .watermark_delay_ns = input->watermark_delay_ns[from->stream],
        };
    }
    *out = (struct pm_oracle_input){.partitions = input->partitions, .partition = partition};
}
