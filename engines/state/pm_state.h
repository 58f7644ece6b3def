/* SPDX-License-Identifier: Apache-2.0 */
/* Keyed state by key group: what an operator keeps, whoever stores it. */
#ifndef PM_STATE_H
#define PM_STATE_H

#include "pm_error.h"
#include "pm_hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A state belongs to one operator instance and one thread. It holds cells, each declared once after
 * open and before the first look-up: values, lists, ordered maps, timers, all by 64-bit key.
 *
 * Pinning. A look-up pins what it returns; the address is good until pm_state_unpin. Look-ups of
 * one key between two unpins give one and the same slot. Nothing moves, shrinks or grows while
 * anything is pinned: that work waits for unpin, which does a bounded share of it. An operator
 * unpins before it pushes a row, so an address never outlives the kernel's call. pin, pin_many,
 * append, list_at, map_get and map_put announce a write: a backend that copies or snapshots marks
 * the place at that moment. peek and the ranges (at_least, at_most, scan) read only.
 *
 * Memory. All functions that may allocate report it by pm_state_failed (checked by the engine at
 * the end of a step) and return a scratch place, so kernels have no error path.
 */
struct pm_state;
struct pm_cell;

enum pm_cell_kind { PM_CELL_VALUE, PM_CELL_LIST, PM_CELL_MAP, PM_CELL_TIMERS };

struct pm_state_config {
    unsigned first_key_group, key_groups; /* the range that this subtask owns */
    uint64_t expected_keys;               /* sizes the first table; 0: small */
};

/** One entry of a map or list range; value points into pinned state. */
struct pm_state_entry {
    int64_t order; /* the map's sub-key; the list's index */
    void *value;
};

/** A timer: fires once the watermark reaches time_ns. tag is the operator's own. */
struct pm_timer {
    int64_t time_ns;
    uint64_t key;
    int64_t tag;
};

/** The hooks of a backend. Operators call the pm_* functions below, which add nothing but names. */
struct pm_state_ops {
    const char *name;
    int (*open)(struct pm_state **out, const struct pm_state_config *config,
                struct pm_error *error);
    void (*close)(struct pm_state *state); /* accepts NULL */
    int (*declare)(struct pm_cell **out, struct pm_state *state, const char *name,
                   enum pm_cell_kind kind, uint32_t size, struct pm_error *error);
    void (*unpin)(struct pm_state *state);
    bool (*failed)(const struct pm_state *state);
    uint64_t (*bytes)(const struct pm_state *state);

    void *(*value_pin)(struct pm_cell *cell, uint64_t key);
    void (*value_pin_many)(struct pm_cell *cell, uint32_t n, const uint64_t *keys, void **slots);
    void *(*value_peek)(struct pm_cell *cell, uint64_t key);
    void (*value_delete)(struct pm_cell *cell, uint64_t key);

    void *(*list_append)(struct pm_cell *cell, uint64_t key);
    uint32_t (*list_length)(struct pm_cell *cell, uint64_t key);
    void *(*list_at)(struct pm_cell *cell, uint64_t key, uint32_t index);
    void (*list_drop_front)(struct pm_cell *cell, uint64_t key, uint32_t count);

    void *(*map_get)(struct pm_cell *cell, uint64_t key, int64_t order);
    void *(*map_put)(struct pm_cell *cell, uint64_t key, int64_t order, bool *fresh);
    bool (*map_at_least)(struct pm_cell *cell, uint64_t key, int64_t order,
                         struct pm_state_entry *entry);
    bool (*map_at_most)(struct pm_cell *cell, uint64_t key, int64_t order,
                        struct pm_state_entry *entry);
    uint32_t (*map_scan)(struct pm_cell *cell, uint64_t key, int64_t order,
                         struct pm_state_entry *entries, uint32_t room);
    void (*map_delete)(struct pm_cell *cell, uint64_t key, int64_t order);

    void (*timer_set)(struct pm_cell *cell, const struct pm_timer *timer);
    bool (*timer_pop)(struct pm_cell *cell, int64_t watermark_ns, struct pm_timer *timer);
};

/** First member of every backend's state, and of its cells. */
struct pm_state {
    const struct pm_state_ops *ops;
    bool restless; /* the backend's: its unpin has something to do */
};
struct pm_cell {
    struct pm_state *state;
};

extern const struct pm_state_ops pm_state_memory;  /* open addressing in extents */
extern const struct pm_state_ops pm_state_copying; /* hands out copies: proves the interface */

static inline int pm_state_open(struct pm_state **out, const struct pm_state_ops *ops,
                                const struct pm_state_config *config, struct pm_error *error)
{
    if (config->key_groups == 0 || config->first_key_group + config->key_groups > PM_KEY_GROUPS)
        return pm_error_set(error, PM_EINPUT, "key groups %u + %u: expected 1..%u of them",
                            config->first_key_group, config->key_groups, PM_KEY_GROUPS);
    return ops->open(out, config, error);
}
static inline void pm_state_close(struct pm_state *state)
{
    if (state != NULL)
        state->ops->close(state);
}
/** Declare a cell: @p size bytes a value, list element or map value (a multiple of 8, at most
 * 4096; of timers 0). Names are unique in a state; snapshots know cells by them. */
static inline int pm_state_declare(struct pm_cell **out, struct pm_state *state, const char *name,
                                   enum pm_cell_kind kind, uint32_t size, struct pm_error *error)
{
    return state->ops->declare(out, state, name, kind, size, error);
}
/** End of a kernel call or of a chunk: no address handed out before is good from now on. */
static inline void pm_state_unpin(struct pm_state *state)
{
    if (state->restless)
        state->ops->unpin(state);
}
/** True when memory ran out since open; the job ends with PM_ENOMEM. */
static inline bool pm_state_failed(const struct pm_state *state)
{
    return state->ops->failed(state);
}
/** Bytes held, tables and blocks included. */
static inline uint64_t pm_state_bytes(const struct pm_state *state)
{
    return state->ops->bytes(state);
}

/* --- value: one fixed-size value a key, zero at first ---------------------------------------- */

/** The value of @p key, made zero when absent; pinned. */
static inline void *pm_value_pin(struct pm_cell *cell, uint64_t key)
{
    return cell->state->ops->value_pin(cell, key);
}
/** As value_pin for @p n <= 256 keys: all look-ups first, so that their misses overlap. */
static inline void pm_value_pin_many(struct pm_cell *cell, uint32_t n, const uint64_t *keys,
                                     void **slots)
{
    cell->state->ops->value_pin_many(cell, n, keys, slots);
}
/** The value of @p key, or NULL; makes nothing. */
static inline void *pm_value_peek(struct pm_cell *cell, uint64_t key)
{
    return cell->state->ops->value_peek(cell, key);
}
/** Empty the slot of @p key; a pinned address of it stays readable until unpin, and unchanged
 * unless the key is pinned again. */
static inline void pm_value_delete(struct pm_cell *cell, uint64_t key)
{
    cell->state->ops->value_delete(cell, key);
}

/* --- list: append at the end, read by index, drop at the front -------------------------------- */

/** A zeroed element at the end of @p key's list; pinned. Earlier pins of the list stay good. */
static inline void *pm_list_append(struct pm_cell *cell, uint64_t key)
{
    return cell->state->ops->list_append(cell, key);
}
static inline uint32_t pm_list_length(struct pm_cell *cell, uint64_t key)
{
    return cell->state->ops->list_length(cell, key);
}
/** Element @p index < length, 0 the oldest kept; pinned. */
static inline void *pm_list_at(struct pm_cell *cell, uint64_t key, uint32_t index)
{
    return cell->state->ops->list_at(cell, key, index);
}
/** Forget the @p count oldest; an empty list holds no memory. */
static inline void pm_list_drop_front(struct pm_cell *cell, uint64_t key, uint32_t count)
{
    cell->state->ops->list_drop_front(cell, key, count);
}

/* --- map: by key and then by a signed order; the sub-keys of a key are sorted ----------------- */

/** The value at exactly @p order, or NULL; pinned. */
static inline void *pm_map_get(struct pm_cell *cell, uint64_t key, int64_t order)
{
    return cell->state->ops->map_get(cell, key, order);
}
/** The value at @p order, made zero when absent (*fresh, may be NULL, says so); pinned. */
static inline void *pm_map_put(struct pm_cell *cell, uint64_t key, int64_t order, bool *fresh)
{
    return cell->state->ops->map_put(cell, key, order, fresh);
}
/** The entry with the smallest order >= @p order; false when there is none. */
static inline bool pm_map_at_least(struct pm_cell *cell, uint64_t key, int64_t order,
                                   struct pm_state_entry *entry)
{
    return cell->state->ops->map_at_least(cell, key, order, entry);
}
/** The entry with the largest order <= @p order; false when there is none. */
static inline bool pm_map_at_most(struct pm_cell *cell, uint64_t key, int64_t order,
                                  struct pm_state_entry *entry)
{
    return cell->state->ops->map_at_most(cell, key, order, entry);
}
/** The entries with order >= @p order, ascending, at most @p room of them; returns how many. One
 * look-up for all: sliding windows are folded from it. */
static inline uint32_t pm_map_scan(struct pm_cell *cell, uint64_t key, int64_t order,
                                   struct pm_state_entry *entries, uint32_t room)
{
    return cell->state->ops->map_scan(cell, key, order, entries, room);
}
static inline void pm_map_delete(struct pm_cell *cell, uint64_t key, int64_t order)
{
    cell->state->ops->map_delete(cell, key, order);
}

/* --- timers: a set of (time, key, tag), fired in that order of time, then of setting ---------- */

/** Set a timer; the same (time, key, tag) set again is one timer only where the operator sees to
 * it: the cell keeps every one. */
static inline void pm_timer_set(struct pm_cell *cell, int64_t time_ns, uint64_t key, int64_t tag)
{
    const struct pm_timer timer = {time_ns, key, tag};
    cell->state->ops->timer_set(cell, &timer);
}
/** Take out the first timer with time <= @p watermark_ns; false when there is none. */
static inline bool pm_timer_pop(struct pm_cell *cell, int64_t watermark_ns, struct pm_timer *timer)
{
    return cell->state->ops->timer_pop(cell, watermark_ns, timer);
}

#endif
