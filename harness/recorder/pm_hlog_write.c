/* SPDX-License-Identifier: Apache-2.0 */
/* The writing half of interval logs. */
#include "pm_hlog.h"

#include "pm_decimal.h"

#include <inttypes.h>
#include <string.h>

/* java.util.Date's text in UTC, whatever the locale; readers show it and do not parse it. */
static void write_date(FILE *stream, int64_t wall_ns)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const time_t seconds = (time_t)(wall_ns / PM_NS_PER_S);
    struct tm date;

    gmtime_r(&seconds, &date);
    fprintf(stream, "%s %s %02d %02d:%02d:%02d UTC %04d", days[date.tm_wday], months[date.tm_mon],
            date.tm_mday, date.tm_hour, date.tm_min, date.tm_sec, date.tm_year + 1900);
}

static void write_seconds(FILE *stream, int64_t ns)
{
    fprintf(stream, "%lld.%03lld", ns / PM_NS_PER_S, ns / PM_NS_PER_MS % 1000);
}

static int check_stream(FILE *stream, struct pm_error *error)
{
    if (ferror(stream))
        return pm_error_errno(error, PM_EIO, "interval log: cannot write");
    return 0;
}

int pm_hlog_write_head(FILE *stream, const char *comment, int64_t start_wall_ns,
                       struct pm_error *error)
{
    if (start_wall_ns < 0)
        return pm_error_set(error, PM_EINPUT, "interval log: it starts before 1970");
    if (comment != NULL && strpbrk(comment, "\r\n") != NULL)
        return pm_error_set(error, PM_EINPUT, "interval log: a line break in the comment");
    if (comment != NULL)
        fprintf(stream, "#%s\n", comment);
    fputs("#[Histogram log format version 1.3]\n#[StartTime: ", stream);
    write_seconds(stream, start_wall_ns);
    fputs(" (seconds since epoch), ", stream);
    write_date(stream, start_wall_ns);
    fputs("]\n#[BaseTime: ", stream);
    write_seconds(stream, start_wall_ns);
    fputs(" (seconds since epoch)]\n"
          "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
          "\"Interval_Compressed_Histogram\"\n",
          stream);
    return check_stream(stream, error);
}

static int check_interval(const struct pm_hlog_interval *interval, struct pm_error *error)
{
    const char *tag = interval->tag;

    if (tag != NULL && (strlen(tag) >= PM_HLOG_TAG_SIZE || strpbrk(tag, ", \t\r\n") != NULL))
        return pm_error_set(error, PM_EINPUT,
                            "interval log: tag: expected at most %d characters, without comma, "
                            "space or line break",
                            PM_HLOG_TAG_SIZE - 1);
    if (interval->start_ns < 0 || interval->length_ns < 0)
        return pm_error_set(error, PM_EINPUT, "interval log: an interval before its start");
    return 0;
}

int pm_hlog_write(FILE *stream, const struct pm_hlog_interval *interval, struct pm_error *error)
{
    const struct pm_histogram *histogram = interval->histogram;
    const uint64_t above = pm_histogram_overflow(histogram);
    const uint64_t negative = pm_histogram_negative(histogram);
    const double max = (double)pm_histogram_max(histogram) / PM_HLOG_MAX_RATIO;
    char text[PM_DECIMAL_SIZE];
    int code = check_interval(interval, error);

    if (code < 0)
        return code;
    if (above + negative != 0)
        fprintf(stream, "#[OutOfRange: above=%" PRIu64 ", negative=%" PRIu64 "]\n", above,
                negative);
    if (interval->tag != NULL && interval->tag[0] != '\0')
        fprintf(stream, "Tag=%s,", interval->tag);
    write_seconds(stream, interval->start_ns);
    fputc(',', stream);
    write_seconds(stream, interval->length_ns);
    fprintf(stream, ",%s,", pm_decimal_format(text, max, 3));
    code = pm_hdr_encode(stream, histogram, error);
    fputc('\n', stream);
    return code < 0 ? code : check_stream(stream, error);
}
