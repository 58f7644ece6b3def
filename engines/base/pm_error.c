/* SPDX-License-Identifier: Apache-2.0 */
/* Error records: set where the error happens, allocation free. */
#include "pm_error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct error_row {
    int code;
    int exit_code;
    const char *name;
};

static const struct error_row rows[] = {
#define PM_ERROR_ROW(name, value, exit_code, text) {PM_##name, exit_code, #name},
    PM_ERROR_MAP(PM_ERROR_ROW)
#undef PM_ERROR_ROW
};

static const struct error_row *find_row(int code)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].code == code)
            return &rows[i];
    }
    return NULL;
}

int pm_error_set(struct pm_error *error, int code, const char *format, ...)
{
    va_list args;

    if (error == NULL)
        return code;
    error->code = code;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return code;
}

int pm_error_errno(struct pm_error *error, int code, const char *format, ...)
{
    const int saved = errno;
    va_list args;

    if (error == NULL)
        return code;
    error->code = code;
    va_start(args, format);
    const int used = vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    if (used >= 0 && (size_t)used < sizeof error->text) {
        char reason[96];
        snprintf(error->text + used, sizeof error->text - (size_t)used, ": %s",
                 strerror_r(saved, reason, sizeof reason));
    }
    return code;
}

const char *pm_error_name(int code)
{
    const struct error_row *row = find_row(code);

    if (code >= 0)
        return "OK";
    return row != NULL ? row->name : "E?";
}

int pm_error_exit_code(int code)
{
    const struct error_row *row = find_row(code);

    if (code >= 0)
        return 0;
    return row != NULL ? row->exit_code : 1;
}
