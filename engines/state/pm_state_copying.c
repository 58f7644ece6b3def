/* SPDX-License-Identifier: Apache-2.0 */
/* A backend of sorted arrays that hands out copies and writes them back: for tests of operators. */
#include "pm_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CELLS_MAX     16u
#define NAME_SIZE     64u
#define CELL_SIZE_MAX 4096u

/* A stored value. Values have order 0, lists count up, maps have their order, timers a serial. */
struct entry {
    uint64_t key;
    int64_t order;
    uint8_t *value;
};

struct copying_cell {
    struct pm_cell base;
    enum pm_cell_kind kind;
    uint32_t size;
    char name[NAME_SIZE];
    struct entry *entries; /* by key, then by order */
    uint64_t count, room;
    int64_t serial; /* timers set so far */
};

/* A copy that was handed out. A detached one belongs to an entry that was deleted since. */
struct pin {
    struct copying_cell *cell;
    uint64_t key;
    int64_t order;
    uint8_t *copy;
    bool written, detached;
};

struct copying_state {
    struct pm_state base;
    struct pm_state_config config;
    struct copying_cell *cells[CELLS_MAX];
    unsigned cell_count;
    struct pin *pins;
    uint64_t pin_count, pin_room;
    bool failed;
    uint64_t scratch[CELL_SIZE_MAX / 8];
};

static struct copying_state *state_of(const struct pm_cell *cell)
{
    return (struct copying_state *)cell->state;
}

static struct copying_cell *cell_of(const struct pm_cell *cell)
{
    return (struct copying_cell *)cell;
}

static void *fail(struct copying_state *state)
{
    state->failed = true;
    return memset(state->scratch, 0, sizeof state->scratch);
}

/* --- the sorted array ------------------------------------------------------------------------ */

/* The index of the first entry at or behind (@p key, @p order). */
static uint64_t lower_bound(const struct copying_cell *cell, uint64_t key, int64_t order)
{
    uint64_t low = 0;
    uint64_t high = cell->count;

    while (low < high) {
        const uint64_t middle = (low + high) / 2;
        const struct entry *entry = &cell->entries[middle];
        if (entry->key < key || (entry->key == key && entry->order < order))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct copying_cell *cell, uint64_t i, uint64_t key, int64_t order)
{
    return i < cell->count && cell->entries[i].key == key && cell->entries[i].order == order;
}

/* A zeroed entry at index @p i; NULL when memory ran out. */
static struct entry *insert(struct copying_cell *cell, uint64_t i, uint64_t key, int64_t order)
{
    if (cell->count == cell->room) {
        const uint64_t room = cell->room == 0 ? 16 : 2 * cell->room;
        struct entry *entries = realloc(cell->entries, room * sizeof *entries);
        if (entries == NULL)
            return NULL;
        cell->entries = entries;
        cell->room = room;
    }
    uint8_t *value = calloc(1, cell->size);
    if (value == NULL)
        return NULL;
    memmove(cell->entries + i + 1, cell->entries + i, (cell->count - i) * sizeof *cell->entries);
    cell->entries[i] = (struct entry){key, order, value};
    cell->count++;
    return &cell->entries[i];
}

static void remove_at(struct copying_cell *cell, uint64_t i)
{
    free(cell->entries[i].value);
    cell->count--;
    memmove(cell->entries + i, cell->entries + i + 1, (cell->count - i) * sizeof *cell->entries);
}

/* --- copies ---------------------------------------------------------------------------------- */

static struct pin *find_pin(struct copying_state *state, const struct copying_cell *cell,
                            uint64_t key, int64_t order)
{
    for (uint64_t i = state->pin_count; i > 0; i--) {
        struct pin *pin = &state->pins[i - 1];
        if (pin->cell == cell && pin->key == key && pin->order == order && !pin->detached)
            return pin;
    }
    return NULL;
}

static struct pin *add_pin(struct copying_state *state)
{
    if (state->pin_count == state->pin_room) {
        const uint64_t room = state->pin_room == 0 ? 16 : 2 * state->pin_room;
        struct pin *pins = realloc(state->pins, room * sizeof *pins);
        if (pins == NULL)
            return NULL;
        state->pins = pins;
        state->pin_room = room;
    }
    state->base.restless = true;
    return &state->pins[state->pin_count++];
}

/* The one copy of entry @p i that is good until unpin; @p write: it will be written back. */
static void *copy_out(struct copying_cell *cell, uint64_t i, bool write)
{
    struct copying_state *state = state_of(&cell->base);
    const struct entry *entry = &cell->entries[i];
    struct pin *pin = find_pin(state, cell, entry->key, entry->order);

    if (pin == NULL) {
        uint8_t *copy = malloc(cell->size);
        pin = copy != NULL ? add_pin(state) : NULL;
        if (pin == NULL) {
            free(copy);
            return fail(state);
        }
        memcpy(copy, entry->value, cell->size);
        *pin = (struct pin){.cell = cell, .key = entry->key, .order = entry->order, .copy = copy};
    }
    pin->written |= write;
    return pin->copy;
}

/* Remove entry @p i; its copy stays readable and is written nowhere. */
static void delete_at(struct copying_cell *cell, uint64_t i)
{
    struct pin *pin =
        find_pin(state_of(&cell->base), cell, cell->entries[i].key, cell->entries[i].order);

    if (pin != NULL)
        pin->detached = true;
    remove_at(cell, i);
}

static void copying_unpin(struct pm_state *base)
{
    struct copying_state *state = (struct copying_state *)base;

    for (uint64_t i = 0; i < state->pin_count; i++) {
        const struct pin *pin = &state->pins[i];
        if (pin->written && !pin->detached)
            memcpy(pin->cell->entries[lower_bound(pin->cell, pin->key, pin->order)].value,
                   pin->copy, pin->cell->size);
        free(pin->copy);
    }
    state->pin_count = 0;
    base->restless = false;
}

/* --- state and cells ------------------------------------------------------------------------- */

static int copying_open(struct pm_state **out, const struct pm_state_config *config,
                        struct pm_error *error)
{
    struct copying_state *state = NULL;

    state = calloc(1, sizeof *state);
    if (state == NULL)
        return pm_error_set(error, PM_ENOMEM, "no memory for a state");
    state->base.ops = &pm_state_copying;
    state->config = *config;
    *out = &state->base;
    return 0;
}

static void copying_close(struct pm_state *base)
{
    struct copying_state *state = (struct copying_state *)base;

    if (state == NULL)
        return;
    copying_unpin(base);
    for (unsigned i = 0; i < state->cell_count; i++) {
        struct copying_cell *cell = state->cells[i];
        while (cell->count > 0)
            remove_at(cell, cell->count - 1);
        free(cell->entries);
        free(cell);
    }
    free(state->pins);
    free(state);
}

static int copying_declare(struct pm_cell **out, struct pm_state *base, const char *name,
                           enum pm_cell_kind kind, uint32_t size, struct pm_error *error)
{
    struct copying_state *state = (struct copying_state *)base;

    if (state->cell_count == CELLS_MAX || strlen(name) >= NAME_SIZE || size % 8 != 0 ||
        size > CELL_SIZE_MAX || (size == 0) != (kind == PM_CELL_TIMERS))
        return pm_error_set(error, PM_EINTERNAL, "cell %s: %u bytes: cannot be declared", name,
                            size);
    for (unsigned i = 0; i < state->cell_count; i++) {
        if (strcmp(state->cells[i]->name, name) == 0)
            return pm_error_set(error, PM_EINTERNAL, "cell %s: declared twice", name);
    }
    struct copying_cell *cell = calloc(1, sizeof *cell);
    if (cell == NULL)
        return pm_error_set(error, PM_ENOMEM, "cell %s: no memory", name);
    cell->base.state = base;
    cell->kind = kind;
    cell->size = kind == PM_CELL_TIMERS ? (uint32_t)sizeof(struct pm_timer) : size;
    memcpy(cell->name, name, strlen(name));
    state->cells[state->cell_count++] = cell;
    *out = &cell->base;
    return 0;
}

static bool copying_failed(const struct pm_state *base)
{
    return ((const struct copying_state *)base)->failed;
}

static uint64_t copying_bytes(const struct pm_state *base)
{
    const struct copying_state *state = (const struct copying_state *)base;
    uint64_t bytes = sizeof *state + state->pin_room * sizeof *state->pins;

    for (unsigned i = 0; i < state->cell_count; i++) {
        const struct copying_cell *cell = state->cells[i];
        bytes += sizeof *cell + cell->room * sizeof *cell->entries + cell->count * cell->size;
    }
    return bytes;
}

/* --- the four kinds -------------------------------------------------------------------------- */

static void check_owner(const struct pm_cell *base, uint64_t key)
{
    const struct pm_state_config *config = &state_of(base)->config;
    const unsigned group = pm_hash_key_group(pm_hash_u64(key));

    assert(group - config->first_key_group < config->key_groups &&
           "the key belongs to another subtask");
    (void)group;
    (void)config;
}

/* The entry at (@p key, @p order), made when absent; pinned for writing. */
static void *put(struct pm_cell *base, uint64_t key, int64_t order, bool *fresh)
{
    struct copying_cell *cell = cell_of(base);
    const uint64_t i = lower_bound(cell, key, order);

    check_owner(base, key);
    *fresh = !is_at(cell, i, key, order);
    if (*fresh && insert(cell, i, key, order) == NULL)
        return fail(state_of(base));
    return copy_out(cell, i, true);
}

static void *get(struct pm_cell *base, uint64_t key, int64_t order, bool write)
{
    struct copying_cell *cell = cell_of(base);
    const uint64_t i = lower_bound(cell, key, order);

    check_owner(base, key);
    return is_at(cell, i, key, order) ? copy_out(cell, i, write) : NULL;
}

static void delete_entry(struct pm_cell *base, uint64_t key, int64_t order)
{
    const uint64_t i = lower_bound(cell_of(base), key, order);

    check_owner(base, key);
    if (is_at(cell_of(base), i, key, order))
        delete_at(cell_of(base), i);
}

static void *value_pin(struct pm_cell *cell, uint64_t key)
{
    bool fresh = false;

    return put(cell, key, 0, &fresh);
}

static void value_pin_many(struct pm_cell *cell, uint32_t n, const uint64_t *keys, void **slots)
{
    for (uint32_t i = 0; i < n; i++)
        slots[i] = value_pin(cell, keys[i]);
}

static void *value_peek(struct pm_cell *cell, uint64_t key)
{
    return get(cell, key, 0, false);
}

static void value_delete(struct pm_cell *cell, uint64_t key)
{
    delete_entry(cell, key, 0);
}

/* The first index of @p key's entries, and in *end the index behind them. */
static uint64_t range_of(const struct copying_cell *cell, uint64_t key, uint64_t *end)
{
    *end = lower_bound(cell, key, INT64_MAX);
    *end += is_at(cell, *end, key, INT64_MAX) ? 1 : 0;
    return lower_bound(cell, key, INT64_MIN);
}

static void *list_append(struct pm_cell *base, uint64_t key)
{
    const struct copying_cell *cell = cell_of(base);
    uint64_t end = 0;
    const uint64_t first = range_of(cell, key, &end);
    bool fresh = false;

    return put(base, key, end > first ? cell->entries[end - 1].order + 1 : 0, &fresh);
}

static uint32_t list_length(struct pm_cell *base, uint64_t key)
{
    uint64_t end = 0;
    const uint64_t first = range_of(cell_of(base), key, &end);

    return (uint32_t)(end - first);
}

static void *list_at(struct pm_cell *base, uint64_t key, uint32_t index)
{
    uint64_t end = 0;
    const uint64_t first = range_of(cell_of(base), key, &end);

    assert(index < end - first);
    return copy_out(cell_of(base), first + index, true);
}

static void list_drop_front(struct pm_cell *base, uint64_t key, uint32_t count)
{
    uint64_t end = 0;
    const uint64_t first = range_of(cell_of(base), key, &end);

    assert(count <= end - first);
    for (uint32_t i = 0; i < count; i++)
        delete_at(cell_of(base), first);
}

static void *map_get(struct pm_cell *cell, uint64_t key, int64_t order)
{
    return get(cell, key, order, true);
}

static void *map_put(struct pm_cell *cell, uint64_t key, int64_t order, bool *fresh)
{
    bool made = false;
    void *value = put(cell, key, order, &made);

    if (fresh != NULL)
        *fresh = made;
    return value;
}

static bool map_entry(struct copying_cell *cell, uint64_t i, uint64_t key,
                      struct pm_state_entry *entry)
{
    if (i >= cell->count || cell->entries[i].key != key)
        return false;
    entry->order = cell->entries[i].order;
    entry->value = copy_out(cell, i, false);
    return true;
}

static bool map_at_least(struct pm_cell *base, uint64_t key, int64_t order,
                         struct pm_state_entry *entry)
{
    struct copying_cell *cell = cell_of(base);

    return map_entry(cell, lower_bound(cell, key, order), key, entry);
}

static bool map_at_most(struct pm_cell *base, uint64_t key, int64_t order,
                        struct pm_state_entry *entry)
{
    struct copying_cell *cell = cell_of(base);
    const uint64_t i = lower_bound(cell, key, order);

    return is_at(cell, i, key, order) ? map_entry(cell, i, key, entry)
                                      : i > 0 && map_entry(cell, i - 1, key, entry);
}

static uint32_t map_scan(struct pm_cell *base, uint64_t key, int64_t order,
                         struct pm_state_entry *entries, uint32_t room)
{
    struct copying_cell *cell = cell_of(base);
    const uint64_t from = lower_bound(cell, key, order);
    uint32_t count = 0;

    while (count < room && map_entry(cell, from + count, key, &entries[count]))
        count++;
    return count;
}

static void map_delete(struct pm_cell *cell, uint64_t key, int64_t order)
{
    delete_entry(cell, key, order);
}

/* Timers lie by time, moved so that the unsigned order is the signed one, then by serial. */
static uint64_t time_key(int64_t time_ns)
{
    return (uint64_t)time_ns ^ 1ull << 63;
}

static void timer_set(struct pm_cell *base, const struct pm_timer *timer)
{
    struct copying_cell *cell = cell_of(base);
    const uint64_t key = time_key(timer->time_ns);
    const int64_t serial = cell->serial++;
    const struct entry *entry = insert(cell, lower_bound(cell, key, serial), key, serial);

    if (entry == NULL)
        fail(state_of(base));
    else
        memcpy(entry->value, timer, sizeof *timer);
}

static bool timer_pop(struct pm_cell *base, int64_t watermark_ns, struct pm_timer *timer)
{
    struct copying_cell *cell = cell_of(base);

    if (cell->count == 0 || cell->entries[0].key > time_key(watermark_ns))
        return false;
    memcpy(timer, cell->entries[0].value, sizeof *timer);
    remove_at(cell, 0);
    return true;
}

const struct pm_state_ops pm_state_copying = {
    .name = "copying",
    .open = copying_open,
    .close = copying_close,
    .declare = copying_declare,
    .unpin = copying_unpin,
    .failed = copying_failed,
    .bytes = copying_bytes,
    .value_pin = value_pin,
    .value_pin_many = value_pin_many,
    .value_peek = value_peek,
    .value_delete = value_delete,
    .list_append = list_append,
    .list_length = list_length,
    .list_at = list_at,
    .list_drop_front = list_drop_front,
    .map_get = map_get,
    .map_put = map_put,
    .map_at_least = map_at_least,
    .map_at_most = map_at_most,
    .map_scan = map_scan,
    .map_delete = map_delete,
    .timer_set = timer_set,
    .timer_pop = timer_pop,
};
