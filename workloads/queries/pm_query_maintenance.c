/* SPDX-License-Identifier: Apache-2.0 */
/* maintenance: an alert when a machine's vibration and temperature both leave what is usual. */
#include "pm_query_maintenance.h"

#include "pm_changes.h"
#include "pm_verbs.h"

#define HOUR_NS 3600000000000
#define SLOT_NS 60000000000 /* a fault lasts a minute */

#define FIELD(name_) offsetof(struct pm_query_maintenance_settings, name_)

static const struct pm_option options[] = {
    {"readings", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(readings), 2, 1000000, "1000", NULL,
     "of a machine and kind, in the moving mean and deviation", NULL},
    {"history", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(history), 1, 1000000, "100", NULL,
     "readings of a machine and kind before any is judged", NULL},
    {"deviations", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(deviations), 1, 8, "3", NULL,
     "standard deviations from the moving mean that are too far", NULL},
    {"successive", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(successive), 1,
     PM_MAINTENANCE_SUCCESSIVE_MAX, "5", NULL, "readings looked at, the newest included", NULL},
    {"beyond", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(beyond), 1, PM_MAINTENANCE_SUCCESSIVE_MAX,
     "3", NULL, "of them too far: vibration or temperature alarms", NULL},
    {"agree", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(agree_ns), 0, 24 * HOUR_NS, "30s", NULL,
     "time between the alarms of vibration and temperature for an alert", NULL},
    {0},
};

#define KINDS "vibration temperature"

static const struct pm_schema readings = {
    .name = "reading",
    .count = 4,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("machine"),
                PM_COLUMN_PAYLOAD("reading", PM_TYPE_INTEGER, 0, 8, 0),
                PM_COLUMN_CHOICE("kind", 8, 8, KINDS)},
};

/* Columns behind machine and time, as results. */
enum { READING, KIND, MEAN, BEYOND, APART, RESULTS };

/* One minute in forty a machine is in trouble, and both its kinds read far above the usual. */
static void fill(const void *settings, struct pm_random *random, struct pm_record *record,
                 struct pm_bytes *bytes)
{
    const uint64_t slot = (uint64_t)(record->event_time_ns / SLOT_NS);
    const bool trouble = pm_hash_u64(record->key << 32 ^ slot) % 40 == 0;
    const int64_t base = (int64_t)(pm_hash_u64(record->key) % 5000);

    (void)settings;
    (void)bytes;
    record->payload[0] = (uint64_t)(base + pm_random_between(random, -300, 300) +
                                    (trouble ? pm_random_between(random, 1000, 6000) : 0));
    record->payload[1] = pm_random_below(random, 2);
}

/* --- the operator ----------------------------------------------------------------------------- */

/* What is kept of one kind of a machine beside its readings: exact sums over them. */
struct kind {
    int64_t count;
    int64_t sum;
    uint64_t squares_low, squares_high; /* 128 bits: slots are aligned to 8 */
    uint64_t too_far;                   /* the last readings, the newest in bit 0 */
    int64_t alarm_ns;                   /* of the last alarm */
    int64_t has_alarm;
};

struct watch {
    struct pm_operator base;
    struct pm_out out;
    struct pm_query_maintenance_settings settings;
    struct pm_cell *kinds;       /* value: struct kind [2] */
    struct pm_cell *readings[2]; /* list: int64, oldest first */
};

static inline unsigned __int128 squares(const struct kind *kind)
{
    return (unsigned __int128)kind->squares_high << 64 | kind->squares_low;
}

static inline void count(struct kind *kind, int64_t reading, int sign)
{
    const unsigned __int128 square = (unsigned __int128)((__int128)reading * reading);
    const unsigned __int128 sum = sign > 0 ? squares(kind) + square : squares(kind) - square;

    kind->squares_low = (uint64_t)sum;
    kind->squares_high = (uint64_t)(sum >> 64);
    kind->sum += sign * reading;
    kind->count += sign;
}

/* |x - S/n| > k x deviation, both sides squared and multiplied by n^2. With n <= 2^20 and readings
 * below 2^31 each side stays below 2^110. */
static bool is_too_far(const struct watch *self, const struct kind *kind, int64_t reading)
{
    const __int128 n = kind->count, k = self->settings.deviations;
    const __int128 distance = n * reading - kind->sum;
    const __int128 spread = n * (__int128)squares(kind) - (__int128)kind->sum * kind->sum;

    return n >= self->settings.history && distance * distance > k * k * spread;
}

/* S/n in thousandths, a half away from zero. */
static int64_t mean(const struct kind *kind)
{
    const __int128 size = (__int128)(kind->sum < 0 ? -kind->sum : kind->sum) * 1000;
    const int64_t rounded = (int64_t)((2 * size + kind->count) / (2 * (__int128)kind->count));

    return kind->sum < 0 ? -rounded : rounded;
}

static void remember(struct watch *self, struct kind *kind, unsigned which, uint64_t key,
                     int64_t reading)
{
    struct pm_cell *list = self->readings[which];

    *(int64_t *)pm_list_append(list, key) = reading;
    count(kind, reading, 1);
    if (kind->count > self->settings.readings) {
        count(kind, *(const int64_t *)pm_list_at(list, key, 0), -1);
        pm_list_drop_front(list, key, 1);
    }
}

static inline int64_t apart(int64_t a, int64_t b)
{
    return a < b ? b - a : a - b;
}

static inline void watch(struct watch *self, unsigned input, const struct pm_record *record,
                         const struct pm_bytes *bytes, struct pm_out *out)
{
    const unsigned which = pm_maintenance_kind(record);
    const int64_t reading = pm_maintenance_clamp(pm_maintenance_reading(record));
    struct kind *kinds = pm_value_pin(self->kinds, record->key);
    struct kind *kind = &kinds[which];
    const struct kind *other = &kinds[1 - which];
    const uint64_t looked_at = UINT64_MAX >> (64 - self->settings.successive);
    int64_t results[RESULTS] = {pm_maintenance_reading(record), which};

    (void)input;
    kind->too_far = (kind->too_far << 1 | is_too_far(self, kind, reading)) & looked_at;
    results[BEYOND] = __builtin_popcountll(kind->too_far);
    results[MEAN] = kind->count != 0 ? mean(kind) : 0;
    remember(self, kind, which, record->key, reading);
    if (results[BEYOND] < self->settings.beyond)
        return;
    kind->alarm_ns = record->event_time_ns;
    kind->has_alarm = 1;
    results[APART] = apart(kind->alarm_ns, other->alarm_ns);
    if (other->has_alarm != 0 && results[APART] <= self->settings.agree_ns)
        pm_changes_make(out, record, bytes, PM_OP_INSERT, RESULTS, results);
}
PM_EMIT_ENTRIES(watch, struct watch, watch)

static int watch_check(struct pm_plan_node *node, struct pm_error *error)
{
    static const struct pm_column event_time = PM_COLUMN_EVENT_TIME("time");
    static const struct pm_column kind = {.type = PM_TYPE_CHOICE, .choices = KINDS};
    static const struct pm_column decimal = {.type = PM_TYPE_DECIMAL,
                                             .scale = PM_MAINTENANCE_SCALE};
    const struct pm_query_maintenance_settings *settings = node->config;
    struct pm_column *columns = node->schema.columns;

    if (settings->beyond > settings->successive)
        return pm_error_set(error, PM_EINPUT, "%s: beyond is %lld of %lld successive readings",
                            node->name, (long long)settings->beyond,
                            (long long)settings->successive);
    pm_results_open(&node->schema, node->name);
    columns[0].name = "machine";
    columns[1] = event_time;
    columns[2] = pm_results_column("reading", READING);
    columns[3] = pm_results_column_as(&kind, "kind", KIND);
    columns[4] = pm_results_column_as(&decimal, "mean", MEAN);
    columns[5] = pm_results_column("beyond", BEYOND);
    columns[6] = pm_results_column("apart", APART);
    node->schema.count = 7;
    return 0;
}

static int watch_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    struct watch *self = (struct watch *)op;

    self->settings = *(const struct pm_query_maintenance_settings *)config;
    int code = pm_state_declare(&self->kinds, op->state, "kinds", PM_CELL_VALUE,
                                2 * sizeof(struct kind), error);
    if (code == 0)
        code = pm_state_declare(&self->readings[0], op->state, "vibration", PM_CELL_LIST, 8, error);
    if (code == 0)
        code =
            pm_state_declare(&self->readings[1], op->state, "temperature", PM_CELL_LIST, 8, error);
    if (code != 0)
        return code;
    return pm_out_open(&self->out, op, error);
}

static void watch_close(struct pm_operator *op)
{
    pm_out_close(&((struct watch *)op)->out);
}

static const struct pm_operator_class watch_class = {
    .name = "watch",
    .help = "alert when both kinds of a machine's readings are far from usual",
    .traits = PM_TRAIT_KEYED | PM_TRAIT_ARRIVAL_ORDER | PM_TRAIT_LOOKS_BACK,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 1,
    .port_names = {"main"},
    .size = sizeof(struct watch),
    .config_size = sizeof(struct pm_query_maintenance_settings),
    .one = watch_one,
    .chunk = watch_chunk,
    .advance = pm_operator_advance,
    .check = watch_check,
    .open = watch_open,
    .close = watch_close,
};

static void build(struct pm_plan *plan, const void *settings)
{
    const struct pm_flow source = pm_plan_source(plan, 0, &readings);
    const struct pm_flow by_machine = pm_plan_key_by(plan, source, "machine");

    pm_plan_output(plan, pm_plan_add(plan, &watch_class, settings, 1, &by_machine), 0, "alerts");
}

const struct pm_query pm_query_maintenance = {
    .name = "maintenance",
    .summary = "alert when a machine's vibration and temperature are far from usual together",
    .options = options,
    .settings_size = sizeof(struct pm_query_maintenance_settings),
    .streams = 1,
    .stream = {{"readings", &readings, PM_CODEC_BINARY, 1, fill}},
    .outputs = 1,
    .output = {{"alerts", {"id"}}},
    .order = PM_ORDER_ARRIVAL,
    .build = build,
    .oracle = pm_oracle_maintenance,
};
