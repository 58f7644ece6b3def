/* SPDX-License-Identifier: Apache-2.0 */
/* hourly-plain by hand: windows, their state, watermarks and late readings, kept in this process
 * alone: a restart loses what the open windows hold. */
#include "pm_client_lines.h"
#include "pm_client_queries.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOWS, LATE };

struct window {
    int64_t start_ns;
    int64_t count;
    __int128 sum;
};

/* The open windows lie in the order of their starts; few are open at a time. */
struct hourly {
    struct pm_client_output output;
    int64_t size_ns, lateness_ns, delay_ns;
    unsigned partitions;
    int64_t *largest_ns; /* of each partition the largest event time so far */
    struct window *window;
    size_t count, capacity;
};

static void hourly_close(void *payload)
{
    struct hourly *const self = payload;

    free(self->largest_ns);
    free(self->window);
}

static int hourly_open(void *payload, const struct pm_client_job *job, struct pm_error *error)
{
    struct hourly *const self = payload;

    self->output = job->output;
    self->size_ns = pm_client_setting(job->query, "window.size");
    self->lateness_ns = pm_client_setting(job->query, "lateness");
    self->delay_ns = job->watermark_delay_ns;
    self->partitions = job->partitions;
    self->largest_ns = malloc(job->partitions * sizeof *self->largest_ns);
    if (self->largest_ns == NULL)
        return pm_error_set(error, PM_ENOMEM, "no memory for watermarks");
    for (unsigned i = 0; i < job->partitions; i++)
        self->largest_ns[i] = PM_TIME_MIN;
    return 0;
}

static int64_t watermark_of(const struct hourly *self, unsigned partition)
{
    const int64_t largest_ns = self->largest_ns[partition];

    return largest_ns < PM_TIME_MIN + self->delay_ns ? PM_TIME_MIN : largest_ns - self->delay_ns;
}

/* From here on no partition brings a reading that a window before may still count. */
static int64_t lowest_watermark(const struct hourly *self)
{
    int64_t lowest_ns = PM_TIME_MAX;

    for (unsigned i = 0; i < self->partitions; i++) {
        const int64_t watermark_ns = watermark_of(self, i);
        lowest_ns = watermark_ns < lowest_ns ? watermark_ns : lowest_ns;
    }
    return lowest_ns;
}

static bool is_closed(const struct hourly *self, int64_t start_ns, int64_t watermark_ns)
{
    return start_ns + self->size_ns + self->lateness_ns <= watermark_ns;
}

/* The window that starts at @p start_ns, empty if it is new; NULL without memory. */
static struct window *find_window(struct hourly *self, int64_t start_ns)
{
    size_t at = self->count;

    while (at > 0 && self->window[at - 1].start_ns > start_ns)
        at--;
    if (at > 0 && self->window[at - 1].start_ns == start_ns)
        return &self->window[at - 1];
    if (self->count == self->capacity) {
        const size_t capacity = 2 * self->capacity + 16;
        struct window *const larger = realloc(self->window, capacity * sizeof *larger);
        if (larger == NULL)
            return NULL;
        self->window = larger;
        self->capacity = capacity;
    }
    memmove(&self->window[at + 1], &self->window[at], (self->count - at) * sizeof *self->window);
    self->count++;
    self->window[at] = (struct window){.start_ns = start_ns};
    return &self->window[at];
}

/* Thousandths, half a one away from zero. */
static int64_t average(const struct window *window)
{
    const __int128 scaled = (window->sum < 0 ? -window->sum : window->sum) * 1000;
    const int64_t rounded = (int64_t)((2 * scaled + window->count) / (2 * window->count));

    return window->sum < 0 ? -rounded : rounded;
}

static int send_window(const struct hourly *self, const struct window *window, int64_t stamp_ns)
{
    const int64_t end_ns = window->start_ns + self->size_ns;
    struct pm_record row = {
        .event_time_ns = end_ns - 1,
        .stamp_ns = stamp_ns,
        .payload = {(uint64_t)window->start_ns, (uint64_t)end_ns, (uint64_t)average(window)}};

    return pm_client_send(&self->output, WINDOWS, &row, &window->count, sizeof window->count);
}

/* What the watermark has passed is sent and forgotten. */
static int close_windows(struct hourly *self, int64_t stamp_ns)
{
    const int64_t watermark_ns = lowest_watermark(self);
    size_t closed = 0;
    int code = 0;

    while (code == 0 && closed < self->count &&
           is_closed(self, self->window[closed].start_ns, watermark_ns))
        code = send_window(self, &self->window[closed++], stamp_ns);
    self->count -= closed;
    memmove(self->window, self->window + closed, self->count * sizeof *self->window);
    return code;
}

/* A reading is late when its own partition has closed its window, whatever the others did. */
static int add_reading(struct hourly *self, const struct pm_client_message *message)
{
    const int64_t time_ns = message->record.event_time_ns;
    const int64_t into_ns = time_ns % self->size_ns;
    const int64_t start_ns = time_ns - (into_ns < 0 ? into_ns + self->size_ns : into_ns);

    if (is_closed(self, start_ns, watermark_of(self, message->partition))) {
        struct pm_record row = message->record;
        row.key = 0;
        return pm_client_send(&self->output, LATE, &row, message->text, message->size);
    }
    struct window *const window = find_window(self, start_ns);
    if (window == NULL)
        return PM_ENOMEM;
    window->sum += (int64_t)message->record.payload[0];
    window->count++;
    return 0;
}

/* Marks raise the watermark as records do. */
static int hourly_take(void *payload, const struct pm_client_message *message)
{
    struct hourly *const self = payload;
    int64_t *const largest_ns = &self->largest_ns[message->partition];
    const int64_t time_ns = message->record.event_time_ns;
    int code = 0;

    if (pm_record_kind(&message->record) == PM_KIND_DATA)
        code = add_reading(self, message);
    if (code != 0 || time_ns <= *largest_ns)
        return code;
    *largest_ns = time_ns;
    const bool closes = self->count > 0 && is_closed(self, self->window[0].start_ns,
                                                     watermark_of(self, message->partition));
    return closes ? close_windows(self, message->record.stamp_ns) : 0;
}

static uint64_t hourly_state_bytes(const void *payload)
{
    const struct hourly *const self = payload;

    return self->capacity * sizeof *self->window + self->partitions * sizeof *self->largest_ns;
}

const struct pm_client_query pm_client_hourly_plain = {
    .name = "hourly-plain",
    .lines = {PM_LINES_HOURLY_PLAIN, PM_LINES_SHARED},
    .size = sizeof(struct hourly),
    .open = hourly_open,
    .take = hourly_take,
    .state_bytes = hourly_state_bytes,
    .close = hourly_close,
};
