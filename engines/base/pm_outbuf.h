/* SPDX-License-Identifier: Apache-2.0 */
/* A growing text buffer: what writes a report, a JSON line or a gnuplot script appends to it. */
#ifndef PM_OUTBUF_H
#define PM_OUTBUF_H

#include <stdbool.h>
#include <stddef.h>

/** Zero-initialise; a failed allocation sets @p failed and later calls do nothing. */
struct pm_outbuf {
    char *text; /* NUL-terminated once something was appended */
    size_t used;
    size_t capacity;
    bool failed;
};

/** Append printf text. */
void pm_outbuf_add(struct pm_outbuf *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Append @p size raw bytes. */
void pm_outbuf_bytes(struct pm_outbuf *out, const void *bytes, size_t size);

/** Free the text; the buffer may be used again. */
void pm_outbuf_close(struct pm_outbuf *out);

#endif
