/* SPDX-License-Identifier: Apache-2.0 */
/* Reading timeseries.csv: latencies by interval, columns by their names. */
#include <stdlib.h>
#include <string.h>

#include "pm_reading.h"

#define LINE_SIZE   1024u
#define FIELDS_MAX  32u
#define MOMENTS_MAX (1u << 17) /* of one instance */

enum column { INSTANCE, RUN, SECOND, ROWS, P50, P99, MAX, NEEDED, VALID = NEEDED, COLUMNS };

static const char *const names[COLUMNS] = {"instance", "run",    "second", "rows_due",
                                           "p50_ns",   "p99_ns", "max_ns", "valid"};

struct table {
    FILE *stream;
    const char *path;
    unsigned line;
    unsigned at[COLUMNS];
    char text[LINE_SIZE];
    char *field[FIELDS_MAX];
};

/* Splits the next line into fields; returns their number, 0 at the end, or PM_EINPUT. */
static int next_line(struct table *table, struct pm_error *error)
{
    unsigned count = 0;

    if (fgets(table->text, sizeof table->text, table->stream) == NULL)
        return 0;
    table->line++;
    const size_t size = strcspn(table->text, "\r\n");
    if (size + 1 >= sizeof table->text)
        return pm_error_set(error, PM_EINPUT, "%s:%u: a line of more than %u bytes", table->path,
                            table->line, LINE_SIZE - 2);
    table->text[size] = '\0';
    for (char *rest = table->text; rest != NULL;) {
        if (count == FIELDS_MAX)
            return pm_error_set(error, PM_EINPUT, "%s:%u: more than %u fields", table->path,
                                table->line, FIELDS_MAX);
        table->field[count++] = strsep(&rest, ",");
    }
    return (int)count;
}

static int read_head(struct table *table, struct pm_error *error)
{
    const int count = next_line(table, error);

    if (count < 0)
        return count;
    for (unsigned column = 0; column < COLUMNS; column++) {
        unsigned at = 0;
        while (at < (unsigned)count && strcmp(table->field[at], names[column]) != 0)
            at++;
        if (at == (unsigned)count && column < NEEDED)
            return pm_error_set(error, PM_EINPUT, "%s:1: there is no column '%s'", table->path,
                                names[column]);
        table->at[column] = at;
    }
    return 0;
}

/* An empty field is -1: nothing was due. */
static int read_number(double *out, const struct table *table, enum column column,
                       struct pm_error *error)
{
    const char *const text = table->field[table->at[column]];
    char *end;

    *out = -1.0;
    if (text[0] == '\0' && column >= P50)
        return 0;
    *out = strtod(text, &end);
    if (end == text || *end != '\0' || !(*out >= 0 && *out <= 1e18))
        return pm_error_set(error, PM_EINPUT, "%s:%u: %s is no number of 0 or more", table->path,
                            table->line, names[column]);
    return 0;
}

static int read_moment(struct pm_moment *out, const struct table *table, int count,
                       struct pm_error *error)
{
    double number[COLUMNS];

    for (unsigned column = RUN; column < NEEDED; column++) {
        if (table->at[column] >= (unsigned)count)
            return pm_error_set(error, PM_EINPUT, "%s:%u: fewer fields than the first line",
                                table->path, table->line);
        const int code = read_number(&number[column], table, (enum column)column, error);
        if (code != 0)
            return code;
    }
    *out = (struct pm_moment){
        .run = number[RUN] < 1e6 ? (unsigned)number[RUN] : 0,
        .second = number[SECOND],
        .p50 = number[ROWS] * 0.50 >= PM_SAMPLES_TO_PRINT ? number[P50] : -1.0,
        .p99 = number[ROWS] * 0.01 >= PM_SAMPLES_TO_PRINT ? number[P99] : -1.0,
        .max = number[MAX],
        .is_invalid =
            table->at[VALID] < (unsigned)count && strcmp(table->field[table->at[VALID]], "0") == 0,
    };
    return 0;
}

/* Grows by doubling: at the powers of two. */
static int append(struct pm_moments *moments, unsigned of, const struct pm_moment *moment,
                  const struct table *table, struct pm_error *error)
{
    const unsigned count = moments->counts[of];

    if (count == MOMENTS_MAX)
        return pm_error_set(error, PM_EINPUT, "%s:%u: more than %u lines of one instance",
                            table->path, table->line, MOMENTS_MAX);
    if ((count & (count - 1)) == 0) {
        struct pm_moment *const larger =
            realloc(moments->of[of], (count == 0 ? 1 : 2 * (size_t)count) * sizeof *larger);
        if (larger == NULL)
            return pm_error_set(error, PM_ENOMEM, "%s: out of memory", table->path);
        moments->of[of] = larger;
    }
    moments->of[of][moments->counts[of]++] = *moment;
    return 0;
}

static int read_rows(struct pm_moments *out, struct pm_reading *reading, struct table *table,
                     struct pm_error *error)
{
    struct pm_moment moment;
    int count;
    int code = read_head(table, error);

    while (code == 0 && (count = next_line(table, error)) != 0) {
        code = count < 0 ? count : read_moment(&moment, table, count, error);
        if (code != 0)
            break;
        const struct pm_read_instance *const instance =
            table->at[INSTANCE] < (unsigned)count
                ? pm_reading_find(reading, table->field[table->at[INSTANCE]])
                : NULL;
        const bool counts = !moment.is_invalid || (instance != NULL && instance->valid_runs == 0);
        if (instance != NULL && counts)
            code = append(out, (unsigned)(instance - reading->instance), &moment, table, error);
    }
    return code;
}

int pm_moments_read(struct pm_moments *out, struct pm_reading *reading, const char *directory,
                    struct pm_error *error)
{
    char path[PM_READING_PATH_SIZE];
    struct table table = {.path = path};

    *out = (struct pm_moments){0};
    int code = pm_reading_file(&table.stream, path, directory, PM_READING_TIMESERIES,
                               PM_READING_LOG_MAX, error);
    if (code != 0)
        return code;
    code = read_rows(out, reading, &table, error);
    fclose(table.stream);
    return code;
}

void pm_moments_close(struct pm_moments *moments)
{
    for (unsigned i = 0; i < PM_READING_INSTANCES_MAX; i++)
        free(moments->of[i]);
    *moments = (struct pm_moments){0};
}
