/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a recorded log: refused, or replayed in order, within its time and its bounds. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pm_clock.h"
#include "pm_codec.h"
#include "pm_trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool right)
{
    if (!right)
        abort();
}

static void replay(struct pm_trace *trace)
{
    struct pm_bytes bytes = {0};
    struct pm_record record;
    int64_t last_due_ns = 0;
    uint64_t count = 0, last_line = 0;

    for (int64_t due_ns; (due_ns = pm_trace_due_ns(trace)) >= 0; count++) {
        uint32_t size = 0;
        require(pm_trace_next(trace, &record, &bytes) == 0);
        require(record.stamp_ns == due_ns && due_ns >= last_due_ns && due_ns < PM_NS_PER_S);
        require(record.payload[0] > last_line);
        require(record.event_time_ns >=
                pm_trace_high_ns(trace) - pm_trace_stats(trace)->step_back_ns);
        pm_record_text(&record, &bytes, &size);
        require(size > 0 && size <= PM_CODEC_TEXT_MAX + 1);
        last_due_ns = due_ns;
        last_line = record.payload[0];
        bytes.used = 0;
    }
    require(count == pm_trace_stats(trace)->all.records && count > 0);
    pm_bytes_close(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int fd = memfd_create("trace", MFD_CLOEXEC);
    struct pm_trace *trace = NULL;
    struct pm_error error;
    char path[40];

    require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const struct pm_trace_config config = {
        .files = 1, .file = {{path, NULL}}, .pace = PM_TRACE_FIT, .fit_ns = PM_NS_PER_S};
    if (pm_trace_open(&trace, &config, &error) == 0)
        replay(trace);
    pm_trace_close(trace);
    close(fd);
    return 0;
}
