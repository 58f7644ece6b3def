/* SPDX-License-Identifier: Apache-2.0 */
/* The one reader of /proc and /sys for facts about the machine. */
#include "pm_environment.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "pm_clock.h"
#include "pm_text.h"
#include "pm_workload.h"

/* Reads up to size - 1 bytes of a small file; "" when it cannot be read. */
static char *slurp(char *text, size_t size, const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t got = fd >= 0 ? read(fd, text, size - 1) : -1;

    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

static void copy_line(char *out, size_t size, const char *text)
{
    char line[160];

    snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
    pm_text_printable(out, size, line);
}

static void read_cpu(struct pm_environment *out)
{
    char text[4096];
    const char *at = strstr(slurp(text, sizeof text, "/proc/cpuinfo"), "model name");

    if (at != NULL && (at = strchr(at, ':')) != NULL)
        copy_line(out->cpu, sizeof out->cpu, at + strspn(at, ": "));
}

/* "always [madvise] never" chooses madvise. */
static void read_huge_pages(struct pm_environment *out)
{
    char text[128];
    char *const open =
        strchr(slurp(text, sizeof text, "/sys/kernel/mm/transparent_hugepage/enabled"), '[');

    if (open == NULL)
        return;
    open[strcspn(open, "]")] = '\0';
    copy_line(out->huge_pages, sizeof out->huge_pages, open + 1);
}

static void read_turbo(struct pm_environment *out)
{
    char text[16];

    slurp(text, sizeof text, "/sys/devices/system/cpu/intel_pstate/no_turbo");
    if (text[0] != '\0')
        snprintf(out->turbo, sizeof out->turbo, "%s", text[0] == '0' ? "on" : "off");
}

void pm_environment_read(struct pm_environment *out)
{
    char text[256];
    struct utsname name;
    struct sysinfo info;
    struct statvfs shm;

    *out = (struct pm_environment){.cores = pm_workload_cores(), .load = -1.0};
    read_cpu(out);
    read_huge_pages(out);
    read_turbo(out);
    if (uname(&name) == 0)
        snprintf(out->kernel, sizeof out->kernel, "%.50s %.50s %.50s", name.sysname, name.release,
                 name.machine);
    copy_line(out->governor, sizeof out->governor,
              slurp(text, sizeof text, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
    copy_line(out->clock_source, sizeof out->clock_source,
              slurp(text, sizeof text,
                    "/sys/devices/system/clocksource/clocksource0/current_clocksource"));
    if (slurp(text, sizeof text, "/proc/loadavg")[0] != '\0')
        out->load = strtod(text, NULL);
    if (sysinfo(&info) == 0)
        out->memory_bytes = (uint64_t)info.totalram * info.mem_unit;
    if (statvfs("/dev/shm", &shm) == 0)
        out->shm_bytes = (uint64_t)shm.f_bavail * shm.f_frsize;
}

static uint64_t field_of(const char *text, const char *name)
{
    const char *const at = strstr(text, name);

    return at != NULL ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/* "cpu  user nice system idle iowait irq softirq steal ..." */
static void read_ticks(struct pm_environment_marks *out)
{
    char text[512];
    char *at = slurp(text, sizeof text, "/proc/stat");

    if (strncmp(at, "cpu ", 4) != 0)
        return;
    at += 4;
    for (unsigned i = 0; i < 8; i++) {
        const uint64_t ticks = strtoull(at, &at, 10);

        out->all_ticks += ticks;
        if (i != 3 && i != 4)
            out->busy_ticks += ticks;
    }
}

void pm_environment_mark(struct pm_environment_marks *out)
{
    char text[16384];

    *out = (struct pm_environment_marks){0};
    slurp(text, sizeof text, "/proc/vmstat");
    out->swapped_pages = field_of(text, "\npswpin ") + field_of(text, "\npswpout ");
    out->clock_offset_ns = pm_clock_wall_ns() - pm_clock_ns();
    read_ticks(out);
}
