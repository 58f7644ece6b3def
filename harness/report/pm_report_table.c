/* SPDX-License-Identifier: Apache-2.0 */
/* The comparison as a table: for people with ten seconds, for Markdown, for spreadsheets. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "pm_reading.h"
#include "pm_report.h"
#include "pm_report_csv.h"
#include "pm_report_kafka.h"
#include "pm_report_sentence.h"
#include "pm_report_verdict.h"
#include "pm_text.h"

#define CELL_SIZE 80u
#define NOTES_MAX 16u
#define NOTE_SIZE 240u
#define INDENT    2u
#define BETWEEN   2u

/* In the order of the table. What a narrow terminal has no room for goes by rank: highest first. */
enum column { ENGINE, P50, P99, P99_9, MAX, RATE, SERVICE, CPU, MEMORY, FIRST, OUTPUT, COLUMNS };

static const struct {
    const char *head;
    enum pm_metric metric; /* of the columns P50 to FIRST */
    enum pm_unit unit;
    unsigned rank; /* 0: always shown */
} columns[COLUMNS] = {
    [ENGINE] = {.head = "engine"},
    [P50] = {"p50", PM_METRIC_P50, PM_UNIT_DURATION, 0},
    [P99] = {"p99", PM_METRIC_P99, PM_UNIT_DURATION, 0},
    [P99_9] = {"p99.9", PM_METRIC_P99_9, PM_UNIT_DURATION, 3},
    [MAX] = {"max", PM_METRIC_MAX, PM_UNIT_DURATION, 0},
    [RATE] = {"throughput", PM_METRIC_THROUGHPUT, PM_UNIT_RATE, 0},
    [SERVICE] = {"service p99", PM_METRIC_SERVICE_P99, PM_UNIT_DURATION, 4},
    [CPU] = {"CPU s/M (wait)", PM_METRIC_CPU_WORK, PM_UNIT_COUNT, 1},
    [MEMORY] = {"memory", PM_METRIC_MEMORY, PM_UNIT_SIZE, 2},
    [FIRST] = {"first output", PM_METRIC_FIRST_OUTPUT, PM_UNIT_DURATION, 5},
    [OUTPUT] = {.head = "output"},
};

/* Why cells are empty: each reason once, with the cells that it empties. */
struct notes {
    unsigned count;
    struct note {
        const char *reason;
        uint64_t lines[COLUMNS]; /* a bit a line */
    } note[NOTES_MAX];
};
static_assert(PM_READING_INSTANCES_MAX <= 64, "a bit a line");

struct table {
    const struct pm_reading *reading;
    const struct pm_report_look *look;
    const char *scenario;
    struct notes notes;
    unsigned lines;
    const struct pm_read_instance *of[PM_READING_INSTANCES_MAX];
    char cell[PM_READING_INSTANCES_MAX][COLUMNS][CELL_SIZE];
    bool is_hidden[COLUMNS];
};

/* --- cells ----------------------------------------------------------------------------------- */

static void note(struct notes *notes, const char *reason, unsigned line, enum column column)
{
    unsigned at = 0;

    while (at < notes->count && strcmp(notes->note[at].reason, reason) != 0)
        at++;
    if (at == NOTES_MAX)
        return;
    if (at == notes->count)
        notes->note[notes->count++] = (struct note){.reason = reason};
    notes->note[at].lines[column] |= 1ull << line;
}

/* The first output is in ms in the document, a duration here. */
static double in_base_unit(enum pm_metric metric, double value)
{
    return metric == PM_METRIC_FIRST_OUTPUT ? value * 1e6 : value;
}

static void fill_cpu(char *cell, const struct pm_read_instance *instance)
{
    const struct pm_read_figure *const wait = &instance->metric[PM_METRIC_CPU_WAIT];
    const double work = instance->metric[PM_METRIC_CPU_WORK].value;

    if (wait->unknown != NULL)
        snprintf(cell, CELL_SIZE, "%.2f", work);
    else
        snprintf(cell, CELL_SIZE, "%.2f (%.2f)", work, wait->value);
}

static void fill_cell(struct table *table, unsigned line, enum column column)
{
    const struct pm_read_instance *const instance = table->of[line];
    char *const cell = table->cell[line][column];
    const struct pm_read_figure *const figure = &instance->metric[columns[column].metric];

    if (figure->unknown != NULL) {
        snprintf(cell, CELL_SIZE, "-");
        note(&table->notes, figure->unknown, line, column);
    } else if (column == CPU) {
        fill_cpu(cell, instance);
    } else {
        pm_text_human(cell, CELL_SIZE, in_base_unit(columns[column].metric, figure->value),
                      columns[column].unit);
    }
}

static void fill_line(struct table *table, const struct pm_read_instance *instance)
{
    const unsigned line = table->lines++;
    char name[40], valid[32] = "";

    table->of[line] = instance;
    if (instance->valid_runs == 0)
        snprintf(valid, sizeof valid, " INVALID");
    else if (instance->valid_runs < instance->runs)
        snprintf(valid, sizeof valid, " (%u/%u valid)", instance->valid_runs, instance->runs);
    pm_text_printable(name, sizeof name, instance->name);
    snprintf(table->cell[line][ENGINE], CELL_SIZE, "%s%s%s", name,
             instance->is_floor ? " (floor)" : "", valid);
    for (unsigned column = P50; column <= FIRST; column++)
        fill_cell(table, line, (enum column)column);
    snprintf(table->cell[line][OUTPUT], CELL_SIZE, "%s",
             strcmp(instance->oracle, "differs") == 0 ? "DIFFERS" : instance->oracle);
}

static void fill(struct table *table)
{
    for (unsigned floor = 0; floor < 2; floor++)
        for (unsigned i = 0; i < table->reading->instances; i++) {
            const struct pm_read_instance *const instance = &table->reading->instance[i];
            if (instance->is_floor == (floor == 1) &&
                strcmp(instance->scenario, table->scenario) == 0)
                fill_line(table, instance);
        }
}

/* --- as text --------------------------------------------------------------------------------- */

static unsigned width_of(const struct table *table, unsigned column)
{
    size_t width = strlen(columns[column].head);

    for (unsigned line = 0; line < table->lines; line++) {
        const size_t length = strlen(table->cell[line][column]);
        width = length > width ? length : width;
    }
    return (unsigned)width;
}

static unsigned total_width(const struct table *table)
{
    unsigned total = INDENT;

    for (unsigned column = 0; column < COLUMNS; column++)
        total += table->is_hidden[column] ? 0 : width_of(table, column) + BETWEEN;
    return total - BETWEEN;
}

static void hide_what_does_not_fit(struct table *table)
{
    if (table->look->columns == 0)
        return;
    for (unsigned rank = COLUMNS; rank > 0; rank--)
        for (unsigned column = 0; column < COLUMNS; column++)
            if (columns[column].rank == rank && total_width(table) > table->look->columns)
                table->is_hidden[column] = true;
}

static const char *colour_of(const struct table *table, unsigned line)
{
    if (!table->look->colour)
        return "";
    if (table->of[line]->valid_runs == 0 || strcmp(table->of[line]->oracle, "differs") == 0)
        return "\033[31m";
    return table->of[line]->is_floor ? "\033[2m" : "";
}

static void add_text_line(struct pm_outbuf *out, const struct table *table, int line)
{
    const char *const colour = line >= 0 ? colour_of(table, (unsigned)line) : "";
    const char *padding = "";

    pm_outbuf_add(out, "%s%*s", colour, INDENT, "");
    for (unsigned column = 0; column < COLUMNS; column++) {
        const char *const text = line >= 0 ? table->cell[line][column] : columns[column].head;
        const int width = (int)width_of(table, column);

        if (table->is_hidden[column])
            continue;
        if (column == OUTPUT) /* the last one: nothing behind it */
            pm_outbuf_add(out, "%s%s", padding, text);
        else
            pm_outbuf_add(out, "%s%*s", padding, column == ENGINE ? -width : width, text);
        padding = "  ";
    }
    pm_outbuf_add(out, "%s\n", colour[0] != '\0' ? "\033[0m" : "");
}

static void add_hidden(struct pm_outbuf *out, const struct table *table)
{
    const char *separator = "  not shown, for want of room: ";

    for (unsigned column = 0; column < COLUMNS; column++)
        if (table->is_hidden[column]) {
            pm_outbuf_add(out, "%s%s", separator, columns[column].head);
            separator = ", ";
        }
    if (separator[0] == ',')
        pm_outbuf_add(out, "\n");
}

static void add_text(struct pm_outbuf *out, struct table *table)
{
    hide_what_does_not_fit(table);
    for (int line = -1; line < (int)table->lines; line++)
        add_text_line(out, table, line);
    add_hidden(out, table);
}

/* --- as Markdown ----------------------------------------------------------------------------- */

static void add_markdown(struct pm_outbuf *out, const struct table *table)
{
    pm_outbuf_add(out, "\n");
    for (int line = -2; line < (int)table->lines; line++) {
        for (unsigned column = 0; column < COLUMNS; column++)
            pm_outbuf_add(out, "| %s ",
                          line == -2   ? columns[column].head
                          : line == -1 ? (column == ENGINE || column == OUTPUT ? "---" : "---:")
                                       : table->cell[line][column]);
        pm_outbuf_add(out, "|\n");
    }
    pm_outbuf_add(out, "\n");
}

/* --- what stands below ----------------------------------------------------------------------- */

/* "p99.9", or "p99.9 (batch, event)" where other lines have one. */
static void add_where(struct pm_outbuf *out, const struct table *table, uint64_t lines,
                      const char *head)
{
    const uint64_t all = table->lines == 64 ? UINT64_MAX : (1ull << table->lines) - 1;
    const char *separator = " (";
    char name[80];

    pm_outbuf_add(out, "%s", head);
    if (lines == all)
        return;
    for (unsigned line = 0; line < table->lines; line++)
        if ((lines >> line & 1) != 0) {
            pm_outbuf_add(out, "%s%s", separator,
                          pm_text_printable(name, sizeof name, table->of[line]->name));
            separator = ", ";
        }
    pm_outbuf_add(out, ")");
}

static void add_note(struct pm_outbuf *out, const struct table *table, const struct note *note)
{
    const char *separator = "";
    char text[NOTE_SIZE];

    for (unsigned column = P50; column <= FIRST; column++)
        if (note->lines[column] != 0 && !table->is_hidden[column]) {
            pm_outbuf_add(out, "%s", separator[0] != '\0' ? separator : "  - ");
            add_where(out, table, note->lines[column], columns[column].head);
            separator = ", ";
        }
    if (separator[0] != '\0')
        pm_outbuf_add(out, ": %s\n", pm_text_printable(text, sizeof text, note->reason));
}

static void add_remarks(struct pm_outbuf *out, const struct table *table, bool warnings)
{
    char text[NOTE_SIZE], name[80];

    for (unsigned i = 0; i < table->reading->remarks; i++) {
        const struct pm_read_remark *const remark = &table->reading->remark[i];
        if (strcmp(remark->scenario, table->scenario) != 0 ||
            (strcmp(remark->kind, "warning") == 0) != warnings)
            continue;
        pm_outbuf_add(out, "  - %s: ", remark->kind);
        if (!warnings)
            pm_outbuf_add(out, "%s: ", pm_text_printable(name, sizeof name, remark->instance));
        pm_outbuf_add(out, "%s", pm_text_printable(text, sizeof text, remark->text));
        if (remark->times > 1)
            pm_outbuf_add(out, " (and %u more like it)", remark->times - 1);
        pm_outbuf_add(out, "\n");
    }
}

static void add_below(struct pm_outbuf *out, const struct table *table)
{
    const bool faint = table->look->colour && table->look->style == PM_TABLE_TEXT;

    pm_outbuf_add(out, "%s", faint ? "\033[2m" : "");
    for (unsigned i = 0; i < table->notes.count; i++)
        add_note(out, table, &table->notes.note[i]);
    for (unsigned line = 0; line < table->lines; line++)
        pm_report_kafka(out, table->of[line]);
    add_remarks(out, table, false);
    add_remarks(out, table, true);
    pm_outbuf_add(out, "%s", faint ? "\033[0m" : "");
}

/* What may be said of differences; a comparison with a label says nothing. */
static int add_verdict(struct pm_outbuf *out, const struct table *table)
{
    const struct pm_read_instance *found[PM_READING_INSTANCES_MAX];
    const unsigned count = pm_report_order(found, table->of, table->lines);

    return table->reading->label[0] == '\0' ? pm_report_verdict(out, table->reading, found, count)
                                            : 0;
}

static int add_table(struct pm_outbuf *out, const struct pm_reading *reading,
                     const struct pm_report_look *look, const char *scenario)
{
    struct table *const table = calloc(1, sizeof *table);

    if (table == NULL)
        return PM_ENOMEM;
    table->reading = reading;
    table->look = look;
    table->scenario = scenario;
    fill(table);
    pm_report_sentence(out, reading->label, look, table->of, table->lines);
    if (look->style == PM_TABLE_MARKDOWN)
        add_markdown(out, table);
    else
        add_text(out, table);
    const int code = add_verdict(out, table);
    add_below(out, table);
    free(table);
    return code;
}

static bool is_first_of_scenario(const struct pm_reading *reading, unsigned at)
{
    for (unsigned i = 0; i < at; i++)
        if (strcmp(reading->instance[i].scenario, reading->instance[at].scenario) == 0)
            return false;
    return true;
}

int pm_report_table(struct pm_outbuf *out, const char *directory, const struct pm_report_look *look,
                    struct pm_error *error)
{
    struct pm_reading *reading;
    int code = pm_reading_open(&reading, directory, error);

    if (code != 0)
        return code;
    if (look->style == PM_TABLE_CSV)
        pm_report_csv(out, reading);
    else
        for (unsigned i = 0; i < reading->instances && code == 0; i++)
            if (is_first_of_scenario(reading, i))
                code = add_table(out, reading, look, reading->instance[i].scenario);
    pm_reading_close(reading);
    if (code != 0 || out->failed)
        return pm_error_set(error, PM_ENOMEM, "table: out of memory");
    return 0;
}
