/* SPDX-License-Identifier: Apache-2.0 */
/* Two walks that hand out texts where they lie, and only copy what is escaped. */
#include "pm_trace_split.h"

#include <string.h>

#include "pm_json.h"
#include "pm_text.h"

#define PATH_SIZE 128u

/* The quoted field whose first byte is at @p at; returns the end behind its quote, or NULL. */
static const char *take_quoted(const char *at, const char *end, char **scratch,
                               struct pm_trace_value *value)
{
    bool doubled = false;
    const char *stop = at;

    while ((stop = memchr(stop, '"', (size_t)(end - stop))) != NULL) {
        if (stop + 1 == end || stop[1] != '"')
            break;
        doubled = true;
        stop += 2;
    }
    if (stop == NULL)
        return NULL;
    *value = (struct pm_trace_value){at, (uint32_t)(stop - at)};
    if (doubled) {
        char *to = *scratch;
        value->text = to;
        for (; at < stop; at++) {
            *to++ = *at;
            at += *at == '"' ? 1 : 0;
        }
        value->size = (uint32_t)(to - *scratch);
        *scratch = to;
    }
    return stop + 1;
}

int pm_trace_split_csv(const struct pm_trace_row *row, char separator, char *scratch,
                       pm_trace_value_fn each, void *payload)
{
    const char *at = row->text;
    const char *end = row->text + row->size;

    for (unsigned number = 0;; number++, at++) {
        struct pm_trace_value value = {0};
        if (at < end && *at == '"') {
            at = take_quoted(at + 1, end, &scratch, &value);
            if (at == NULL || (at < end && *at != separator))
                return -1;
        } else {
            const char *stop = at < end ? memchr(at, separator, (size_t)(end - at)) : NULL;
            stop = stop != NULL ? stop : end;
            value = (struct pm_trace_value){at, (uint32_t)(stop - at)};
            at = stop;
        }
        each(payload, number, NULL, 0, value);
        if (at == end)
            return (int)number + 1;
    }
}

struct walk {
    const char *at;
    const char *end;
    char *scratch;
    pm_trace_value_fn each;
    void *payload;
    char path[PATH_SIZE];
};

static struct pm_trace_value resolve(struct walk *walk, const struct pm_json_string *string)
{
    struct pm_trace_value value = {string->text, string->size};

    if (string->escaped) {
        value.text = walk->scratch;
        walk->scratch = pm_json_unquote(walk->scratch, string);
        value.size = (uint32_t)(walk->scratch - value.text);
    }
    return value;
}

/* Behind @p size bytes of the path, a point where there are any, and @p name; 0: too long. */
static uint32_t extend_path(struct walk *walk, uint32_t size, struct pm_trace_value name)
{
    if (size + name.size + 2 > PATH_SIZE || name.size == 0)
        return 0;
    if (size > 0)
        walk->path[size++] = '.';
    memcpy(walk->path + size, name.text, name.size);
    return size + name.size;
}

static bool walk_object(struct walk *walk, uint32_t prefix, unsigned depth);

/* The value of the member whose path has @p size bytes; 0: it is left out. */
static bool walk_value(struct walk *walk, uint32_t size, unsigned depth)
{
    const char *start = walk->at;
    struct pm_json_string string;

    if (start == walk->end)
        return false;
    if (*start == '{' && size > 0)
        return depth < PM_JSON_DEPTH_MAX && walk_object(walk, size, depth + 1);
    if (*start == '"') {
        if (!pm_json_take_string(&walk->at, walk->end, &string))
            return false;
        if (size > 0)
            walk->each(walk->payload, 0, walk->path, size, resolve(walk, &string));
        return true;
    }
    if (!pm_json_take_value(&walk->at, walk->end))
        return false;
    const char *stop = walk->at;
    while (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r' || stop[-1] == '\n')
        stop--;
    const bool plain = *start != 'n' && *start != '[' && *start != '{';
    if (size > 0 && plain)
        walk->each(walk->payload, 0, walk->path, size,
                   (struct pm_trace_value){start, (uint32_t)(stop - start)});
    return true;
}

static bool walk_object(struct walk *walk, uint32_t prefix, unsigned depth)
{
    struct pm_json_string name;

    if (!pm_json_take(&walk->at, walk->end, '{'))
        return false;
    if (pm_json_take(&walk->at, walk->end, '}'))
        return true;
    do {
        if (!pm_json_take_string(&walk->at, walk->end, &name) ||
            !pm_json_take(&walk->at, walk->end, ':'))
            return false;
        if (!walk_value(walk, extend_path(walk, prefix, resolve(walk, &name)), depth))
            return false;
    } while (pm_json_take(&walk->at, walk->end, ','));
    return pm_json_take(&walk->at, walk->end, '}');
}

bool pm_trace_split_json(const struct pm_trace_row *row, char *scratch, pm_trace_value_fn each,
                         void *payload)
{
    struct walk walk = {.at = row->text,
                        .end = row->text + row->size,
                        .scratch = scratch,
                        .each = each,
                        .payload = payload};

    if (!pm_text_is_utf8(row->text, row->size))
        return false;
    while (walk.at < walk.end && (*walk.at == ' ' || *walk.at == '\t'))
        walk.at++;
    return walk_object(&walk, 0, 1) && walk.at == walk.end;
}
