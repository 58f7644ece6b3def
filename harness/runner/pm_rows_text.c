/* SPDX-License-Identifier: Apache-2.0 */
/* Escapes and formats, one field at a time. */
#include "pm_rows_text.h"

#include <string.h>
#include <time.h>

#include "pm_clock.h"
#include "pm_fixed.h"
#include "pm_text.h"

#define NUMBER_SIZE 40u

void pm_rows_text_csv(FILE *to, const char *text, uint32_t size)
{
    const bool formula = size > 0 && strchr("=+-@\t\r", text[0]) != NULL && text[0] != '\0';
    bool quoted = false;

    for (uint32_t i = 0; i < size && !quoted; i++)
        quoted = text[i] == ',' || text[i] == '"' || text[i] == '\n' || text[i] == '\r';
    if (quoted)
        putc('"', to);
    if (formula)
        putc('\'', to);
    for (uint32_t i = 0; i < size; i++) {
        if (text[i] == '"')
            putc('"', to);
        putc(text[i], to);
    }
    if (quoted)
        putc('"', to);
}

/* Bytes of the character of UTF-8 at @p text, 0 when none stands there. */
static uint32_t character_size(const char *text, uint32_t left)
{
    for (uint32_t size = 1; size <= 4 && size <= left; size++) {
        if (pm_text_is_utf8(text, size))
            return size;
    }
    return 0;
}

void pm_rows_text_json(FILE *to, const char *text, uint32_t size)
{
    putc('"', to);
    for (uint32_t i = 0; i < size;) {
        const unsigned char byte = (unsigned char)text[i];
        const uint32_t character = byte >= 0x80 ? character_size(text + i, size - i) : 1;
        if (byte < 0x20 || byte == 0x7f)
            fprintf(to, "\\u%04x", byte);
        else if (character == 0)
            fputs("\xef\xbf\xbd", to);
        else if (byte == '"' || byte == '\\')
            fprintf(to, "\\%c", byte);
        else
            fwrite(text + i, 1, character, to);
        i += character != 0 ? character : 1;
    }
    putc('"', to);
}

static char *put_time(char *at, int64_t ns)
{
    const int64_t fraction_ns = (ns % PM_NS_PER_S + PM_NS_PER_S) % PM_NS_PER_S;
    const time_t seconds = (time_t)(ns / PM_NS_PER_S - (ns % PM_NS_PER_S < 0 ? 1 : 0));
    struct tm utc;

    gmtime_r(&seconds, &utc);
    at += strftime(at, NUMBER_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    if (fraction_ns != 0) {
        at += snprintf(at, 12, ".%09lld", (long long)fraction_ns);
        while (at[-1] == '0')
            at--;
    }
    *at++ = 'Z';
    return at;
}

char *pm_rows_text_number(char *at, const struct pm_column *column, int64_t value)
{
    if (column->type == PM_TYPE_TIME)
        return put_time(at, value);
    return pm_fixed_write(at, value,
                          column->type == PM_TYPE_MONEY     ? 2
                          : column->type == PM_TYPE_DECIMAL ? column->scale
                                                            : 0);
}
