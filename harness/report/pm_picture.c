/* SPDX-License-Identifier: Apache-2.0 */
/* Fonts, colours, axes; and the way of a script into a picture file. */
#include "pm_picture.h"

#include <ctype.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pm_gnuplot.h"
#include "pm_text.h"

/* In pixels: the plot, a letter of the legend and what stands before its text, all estimated as
 * gnuplot does, which knows no font. */
#define KEY_WIDTH  735u
#define KEY_LETTER 8u
#define KEY_SAMPLE 60u

/* An engine that has an ink of its own looks alike in all pictures; what is left goes to others in
 * the order in which their names appear. */
static const struct {
    const char *engine;
    struct pm_picture_ink ink;
} inks[] = {
    {"batch", {"#0072b2", "1", 7}},           /* blue */
    {"microbatch", {"#d55e00", "(14,4)", 5}}, /* vermilion */
    {"event", {"#009e73", "(14,4,3,4)", 9}},  /* green */
    {"client", {"#cc79a7", "(6,4)", 13}},     /* purple */
    {"", {"#e69f00", "(3,4)", 11}},           /* orange */
    {"", {"#56b4e9", "(20,4,6,4)", 15}},      /* sky */
};
#define INKS (sizeof inks / sizeof inks[0])
static const struct pm_picture_ink floor_ink = {"#8b8b8b", "(2,3)", 6};

/* True when one of the first @p below instances has @p name. */
static bool is_named(const struct pm_reading *reading, unsigned below, const char *name)
{
    for (unsigned i = 0; i < below; i++)
        if (strcmp(reading->instance[i].name, name) == 0)
            return true;
    return false;
}

static const struct pm_picture_ink *own_ink(const char *name)
{
    for (unsigned i = 0; i < INKS; i++)
        if (strcmp(inks[i].engine, name) == 0)
            return &inks[i].ink;
    return NULL;
}

/* The ink at @p number, round and round, of those that no instance owns. */
static const struct pm_picture_ink *free_ink(const struct pm_reading *reading, unsigned number)
{
    const struct pm_picture_ink *left[INKS];
    unsigned count = 0;

    for (unsigned i = 0; i < INKS; i++)
        if (!is_named(reading, reading->instances, inks[i].engine))
            left[count++] = &inks[i].ink;
    return left[number % count];
}

const struct pm_picture_ink *pm_picture_ink(const struct pm_reading *reading,
                                            const struct pm_read_instance *instance)
{
    const struct pm_picture_ink *const own = own_ink(instance->name);
    unsigned number = 0;

    if (instance->is_floor || own != NULL)
        return instance->is_floor ? &floor_ink : own;
    for (unsigned i = 0; i < reading->instances; i++) {
        const struct pm_read_instance *const other = &reading->instance[i];
        if (strcmp(other->name, instance->name) == 0)
            break;
        number +=
            !other->is_floor && own_ink(other->name) == NULL && !is_named(reading, i, other->name);
    }
    return free_ink(reading, number);
}

/* --- the frame ------------------------------------------------------------------------------- */

static void add_name(struct pm_outbuf *script, const char *text)
{
    for (; *text != '\0'; text++)
        pm_outbuf_add(script, "%c", isalnum((unsigned char)*text) ? *text : '_');
}

void pm_picture_begin(struct pm_outbuf *script, enum pm_picture_format format, const char *kind,
                      const char *about, unsigned width, unsigned height)
{
    if (format == PM_PICTURE_SVG) {
        pm_outbuf_add(script,
                      "set terminal svg size %u,%u dynamic noenhanced font 'sans-serif,14' name '",
                      width, height);
        add_name(script, kind);
        pm_outbuf_add(script, "_");
        add_name(script, about);
        pm_outbuf_add(script, "'\n");
    } else {
        pm_outbuf_add(script,
                      "set terminal pngcairo size %u,%u noenhanced font 'DejaVu Sans,14' "
                      "fontscale 1.5 linewidth 1.5 pointscale 1.8 background '#ffffff'\n",
                      width * 2, height * 2);
    }
    pm_outbuf_add(script,
                  "set encoding utf8\n"
                  "set border 3 linecolor rgb '" PM_PICTURE_TEXT "'\n"
                  "set tics nomirror out textcolor rgb '" PM_PICTURE_TEXT "'\n"
                  "set grid linecolor rgb '" PM_PICTURE_GRID "' linewidth 0.5 dashtype (2,4)\n");
}

void pm_picture_title(struct pm_outbuf *script, unsigned height, const char *title,
                      const char *below)
{
    char quoted[512];

    pm_outbuf_add(script,
                  "set label 101 %s at screen 0.015, screen %.4f font ',18' "
                  "textcolor rgb '" PM_PICTURE_TEXT "' front\n",
                  pm_gnuplot_quote(quoted, sizeof quoted, title), 1.0 - 23.0 / height);
    pm_outbuf_add(script,
                  "set label 102 %s at screen 0.015, screen %.4f font ',13' "
                  "textcolor rgb '" PM_PICTURE_TEXT "' front\n",
                  pm_gnuplot_quote(quoted, sizeof quoted, below), 1.0 - 49.0 / height);
}

char *pm_picture_decade(char *buffer, size_t size, int decade, const char *micro)
{
    static const char *const scales[] = {"1", "10", "100"};
    static const char *const units[] = {"n", "", "m", ""};
    const int unit = decade / 3 < 3 ? decade / 3 : 3;
    const int zeros = decade - 3 * unit;

    if (zeros < 3)
        snprintf(buffer, size, "%s %ss", scales[zeros], unit == 1 ? micro : units[unit]);
    else
        snprintf(buffer, size, "1e%d s", zeros);
    return buffer;
}

char *pm_picture_time(char *buffer, size_t size, double ns)
{
    char text[32];

    pm_text_human(text, sizeof text, ns, PM_UNIT_DURATION);
    char *const unit = strstr(text, "us");
    if (unit != NULL)
        *unit = '\0';
    snprintf(buffer, size, "%s%s", text, unit != NULL ? "µs" : "");
    return buffer;
}

void pm_picture_axis(struct pm_outbuf *script, double low, double high, unsigned labels_max)
{
    const int first = (int)floor(log10(fmax(low, 1.0)));
    const int last = (int)fmax(ceil(log10(fmax(high, 1.0))), first + 1);
    const int step = (last - first) / (int)labels_max + 1;
    char text[24];

    /* A hair wider than the decades, whose logarithms gnuplot rounds to either side. */
    pm_outbuf_add(script, "set logscale y\nset yrange [0.999e%d:1.001e%d]\nset ytics (", first,
                  last);
    for (int decade = first; decade <= last; decade += step)
        pm_outbuf_add(script, "%s'%s' 1e%d", decade > first ? ", " : "",
                      pm_picture_decade(text, sizeof text, decade, "µ"), decade);
    pm_outbuf_add(script, ")\n");
}

void pm_picture_key(struct pm_outbuf *script, const char *x_label, const struct pm_picture_key *key)
{
    const unsigned fitting = KEY_WIDTH / (key->longest * KEY_LETTER + KEY_SAMPLE);
    const unsigned columns = fitting > 0 ? fitting : 1;
    const unsigned rows = (key->entries + columns - 1) / columns;

    if (x_label != NULL)
        pm_outbuf_add(script, "set xlabel '%s' offset 0,0.3 textcolor rgb '" PM_PICTURE_TEXT "'\n",
                      x_label);
    pm_outbuf_add(script,
                  "set bmargin %.1f\nset key bmargin center horizontal maxcols %u Left reverse "
                  "samplen 3 spacing 1.1 font ',13' textcolor rgb '" PM_PICTURE_TEXT "'\n",
                  (x_label != NULL ? 4.2 : 2.7) + 1.2 * rows, columns);
}

/* --- words ----------------------------------------------------------------------------------- */

struct words {
    char *buffer;
    size_t size, used;
};

static void add_words(struct words *words, const char *before, const char *text, const char *after)
{
    if (text[0] == '\0' || words->used >= words->size)
        return;
    const int length = snprintf(words->buffer + words->used, words->size - words->used, "%s%s%s%s",
                                words->used > 0 ? ", " : "", before, text, after);
    words->used += length > 0 ? (size_t)length : 0;
}

char *pm_picture_rate(char *buffer, size_t size, const struct pm_read_instance *instance)
{
    const struct pm_read_figure *const rate = &instance->rate_per_s;

    if (rate->unknown != NULL || !(rate->value >= 0 && rate->value < 1e15))
        snprintf(buffer, size, "own pace");
    else
        pm_text_format(buffer, size, (int64_t)rate->value, PM_UNIT_RATE);
    return buffer;
}

char *pm_picture_settings(char *buffer, size_t size, const struct pm_reading *reading,
                          bool has_rate)
{
    const struct pm_read_instance *const first = &reading->instance[0];
    struct words words = {buffer, size, 0};
    char rate[32], runs[16];

    buffer[0] = '\0';
    snprintf(runs, sizeof runs, "%u", first->runs);
    add_words(&words, "", has_rate ? pm_picture_rate(rate, sizeof rate, first) : "", "");
    add_words(&words, "", first->transport, "");
    add_words(&words, "", first->guarantee, "");
    add_words(&words, "durability ", first->durability, "");
    add_words(&words, "wait ", first->wait, "");
    add_words(&words, "", runs, first->runs == 1 ? " run" : " runs");
    add_words(&words, "", reading->label, "");
    add_words(&words, "", reading->interrupted ? "interrupted" : "", "");
    return buffer;
}

char *pm_picture_legend(char *buffer, size_t size, const struct pm_read_instance *instance)
{
    struct words words = {buffer, size, 0};
    const bool has_trigger = strcmp(instance->trigger, "0") != 0; /* a cadence of 0 is none */
    char runs[40] = "";

    if (instance->valid_runs < instance->runs)
        snprintf(runs, sizeof runs, "%u/%u", instance->runs - instance->valid_runs, instance->runs);
    add_words(&words, "", instance->name, instance->is_floor ? " (floor)" : "");
    add_words(&words, "", has_trigger ? instance->trigger : "", "");
    add_words(&words, "", runs, " invalid");
    return buffer;
}

/* --- files ----------------------------------------------------------------------------------- */

static int write_picture(int dirfd, const char *name, const char *picture, size_t size,
                         struct pm_error *error)
{
    const int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return pm_error_errno(error, PM_EIO, "%s: cannot be made", name);
    for (size_t at = 0; at < size;) {
        const ssize_t written = write(fd, picture + at, size - at);
        if (written < 0) {
            close(fd);
            return pm_error_errno(error, PM_EIO, "%s: cannot be written", name);
        }
        at += (size_t)written;
    }
    return close(fd) == 0 ? 0 : pm_error_errno(error, PM_EIO, "%s: cannot be written", name);
}

static int replace(const char *directory, const char *name, const char *picture, size_t size,
                   struct pm_error *error)
{
    char hidden[96];
    const int dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dirfd < 0)
        return pm_error_errno(error, PM_EINPUT, "%s", directory);
    snprintf(hidden, sizeof hidden, ".%s.%d", name, (int)getpid());
    int code = write_picture(dirfd, hidden, picture, size, error);
    if (code == 0 && renameat(dirfd, hidden, dirfd, name) != 0)
        code = pm_error_errno(error, PM_EIO, "%s/%s: cannot be replaced", directory, name);
    if (code != 0)
        unlinkat(dirfd, hidden, 0);
    close(dirfd);
    return code;
}

int pm_picture_draw(const struct pm_outbuf *script, const char *directory, const char *name,
                    enum pm_picture_format format, struct pm_error *error)
{
    char file[64];
    char *picture = NULL;
    size_t size = 0;

    if (script->failed || script->text == NULL)
        return pm_error_set(error, PM_ENOMEM, "%s: out of memory", name);
    snprintf(file, sizeof file, "%s.%s", name, format == PM_PICTURE_SVG ? "svg" : "png");
    int code = pm_gnuplot_run(&picture, &size, script->text, script->used, error);
    if (code == 0)
        code = replace(directory, file, picture, size, error);
    free(picture);
    return code;
}
