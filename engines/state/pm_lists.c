/* SPDX-License-Identifier: Apache-2.0 */
/* Appending to the last block, dropping from the first. */
#include "pm_lists.h"

#include <assert.h>
#include <string.h>

#include "pm_error.h"

#define FIRST_ELEMENTS 2u
#define BLOCK_MAX      (16u << 10) /* three of the largest elements */

/* What the table holds for a key. */
struct pm_list {
    pm_block head, tail;
    uint32_t dropped; /* elements of the head block that are gone */
    uint32_t filled;  /* elements of the tail block, the dropped ones included */
    uint32_t length;
    uint32_t spare;
};

/* Begins every block; the elements follow. */
struct block_head {
    pm_block next;
    uint32_t size; /* bytes of the whole block */
    uint32_t elements;
};

static struct block_head *head_at(const struct pm_lists *lists, pm_block block)
{
    return pm_blocks_at(lists->blocks, block);
}

static void *element_at(const struct pm_lists *lists, pm_block block, uint32_t i)
{
    return (uint8_t *)(head_at(lists, block) + 1) + (uint64_t)i * lists->element_size;
}

static struct pm_list *find(struct pm_lists *lists, uint64_t key)
{
    return pm_table_find_again(&lists->table, key);
}

int pm_lists_open(struct pm_lists *lists, struct pm_blocks *blocks, uint32_t element_size,
                  unsigned first_key_group, unsigned key_groups, uint64_t expected)
{
    lists->blocks = blocks;
    lists->element_size = element_size;
    return pm_table_open(&lists->table, sizeof(struct pm_list), first_key_group, key_groups,
                         expected);
}

void pm_lists_close(struct pm_lists *lists)
{
    pm_table_close(&lists->table);
}

/*
 * A block behind the last one, for as many elements as the list has now: a list that grows doubles
 * its blocks, and one that slides keeps blocks of its own length.
 */
static bool add_block(struct pm_lists *lists, struct pm_list *list)
{
    const uint64_t whole = sizeof(struct block_head);
    const uint64_t wanted = list->length > FIRST_ELEMENTS ? list->length : FIRST_ELEMENTS;
    uint64_t size = whole + wanted * lists->element_size;

    size = size < BLOCK_MAX ? size : BLOCK_MAX;
    const pm_block block = pm_blocks_take(lists->blocks, &size);
    if (block == 0)
        return false;
    *head_at(lists, block) = (struct block_head){
        .size = (uint32_t)size,
        .elements = (uint32_t)((size - whole) / lists->element_size),
    };
    if (list->tail != 0)
        head_at(lists, list->tail)->next = block;
    else
        list->head = block;
    list->tail = block;
    list->filled = 0;
    return true;
}

void *pm_lists_append(struct pm_lists *lists, uint64_t key)
{
    struct pm_list *list = pm_table_pin(&lists->table, key);

    if (list == NULL)
        return NULL;
    if (list->tail == 0 || list->filled == head_at(lists, list->tail)->elements) {
        if (!add_block(lists, list)) {
            if (list->length == 0)
                pm_table_drop(&lists->table, key);
            return NULL;
        }
    }
    void *element = element_at(lists, list->tail, list->filled++);
    list->length++;
    return memset(element, 0, lists->element_size);
}

uint32_t pm_lists_length(struct pm_lists *lists, uint64_t key)
{
    const struct pm_list *list = find(lists, key);

    return list != NULL ? list->length : 0;
}

void *pm_lists_at(struct pm_lists *lists, uint64_t key, uint32_t index)
{
    const struct pm_list *list = find(lists, key);

    assert(list != NULL && index < list->length);
    const uint32_t from_end = list->length - index;
    if (from_end <= list->filled)
        return element_at(lists, list->tail, list->filled - from_end);
    pm_block block = list->head;
    uint32_t i = list->dropped + index;
    for (uint32_t here = head_at(lists, block)->elements; i >= here;
         here = head_at(lists, block)->elements) {
        i -= here;
        block = head_at(lists, block)->next;
    }
    return element_at(lists, block, i);
}

void pm_lists_drop_front(struct pm_lists *lists, uint64_t key, uint32_t count)
{
    struct pm_list *list = find(lists, key);

    if (count == 0)
        return;
    assert(list != NULL && count <= list->length);
    list->length -= count;
    list->dropped += count;
    while (list->head != 0) {
        const struct block_head *head = head_at(lists, list->head);
        if (list->length > 0 && list->dropped < head->elements)
            return;
        const pm_block next = head->next;
        list->dropped -= list->length > 0 ? head->elements : 0;
        pm_blocks_leave(lists->blocks, list->head, head->size);
        list->head = next;
    }
    pm_table_drop(&lists->table, key);
}
