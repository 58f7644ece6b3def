/* SPDX-License-Identifier: Apache-2.0 */
/* `pacemark trace inspect`: what a file holds, a mapping for it, and how out of order it is. */
#include <argp.h>
#include <string.h>

#include "pm_command.h"
#include "pm_spool.h"
#include "pm_terminal.h"
#include "pm_trace.h"
#include "pm_trace_guess.h"
#include "pm_trace_map_load.h"
#include "pm_trace_map_write.h"
#include "pm_trace_rows.h"

#define ROWS_SHOWN   10u
#define LINE_SHOWN   60
#define DELAY_MAX_NS (24 * 3600 * 1000000000LL) /* of the setting watermark.delay */

struct inspect {
    const char *file;
    const char *query;
    const char *stream; /* of the query; NULL: guessed */
    const char *map;
    unsigned words;
    char spool[PM_SPOOL_PATH_SIZE];
};

/* One row: its line, and the record as JSON, or why it is none. */
static void show_row(struct pm_outbuf *out, const struct pm_trace_outcome *outcome,
                     const struct pm_schema *schema, struct pm_record *record,
                     struct pm_bytes *bytes)
{
    uint32_t size = 0;
    char shown[LINE_SHOWN + 1];

    pm_outbuf_add(out, "#   line %llu: ", (unsigned long long)outcome->row.line);
    if (outcome->fate == PM_TRACE_RECORD) {
        pm_codec_encode(PM_CODEC_JSON, schema, record, bytes);
        const char *text = pm_record_text(record, bytes, &size);
        pm_outbuf_bytes(out, text, size);
        pm_outbuf_add(out, "\n");
        return;
    }
    const size_t length = outcome->row.size < LINE_SHOWN ? outcome->row.size : LINE_SHOWN;
    memcpy(shown, outcome->row.text, length);
    shown[length] = '\0';
    if (outcome->fate == PM_TRACE_DROPPED)
        pm_outbuf_add(out, "dropped by a filter: ");
    else
        pm_outbuf_add(out,
                      "dead letter, %s %s: ", outcome->field != NULL ? outcome->field : "the row",
                      pm_codec_fault_name(outcome->fault));
    pm_outbuf_add(out, "%s\n", pm_text_printable(shown, sizeof shown, shown));
}

static int show_rows(struct pm_outbuf *out, const struct inspect *inspect,
                     const struct pm_trace_map *map, const struct pm_query *query,
                     struct pm_error *error)
{
    struct pm_trace_rows *rows = NULL;
    struct pm_trace_outcome outcome;
    struct pm_bytes bytes = {0};
    struct pm_record record;
    int rc = pm_trace_rows_open(&rows, inspect->file, map, error);

    for (unsigned i = 0; rc == 0 && i < ROWS_SHOWN; i++) {
        rc = pm_trace_rows_next(rows, &outcome, &record, &bytes, error);
        if (rc != 1)
            break;
        show_row(out, &outcome, query->stream[map->stream].schema, &record, &bytes);
        bytes.used = 0;
        rc = 0;
    }
    pm_bytes_close(&bytes);
    pm_trace_rows_close(rows);
    return rc;
}

/* The next round duration at or above @p ns: a person reads 30s rather than 27.3s. */
static int64_t round_up(int64_t ns)
{
    static const int64_t steps[] = {1, 2, 5, 10, 15, 20, 30, 60};
    int64_t unit_ns = 1;

    if (ns == 0)
        return 0;
    for (int64_t up = 1000; up <= 1000000000 && up <= ns; up *= 1000)
        unit_ns = up;
    if (unit_ns == 1000000000 && ns > 60 * unit_ns)
        unit_ns = ns > 3600 * unit_ns ? 3600 * unit_ns : 60 * unit_ns;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i] * unit_ns >= ns)
            return steps[i] * unit_ns;
    }
    return (ns + 100 * unit_ns - 1) / (100 * unit_ns) * 100 * unit_ns;
}

static int show_times(struct pm_outbuf *out, const struct inspect *inspect,
                      const struct pm_trace_map *map, struct pm_error *error)
{
    const struct pm_trace_config config = {
        .files = 1, .file = {{inspect->file, map}}, .pace = PM_TRACE_MAX};
    struct pm_trace *trace = NULL;
    char text[4][32];
    const int rc = pm_trace_open(&trace, &config, error);

    if (rc != 0)
        return rc;
    const struct pm_trace_stats *stats = pm_trace_stats(trace);
    pm_outbuf_add(out, "# %llu rows = %llu records + %llu dropped + %llu dead letters\n",
                  (unsigned long long)stats->all.rows, (unsigned long long)stats->all.records,
                  (unsigned long long)stats->all.dropped, (unsigned long long)stats->all.dead);
    pm_outbuf_add(
        out, "# from first to last time: %s; times are whole in %s; largest step back: %s\n",
        pm_text_format(text[0], sizeof text[0], stats->last_ns - stats->first_ns, PM_UNIT_DURATION),
        pm_text_format(text[1], sizeof text[1], stats->stamp_ns, PM_UNIT_DURATION),
        pm_text_format(text[2], sizeof text[2], stats->step_back_ns, PM_UNIT_DURATION));
    if (stats->step_back_ns > DELAY_MAX_NS)
        pm_outbuf_add(out, "# too far for a watermark to wait: sort the file by time first\n");
    else
        pm_outbuf_add(out, "# with --set watermark.delay=%s no record is late\n",
                      pm_text_format(text[3], sizeof text[3], round_up(stats->step_back_ns),
                                     PM_UNIT_DURATION));
    pm_trace_close(trace);
    return 0;
}

/* A guess that is a constant reads well and may be wrong in every row: it is named. */
static void warn_of_constants(struct pm_outbuf *out, const struct pm_trace_map *map)
{
    const char *before = "# no column was found for ";

    for (unsigned i = 0; i < map->fields; i++) {
        if (map->field[i].source[0] != '\0' || !map->field[i].has_value)
            continue;
        pm_outbuf_add(out, "%s%s", before, map->field[i].column.name);
        before = ", ";
    }
    if (before[0] == ',')
        pm_outbuf_add(out, ": name one instead of the constant; \"*line\" where no two rows may "
                           "be alike\n");
}

static int write_mapping(struct pm_outbuf *out, const struct inspect *inspect,
                         const struct pm_trace_map *map, const struct pm_query *query,
                         struct pm_error *error)
{
    if (inspect->map == NULL)
        pm_outbuf_add(out,
                      "# a guess for query %s: check it, save it, and run it with\n"
                      "#   pacemark run %s --trace FILE --map THIS%s\n",
                      query->name, query->name,
                      query->streams > 1 ? ", and the same for the other streams" : "");
    pm_trace_map_write(map, query, out);
    if (inspect->map == NULL)
        warn_of_constants(out, map);
    pm_outbuf_add(out, "# the first rows as they are read:\n");
    const int rc = show_rows(out, inspect, map, query, error);
    return rc != 0 ? rc : show_times(out, inspect, map, error);
}

static int inspect_file(const struct inspect *inspect, struct pm_outbuf *out,
                        struct pm_error *error)
{
    const struct pm_query *query = pm_query_find(inspect->query);
    enum pm_trace_kind kind = PM_TRACE_KIND_CSV;
    struct pm_trace_map map;
    char shown[64];
    int rc;

    if (query == NULL)
        return pm_error_set(error, PM_EINPUT, "--for %s: no such query: 'pacemark list scenarios'",
                            pm_text_printable(shown, sizeof shown, inspect->query));
    rc = inspect->map != NULL
             ? pm_trace_map_load(&map, inspect->map, query, error)
             : pm_trace_guess(&map, &kind, inspect->file, query, inspect->stream, error);
    if (rc == 0 && kind == PM_TRACE_KIND_CLF) {
        pm_outbuf_add(out, "# lines of a web server, which need no mapping:\n"
                           "#   pacemark run log-etl --trace FILE\n");
        return show_times(out, inspect, NULL, error);
    }
    return rc == 0 ? write_mapping(out, inspect, &map, query, error) : rc;
}

/* --- flags ------------------------------------------------------------------------------------ */

enum key { KEY_FOR = 0x200, KEY_STREAM, KEY_MAP };

static error_t parse(int key, char *word, struct argp_state *state)
{
    struct inspect *inspect = state->input;

    switch (key) {
    case KEY_FOR:
        inspect->query = word;
        return 0;
    case KEY_STREAM:
        inspect->stream = word;
        return 0;
    case KEY_MAP:
        inspect->map = word;
        return 0;
    case ARGP_KEY_ARG:
        if (inspect->words == 0 && strcmp(word, "inspect") != 0)
            argp_error(state, "%s: expected inspect", word);
        else if (inspect->words > 1)
            argp_error(state, "expected one file");
        else if (inspect->words == 1)
            inspect->file = word;
        inspect->words++;
        return 0;
    case ARGP_KEY_SUCCESS:
        if (inspect->words != 2)
            argp_error(state, "expected inspect and a file");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"for", KEY_FOR, "QUERY", 0, "The query that is to read it (default: spend)", 0},
    {"stream", KEY_STREAM, "STREAM", 0,
     "The stream that it is, of a query of several (default: the one that it is most like)", 0},
    {"map", KEY_MAP, "FILE", 0, "Read it by this mapping instead of guessing one", 0},
    {0},
};

const struct argp pm_argp_trace = {
    .options = options,
    .parser = parse,
    .args_doc = "inspect FILE",
    .doc = "Look at a recorded file (- is standard input): print a mapping for it, ten rows as "
           "they would be read, where all rows go, and the watermark delay that its disorder "
           "asks for.\v"
           "Examples:\n"
           "  pacemark trace inspect payments.csv.gz > map.yaml\n"
           "  pacemark trace inspect clicks.csv --for enrich > clicks.yaml\n"
           "  pacemark trace inspect payments.csv --for sessions --map map.yaml",
};

int pm_cmd_trace(int argc, char **argv)
{
    struct inspect inspect = {.query = "spend"};
    struct pm_outbuf out = {0};
    struct pm_error error = {0};
    int rc = 0;

    if (argp_parse(&pm_argp_trace, argc, argv, 0, NULL, &inspect) != 0)
        return pm_error_exit_code(PM_EINPUT);
    if (strcmp(inspect.file, "-") == 0) {
        rc = pm_spool_input(inspect.spool, &error);
        inspect.file = inspect.spool;
    }
    if (rc == 0)
        rc = inspect_file(&inspect, &out, &error);
    if (rc != 0)
        pm_outbuf_close(&out);
    else if (pm_terminal_print(&out) != 0)
        rc = pm_error_set(&error, PM_ENOMEM, "out of memory");
    return rc == 0 ? 0 : pm_command_fail(&error);
}
