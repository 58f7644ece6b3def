/* SPDX-License-Identifier: Apache-2.0 */
/* What all pictures share: terminal, colours, titles, axes of time. */
#ifndef PM_PICTURE_H
#define PM_PICTURE_H

#include "pm_outbuf.h"
#include "pm_reading.h"
#include "pm_report.h"

/* Readable on white and on black, since pictures have no background of their own. */
#define PM_PICTURE_TEXT "#737b87"
#define PM_PICTURE_GRID "#9ca3af"

/** How an instance is drawn in every picture: colour and dashes say the same thing twice. */
struct pm_picture_ink {
    const char *colour; /* "#0072b2"; from Okabe and Ito's palette for colour-blind readers */
    const char *dash;   /* a gnuplot dash type */
    unsigned mark;      /* a gnuplot point type */
};

/** The ink of @p instance: grey and dotted for the floor, an engine's own for an instance with that
 * name, so that it looks alike in every picture, else by the order in which names appear in
 * @p reading. */
const struct pm_picture_ink *pm_picture_ink(const struct pm_reading *reading,
                                            const struct pm_read_instance *instance);

/**
 * Append terminal, fonts and border of a picture of @p width x @p height; @p kind ("percentiles")
 * and @p about (a scenario) make the name that its ids begin with, unique where several pictures
 * stand in one page.
 */
void pm_picture_begin(struct pm_outbuf *script, enum pm_picture_format format, const char *kind,
                      const char *about, unsigned width, unsigned height);

/** Append a title and a smaller line below it, at the top of a picture of @p height; both are
 * quoted here. They take the first 62 units. */
void pm_picture_title(struct pm_outbuf *script, unsigned height, const char *title,
                      const char *below);

/** Write 10^@p decade ns as "10 ms"; @p micro is the prefix of a millionth, "µ" or "u". Returns
 * @p buffer. */
char *pm_picture_decade(char *buffer, size_t size, int decade, const char *micro);

/** Write @p ns for people with the sign for micro: "13.5 µs". Returns @p buffer. */
char *pm_picture_time(char *buffer, size_t size, double ns);

/** Append a logarithmic y axis of latency from @p low to @p high ns, widened to decades, of which
 * at most @p labels_max are labelled. */
void pm_picture_axis(struct pm_outbuf *script, double low, double high, unsigned labels_max);

/** What a legend has to hold: its entries, and the characters of the longest. */
struct pm_picture_key {
    unsigned entries, longest;
};

/** Append room below the plot for a legend and for the label of the x axis (ours, not quoted; NULL
 * for none), so that they lie below each other however long the entries are. */
void pm_picture_key(struct pm_outbuf *script, const char *x_label,
                    const struct pm_picture_key *key);

/** Write what was run into @p buffer: "50k/s, embedded, at-most-once, ..., 3 runs, quick"; without
 * the rate where a picture shows several. Returns @p buffer. */
char *pm_picture_settings(char *buffer, size_t size, const struct pm_reading *reading,
                          bool has_rate);

/** The offered rate as it was asked for, or "own pace". Returns @p buffer. */
char *pm_picture_rate(char *buffer, size_t size, const struct pm_read_instance *instance);

/** "event", "microbatch, fixed:100ms", "batch, 1/3 invalid", "null (floor)"; returns @p
 * buffer. */
char *pm_picture_legend(char *buffer, size_t size, const struct pm_read_instance *instance);

/**
 * Draw @p script and put the picture into @p directory as "<name>.svg" or ".png", in place of an
 * older one: written under a temporary name, then renamed. Errors: those of pm_gnuplot_run,
 * PM_EIO, PM_ENOMEM (also when @p script could not be made).
 */
int pm_picture_draw(const struct pm_outbuf *script, const char *directory, const char *name,
                    enum pm_picture_format format, struct pm_error *error);

#endif
