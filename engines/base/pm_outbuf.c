/* SPDX-License-Identifier: Apache-2.0 */
/* Appending to a buffer that doubles. */
#include "pm_outbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTBUF_MIN 256u

/* Room for @p size more bytes and the NUL; false when memory ran out, now or before. */
static bool make_room(struct pm_outbuf *out, size_t size)
{
    size_t capacity = out->capacity != 0 ? out->capacity : OUTBUF_MIN;

    if (out->failed)
        return false;
    while (capacity - out->used <= size && !out->failed)
        out->failed = __builtin_mul_overflow(capacity, 2u, &capacity);
    if (out->failed || capacity == out->capacity)
        return !out->failed;
    char *text = realloc(out->text, capacity);
    if (text == NULL) {
        out->failed = true;
        return false;
    }
    out->text = text;
    out->capacity = capacity;
    return true;
}

void pm_outbuf_add(struct pm_outbuf *out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        out->failed = true;
    if (length < 0 || !make_room(out, (size_t)length))
        return;
    va_start(args, format);
    vsnprintf(out->text + out->used, (size_t)length + 1, format, args);
    va_end(args);
    out->used += (size_t)length;
}

void pm_outbuf_bytes(struct pm_outbuf *out, const void *bytes, size_t size)
{
    if (!make_room(out, size))
        return;
    if (size > 0)
        memcpy(out->text + out->used, bytes, size);
    out->used += size;
    out->text[out->used] = '\0';
}

void pm_outbuf_close(struct pm_outbuf *out)
{
    free(out->text);
    *out = (struct pm_outbuf){0};
}
