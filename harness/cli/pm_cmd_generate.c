/* SPDX-License-Identifier: Apache-2.0 */
/* `pacemark generate`: the records of a run as bytes, to a file, standard output or a topic. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pm_cli_options.h"
#include "pm_command.h"
#include "pm_runner.h"
#include "pm_terminal.h"

enum form { FORM_NATIVE, FORM_JSON, FORM_RATE };

#define RATE_BINS 200 /* of the duration, in a picture of the rate */

struct generate {
    struct pm_cli_options shared;
    const char *file; /* NULL: standard output */
    enum form form;
};

/* Streams of text are lines; what else the record holds follows from the line. */
static bool is_text(enum pm_codec codec, const struct pm_schema *schema)
{
    for (unsigned i = 0; i < schema->count; i++) {
        if (schema->columns[i].type == PM_TYPE_TEXT)
            return true;
    }
    return codec != PM_CODEC_BINARY;
}

static void write_line(FILE *to, const struct pm_record *record, const struct pm_bytes *bytes)
{
    uint32_t size = 0;
    const char *text = pm_record_text(record, bytes, &size);

    fwrite(text != NULL ? text : "", 1, size, to);
    putc('\n', to);
}

/* The record's 64 bytes and its extension, as the log holds them. */
static void write_binary(FILE *to, const struct pm_record *record, const struct pm_bytes *bytes)
{
    const struct pm_extension *extension = pm_record_extension(record, bytes);
    struct pm_record row = *record;

    pm_record_set_extension(&row, 0); /* an offset in this process says nothing to a reader */
    fwrite(&row, sizeof row, 1, to);
    if (extension != NULL)
        fwrite(extension, 1, sizeof *extension + extension->size, to);
}

static void write_record(FILE *to, enum form form, const struct pm_generator_stream *stream,
                         const struct pm_record *record, struct pm_bytes *bytes)
{
    struct pm_record row = *record;

    if (is_text(stream->codec, stream->schema)) {
        write_line(to, record, bytes);
    } else if (form == FORM_JSON) {
        pm_codec_encode(PM_CODEC_JSON, stream->schema, &row, bytes);
        write_line(to, &row, bytes);
    } else {
        write_binary(to, record, bytes);
    }
}

/* How many records fall due in each part of the schedule, as CSV: what a picture of it shows. */
static int write_rates(FILE *to, const struct pm_generator_config *config,
                       struct pm_generator *generator, struct pm_bytes *bytes)
{
    const int64_t step_ns = (config->settings.duration_ns + RATE_BINS - 1) / RATE_BINS;
    uint64_t count[RATE_BINS] = {0};
    struct pm_record record;
    int rc = 0;

    while ((rc = pm_generator_next(generator, &record, bytes)) == 1) {
        const int64_t bin = record.stamp_ns / step_ns;
        if (pm_record_kind(&record) == PM_KIND_DATA && bin < RATE_BINS)
            count[bin]++;
        bytes->used = 0;
    }
    fprintf(to, "seconds,records_per_s\n");
    for (int64_t i = 0; i < RATE_BINS; i++)
        fprintf(to, "%.6f,%.1f\n", (double)(i * step_ns) / 1e9,
                (double)count[i] * 1e9 / (double)step_ns);
    return rc;
}

static int refuse_write(FILE *to, const char *name, struct pm_error *error)
{
    if (to == stdout) /* pm_terminal_finish knows a full disk from a reader that went away */
        return 0;
    return pm_error_errno(error, PM_EIO, "%s", name);
}

/* Every data record; flush records are the log's business, not the workload's. */
static int write_each(FILE *to, enum form form, const struct pm_generator_config *config,
                      struct pm_generator *generator, struct pm_bytes *bytes)
{
    struct pm_record record;
    int rc = 0;

    while ((rc = pm_generator_next(generator, &record, bytes)) == 1 && !ferror(to)) {
        const struct pm_generator_stream *stream = &config->stream[pm_record_stream(&record)];
        if (pm_record_kind(&record) == PM_KIND_DATA)
            write_record(to, form, stream, &record, bytes);
        bytes->used = 0;
    }
    return rc;
}

static int write_records(FILE *to, const char *name, const struct generate *generate,
                         const struct pm_generator_config *config, struct pm_error *error)
{
    struct pm_generator *generator = NULL;
    struct pm_bytes bytes = {0};
    int rc = pm_generator_open(&generator, config, error);

    if (rc != 0)
        return rc;
    errno = 0;
    rc = generate->form == FORM_RATE ? write_rates(to, config, generator, &bytes)
                                     : write_each(to, generate->form, config, generator, &bytes);
    if (fflush(to) != 0 || ferror(to))
        rc = refuse_write(to, name, error);
    else if (rc < 0)
        rc = pm_error_set(error, rc, "generator: %s", pm_error_name(rc));
    pm_bytes_close(&bytes);
    pm_generator_close(generator);
    return rc;
}

/* A new file only: what stands there may be somebody's data. */
static int write_file(const struct generate *generate, const struct pm_generator_config *config,
                      struct pm_error *error)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const int fd = open(generate->file, flags, 0644);
    char shown[100];

    pm_text_printable(shown, sizeof shown, generate->file);
    if (fd < 0 && errno == EEXIST)
        return pm_error_set(error, PM_EINPUT, "%s: exists: remove it or choose another name",
                            shown);
    if (fd < 0)
        return pm_error_errno(error, PM_EINPUT, "%s", shown);
    FILE *to = fdopen(fd, "w");
    int rc = to != NULL ? write_records(to, shown, generate, config, error)
                        : pm_error_set(error, PM_ENOMEM, "out of memory");
    if (to == NULL)
        close(fd);
    else if (fclose(to) != 0 && rc == 0)
        rc = pm_error_errno(error, PM_EIO, "%s", shown);
    if (rc != 0)
        unlink(generate->file);
    return rc;
}

static bool is_binary(const struct pm_scenario *scenario)
{
    for (unsigned i = 0; i < scenario->query->streams; i++) {
        const struct pm_query_stream *stream = &scenario->query->stream[i];
        if (!is_text(stream->codec, stream->schema))
            return true;
    }
    return false;
}

/* `events` is a limit within the duration: a schedule that is too short for -n N goes on. */
static void lengthen(struct pm_generator_settings *settings)
{
    const int64_t needed_s = settings->events / settings->rate_per_s + 1;
    int64_t needed_ns = 0;

    if (!__builtin_mul_overflow(2 * needed_s, PM_NS_PER_S, &needed_ns) &&
        needed_ns > settings->duration_ns && settings->schedule != PM_SCHEDULE_TRACE)
        settings->duration_ns = needed_ns; /* twice: a Poisson schedule may be slow for a while */
}

/* The topic's name is the output. */
static int write_topic(const struct generate *generate, const struct pm_scenario *scenario,
                       struct pm_error *error)
{
    char topic[64];
    uint64_t records = 0;

    if (generate->file != NULL || generate->form != FORM_NATIVE)
        return pm_error_set(error, PM_EINPUT,
                            "--transport kafka: the records go to a topic: leave out --output and "
                            "--form");
    const int rc = pm_runner_fill_topic(topic, sizeof topic, &records, scenario, error);
    if (rc == 0)
        printf("%s\n", topic);
    if (rc == 0 && !generate->shared.quiet)
        fprintf(stderr, "pacemark: %llu records and a flush record a partition\n",
                (unsigned long long)records);
    return rc;
}

static int write_workload(const struct generate *generate, const struct pm_scenario *scenario,
                          struct pm_error *error)
{
    struct pm_generator_config config;

    if (scenario->run.transport == PM_RUN_KAFKA)
        return write_topic(generate, scenario, error);
    pm_scenario_generator(&config, scenario);
    if (generate->file != NULL)
        return write_file(generate, &config, error);
    if (generate->form == FORM_NATIVE && is_binary(scenario) && isatty(STDOUT_FILENO))
        return pm_error_set(error, PM_EINPUT,
                            "%s: binary records on a terminal: use --form json, or -o FILE",
                            scenario->name);
    return write_records(stdout, "standard output", generate, &config, error);
}

static int run(const struct generate *generate, struct pm_error *error)
{
    struct pm_scenario *scenario = NULL;
    int rc = pm_cli_options_open(&scenario, &generate->shared, generate->shared.scenario[0], NULL,
                                 error);

    if (rc != 0)
        return rc;
    if (scenario->generator.events > 0)
        lengthen(&scenario->generator);
    rc = pm_scenario_check(scenario, error);
    if (rc == 0)
        rc = write_workload(generate, scenario, error);
    pm_scenario_close(scenario);
    return rc;
}

static enum form parse_form(struct argp_state *state, const char *word)
{
    static const char *const words[] = {
        [FORM_NATIVE] = "native", [FORM_JSON] = "json", [FORM_RATE] = "rate"};

    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i]) == 0)
            return (enum form)i;
    }
    argp_error(state, "--form: expected native, json or rate");
    return FORM_NATIVE;
}

static error_t parse(int key, char *word, struct argp_state *state)
{
    struct generate *generate = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        pm_cli_options_share(state, &generate->shared);
        return 0;
    case 'n':
        pm_cli_options_set(&generate->shared, state, "events", word);
        return 0;
    case 'o':
        generate->file = word;
        return 0;
    case 'f':
        generate->form = parse_form(state, word);
        return 0;
    case ARGP_KEY_SUCCESS:
        if (generate->shared.scenarios != 1)
            argp_error(state, "expected one scenario");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"events", 'n', "N", 0, "How many records (default: rate x duration)", 0},
    {"output", 'o', "FILE", 0, "Write to a new file instead of standard output", 0},
    {"form", 'f', "native|json|rate", 0,
     "native: the bytes that a run's log holds (text: one line a record); json: binary records as "
     "lines of JSON; rate: how many fall due over time, as CSV",
     0},
    {0},
};

const struct argp pm_argp_generate = {
    .options = options,
    .parser = parse,
    .args_doc = "SCENARIO",
    .doc = "Write the input of a scenario: the same seed gives the same bytes, here and in a run.\v"
           "Examples:\n"
           "  pacemark generate route -n 1k --seed 7 | head\n"
           "  pacemark generate spend -n 5 --form json\n"
           "  pacemark generate log-etl -n 1M -o access.log",
    .children = pm_cli_children,
};

int pm_cmd_generate(int argc, char **argv)
{
    struct generate generate = {0};
    struct pm_error error = {0};

    if (argp_parse(&pm_argp_generate, argc, argv, 0, NULL, &generate) != 0)
        return pm_error_exit_code(PM_EINPUT);
    const int rc = run(&generate, &error);
    pm_cli_options_close(&generate.shared);
    return rc == 0 ? 0 : pm_command_fail(&error);
}
