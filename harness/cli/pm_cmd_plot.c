/* SPDX-License-Identifier: Apache-2.0 */
/* `pacemark plot`: the pictures of a results directory again, and its latency as text. */
#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pm_cli_options.h"
#include "pm_command.h"
#include "pm_report.h"
#include "pm_terminal.h"

struct plot {
    struct pm_cli_options shared;
    const char *run;
    enum pm_picture_format format;
};

/* A path, or the name of a directory below results/. */
static const char *find_run(const char *run, char *path, size_t size)
{
    if (access(run, F_OK) == 0 || (size_t)snprintf(path, size, "results/%s", run) >= size ||
        access(path, F_OK) != 0)
        return run;
    return path;
}

static void print_pictures(const char *directory, enum pm_picture_format format)
{
    static const char *const names[] = {PM_PICTURE_PERCENTILES, PM_PICTURE_TIMELINE};
    char path[4096];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const int length = snprintf(path, sizeof path, "%s/%s.%s", directory, names[i],
                                    format == PM_PICTURE_PNG ? "png" : "svg");
        if (length > 0 && (size_t)length < sizeof path && access(path, F_OK) == 0)
            printf("%s\n", path);
    }
}

static int draw(const struct plot *plot, struct pm_error *error)
{
    const struct pm_report_look look = {.columns = pm_terminal_width()};
    struct pm_outbuf out = {0};
    char path[4096];
    const char *directory = find_run(plot->run, path, sizeof path);
    int rc = pm_report_plot(directory, plot->format, error);

    if (rc < 0)
        return rc;
    if (rc > 0)
        print_pictures(directory, plot->format);
    else if (!plot->shared.quiet)
        fprintf(stderr,
                "pacemark: %s: no latency to draw: a run of maximum speed, or a short one\n",
                plot->run);
    if (plot->shared.quiet)
        return 0;
    rc = pm_report_chart(&out, directory, &look, error);
    if (rc >= 0 && pm_terminal_print(&out) != 0)
        rc = pm_error_set(error, PM_ENOMEM, "out of memory");
    pm_outbuf_close(&out);
    return rc < 0 ? rc : 0;
}

static error_t parse(int key, char *word, struct argp_state *state)
{
    struct plot *plot = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        pm_cli_options_share(state, &plot->shared);
        return 0;
    case 'p':
        plot->format = PM_PICTURE_PNG;
        return 0;
    case ARGP_KEY_ARG:
        if (plot->run != NULL)
            argp_error(state, "expected one results directory");
        plot->run = word;
        return 0;
    case ARGP_KEY_SUCCESS:
        if (plot->run == NULL)
            argp_error(state, "expected a results directory, such as results/latest");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"png", 'p', NULL, 0, "Pixels instead of SVG", 0},
    {0},
};

static const struct argp_child children[] = {{&pm_cli_talk_argp, 0, NULL, 1}, {0}};

const struct argp pm_argp_plot = {
    .options = options,
    .parser = parse,
    .args_doc = "RUN",
    .doc = "Draw latency by percentile and latency over time of a finished run.\v"
           "Examples:\n"
           "  pacemark plot latest\n"
           "  pacemark plot results/20260102T030405Z-spend-31a2e5 --png",
    .children = children,
};

int pm_cmd_plot(int argc, char **argv)
{
    struct plot plot = {0};
    struct pm_error error = {0};

    if (argp_parse(&pm_argp_plot, argc, argv, 0, NULL, &plot) != 0)
        return pm_error_exit_code(PM_EINPUT);
    const int rc = draw(&plot, &error);
    return rc == 0 ? 0 : pm_command_fail(&error);
}
