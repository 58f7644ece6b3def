/* SPDX-License-Identifier: Apache-2.0 */
/* decode: one split kernel around the codecs. */
#include "pm_decode.h"

struct decode_plan {
    enum pm_codec codec;
    struct pm_schema schema;
};

struct decode {
    struct pm_operator base;
    const struct decode_plan *plan; /* lives as long as the plan */
};

const struct pm_schema pm_dead_letter_schema = {
    .name = "dead-letter",
    .count = 3,
    .columns = {PM_COLUMN_CHOICE("fault", 0, 8, "ok malformed missing type too-long"),
                PM_COLUMN_PAYLOAD("line", PM_TYPE_INTEGER, 8, 8, 0), PM_COLUMN_TEXT("text")},
};

void pm_dead_letter_write(struct pm_record *record, enum pm_codec_fault fault, uint64_t line)
{
    record->payload[0] = (uint64_t)fault;
    record->payload[1] = line;
    record->payload[2] = 0;
}

static inline unsigned decode(struct decode *self, struct pm_record *record, struct pm_bytes *bytes)
{
    const enum pm_codec_fault fault =
        pm_codec_decode(self->plan->codec, &self->plan->schema, record, bytes);

    if (fault == PM_CODEC_OK)
        return 0;
    pm_dead_letter_write(record, fault, pm_record_sequence(record) + 1);
    return PM_DECODE_DEAD_LETTERS;
}
PM_SPLIT_ENTRIES(decode, struct decode, decode)

static const struct pm_column *text_column(const struct pm_schema *schema)
{
    for (unsigned i = 0; i < schema->count; i++) {
        if (schema->columns[i].type == PM_TYPE_TEXT)
            return &schema->columns[i];
    }
    return NULL;
}

static int decode_check(struct pm_plan_node *node, struct pm_error *error)
{
    const struct decode_plan *plan = node->config;
    const struct pm_column *raw = text_column(pm_plan_flow_schema(node->inputs[0]));

    if (raw == NULL)
        return pm_error_set(error, PM_EINPUT, "%s: its input has no text column", node->name);
    node->schema = plan->schema;
    if (text_column(&plan->schema) == NULL) {
        if (plan->schema.count == PM_SCHEMA_COLUMNS)
            return pm_error_set(error, PM_EINPUT, "%s: no room for column %s beside %u others",
                                node->name, raw->name, PM_SCHEMA_COLUMNS);
        node->schema.columns[node->schema.count++] = *raw;
    }
    node->port_schema[PM_DECODE_DEAD_LETTERS] = &pm_dead_letter_schema;
    return 0;
}

static int decode_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    (void)error;
    ((struct decode *)op)->plan = config;
    return 0;
}

const struct pm_operator_class pm_class_decode = {
    .name = "decode",
    .help = "text to columns; what cannot be parsed leaves as dead letters",
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 2,
    .port_names = {"main", "dead-letters"},
    .size = sizeof(struct decode),
    .config_size = sizeof(struct decode_plan),
    .one = decode_one,
    .chunk = decode_chunk,
    .advance = pm_operator_advance,
    .check = decode_check,
    .open = decode_open,
};

struct pm_flow pm_plan_decode(struct pm_plan *plan, struct pm_flow from, enum pm_codec codec,
                              const struct pm_schema *schema)
{
    const struct decode_plan config = {.codec = codec, .schema = *schema};

    return pm_plan_add(plan, &pm_class_decode, &config, 1, &from);
}
