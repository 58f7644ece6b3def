/* SPDX-License-Identifier: Apache-2.0 */
/* Probes: every call is noted when it begins and when its rows have gone on. */
#include "pm_probe.h"

#include <string.h>

struct pm_probe_log pm_probes;

struct probe {
    struct pm_operator base;
    unsigned number;
    struct pm_cell *value;          /* keyed: rows of the key, in state */
    uint64_t counts[PM_PROBE_KEYS]; /* and what this instance has counted */
};

static void note(const struct probe *self)
{
    const uint32_t step = atomic_fetch_add(&pm_probes.steps, 1);

    if (step < PM_PROBE_LOG)
        pm_probes.probe[step] = (uint8_t)self->number;
}

static void look_at_state(struct probe *self, const struct pm_record *record)
{
    uint64_t *slot;

    if (self->value == NULL)
        return;
    slot = pm_value_pin(self->value, record->key);
    if (*slot != self->counts[record->key % PM_PROBE_KEYS])
        atomic_fetch_add(&pm_probes.found_state, 1);
    *slot = ++self->counts[record->key % PM_PROBE_KEYS];
    pm_state_unpin(self->base.state);
}

static void probe_one(struct pm_operator *op, unsigned input, struct pm_record *record,
                      struct pm_bytes *bytes)
{
    struct probe *self = (struct probe *)op;

    (void)input;
    note(self);
    atomic_fetch_add(&pm_probes.rows[self->number], 1);
    look_at_state(self, record);
    pm_push(op, 0, record, bytes);
    note(self);
}

static void probe_chunk(struct pm_operator *op, unsigned input, struct pm_chunk *chunk)
{
    struct probe *self = (struct probe *)op;

    (void)input;
    note(self);
    atomic_fetch_add(&pm_probes.rows[self->number], chunk->selected);
    for (uint32_t i = 0; i < chunk->selected; i++)
        look_at_state(self, &chunk->rows[pm_chunk_row(chunk, i)]);
    pm_push_chunk(op, 0, chunk);
    note(self);
}

static int probe_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    struct probe *self = (struct probe *)op;

    memcpy(&self->number, config, sizeof self->number);
    atomic_fetch_add(&pm_probes.opened[self->number], 1);
    return op->state == NULL
               ? 0
               : pm_state_declare(&self->value, op->state, "value", PM_CELL_VALUE, 8, error);
}

static void probe_close(struct pm_operator *op)
{
    atomic_fetch_add(&pm_probes.closed[((struct probe *)op)->number], 1);
}

#define PROBE_CLASS(name_, traits_)                                                                \
    {                                                                                              \
        .name = name_, .traits = PM_TRAIT_TAKES_RETRACT | (traits_), .inputs_min = 1,              \
        .inputs_max = 1, .ports = 1, .port_names = {"main"}, .size = sizeof(struct probe),         \
        .config_size = sizeof(unsigned), .one = probe_one, .chunk = probe_chunk,                   \
        .advance = pm_operator_advance, .open = probe_open, .close = probe_close                   \
    }

static const struct pm_operator_class class_probe = PROBE_CLASS("probe", 0);
static const struct pm_operator_class class_keyed =
    PROBE_CLASS("keyed_probe", PM_TRAIT_KEYED | PM_TRAIT_LOOKS_BACK);

struct pm_flow pm_probe_add(struct pm_plan *plan, struct pm_flow from, unsigned number)
{
    return pm_plan_add(plan, &class_probe, &number, 1, &from);
}

struct pm_flow pm_probe_add_keyed(struct pm_plan *plan, struct pm_flow from, unsigned number)
{
    return pm_plan_add(plan, &class_keyed, &number, 1, &from);
}

void pm_probe_reset(void)
{
    memset(&pm_probes, 0, sizeof pm_probes);
}
