/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of `doctor`: each reads what the kernel shows, or measures for a moment. */
#include "pm_fitness.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "pm_clock.h"
#include "pm_text.h"

#define CPU          "/sys/devices/system/cpu/"
#define SHM_WANTED   (1LL << 30)
#define LOAD_WATCH   (250 * PM_NS_PER_MS)
#define NAPS         100
#define LATE_NAP_NS  (1 * PM_NS_PER_MS)
#define SLOW_READ_NS 200
#define CLOCK_READS  1000

/* The first line of @p path without its end; false when there is none to read. */
static bool read_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "re");
    const bool is_read = file != NULL && fgets(line, (int)size, file) != NULL;

    if (file != NULL)
        fclose(file);
    if (is_read)
        line[strcspn(line, "\n")] = '\0';
    return is_read;
}

static void find(struct pm_fitness_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void find(struct pm_fitness_finding *finding, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(finding->found, sizeof finding->found, format, args);
    va_end(args);
}

static void warn(struct pm_fitness_finding *finding, const char *remedy)
{
    finding->warns = true;
    snprintf(finding->remedy, sizeof finding->remedy, "%s", remedy);
}

static void check_cores(struct pm_fitness_finding *finding)
{
    cpu_set_t allowed;
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    const int usable =
        sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : (int)online;

    find(finding, "%d of %ld usable", usable, online);
    if (usable < 2)
        warn(finding, "generator and engine need a core each: give the process two or more "
                      "(taskset, container limits)");
}

static void check_governor(struct pm_fitness_finding *finding)
{
    char governor[64];

    if (!read_line(CPU "cpu0/cpufreq/scaling_governor", governor, sizeof governor)) {
        find(finding, "not shown (usual in a virtual machine)");
        return;
    }
    find(finding, "%s", governor);
    if (strcmp(governor, "performance") != 0)
        warn(finding, "fix the frequency: cpupower frequency-set -g performance");
}

static void check_turbo(struct pm_fitness_finding *finding)
{
    char line[16];
    bool is_on = false;

    if (read_line(CPU "intel_pstate/no_turbo", line, sizeof line)) {
        is_on = line[0] == '0';
    } else if (read_line(CPU "cpufreq/boost", line, sizeof line)) {
        is_on = line[0] == '1';
    } else {
        find(finding, "not shown (usual in a virtual machine)");
        return;
    }
    find(finding, "%s", is_on ? "on" : "off");
    if (is_on)
        warn(finding, "a hot core slows down during long runs: write 1 to "
                      "intel_pstate/no_turbo, or 0 to cpufreq/boost");
}

static void check_huge_pages(struct pm_fitness_finding *finding)
{
    char line[64];
    char mode[16] = "";

    if (!read_line("/sys/kernel/mm/transparent_hugepage/enabled", line, sizeof line)) {
        find(finding, "not in this kernel");
        return;
    }
    const char *chosen = strchr(line, '[');
    if (chosen != NULL)
        snprintf(mode, sizeof mode, "%.*s", (int)strcspn(chosen + 1, "]"), chosen + 1);
    find(finding, "%s", mode);
    if (strcmp(mode, "always") == 0)
        warn(finding, "the kernel may stop a process to build huge pages: echo madvise > "
                      "/sys/kernel/mm/transparent_hugepage/enabled");
}

static void check_shared_memory(struct pm_fitness_finding *finding)
{
    struct statvfs status;
    char free_text[32];
    char size_text[32];

    if (statvfs("/dev/shm", &status) != 0) {
        find(finding, "/dev/shm: %s", strerror(errno));
        warn(finding, "the embedded log lies there: mount -t tmpfs -o size=2G tmpfs /dev/shm");
        return;
    }
    const double block = (double)status.f_frsize;
    const double available = (double)status.f_bavail * block;
    find(finding, "%s free of %s",
         pm_text_human(free_text, sizeof free_text, available, PM_UNIT_SIZE),
         pm_text_human(size_text, sizeof size_text, (double)status.f_blocks * block, PM_UNIT_SIZE));
    if (available < (double)SHM_WANTED)
        warn(finding, "the embedded log lies there: mount -o remount,size=2G /dev/shm (a "
                      "container: --shm-size=2g)");
}

static void check_clock(struct pm_fitness_finding *finding)
{
    static const char *const slow[] = {"hpet", "acpi_pm", "jiffies", "refined-jiffies"};
    char source[64] = "unknown";
    const int64_t begin_ns = pm_clock_ns();
    int64_t end_ns = begin_ns;

    for (int i = 0; i < CLOCK_READS; i++)
        end_ns = pm_clock_ns();
    const int64_t read_ns = (end_ns - begin_ns) / CLOCK_READS;
    read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", source,
              sizeof source);
    find(finding, "%s, %lld ns a reading", source, (long long)read_ns);
    bool is_slow = read_ns > SLOW_READ_NS;
    for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++)
        is_slow = is_slow || strcmp(source, slow[i]) == 0;
    if (is_slow)
        warn(finding, "every record is stamped by this clock: use tsc (or kvm-clock, "
                      "arch_sys_counter) as the clock source");
}

static int by_value(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a;
    const int64_t right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static void check_timer(struct pm_fitness_finding *finding)
{
    int64_t late_ns[NAPS];
    char median[32];
    char worst[32];
    const int slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);

    pm_clock_exact_sleep();
    for (int i = 0; i < NAPS; i++) {
        const int64_t due_ns = pm_clock_ns() + PM_NAP_NS;
        pm_clock_sleep_until(due_ns);
        late_ns[i] = pm_clock_ns() - due_ns;
    }
    prctl(PR_SET_TIMERSLACK, (unsigned long)(slack > 0 ? slack : 0), 0, 0, 0);
    qsort(late_ns, NAPS, sizeof late_ns[0], by_value);
    find(finding, "naps end late by %s (median), %s (worst of %d)",
         pm_text_human(median, sizeof median, (double)late_ns[NAPS / 2], PM_UNIT_DURATION),
         pm_text_human(worst, sizeof worst, (double)late_ns[NAPS - 1], PM_UNIT_DURATION), NAPS);
    if (late_ns[NAPS / 2] > LATE_NAP_NS)
        warn(finding, "sleeping costs more than 1 ms here: use --set wait=spin, or a machine with "
                      "high-resolution timers");
}

struct cpu_time {
    long long busy, all;
};

/* Ticks of all cores since boot, from the first line of /proc/stat. */
static bool read_cpu(struct cpu_time *time)
{
    char line[256];
    long long field[8] = {0};

    if (!read_line("/proc/stat", line, sizeof line))
        return false;
    char *at = line + strcspn(line, " ");
    for (size_t i = 0; i < sizeof field / sizeof field[0]; i++)
        field[i] = strtoll(at, &at, 10);
    time->all = 0;
    for (size_t i = 0; i < sizeof field / sizeof field[0]; i++)
        time->all += field[i];
    time->busy = time->all - field[3] - field[4]; /* idle, and waiting for a disk */
    return true;
}

static void check_neighbours(struct pm_fitness_finding *finding)
{
    struct cpu_time before;
    struct cpu_time after;

    if (!read_cpu(&before)) {
        find(finding, "/proc/stat cannot be read");
        return;
    }
    pm_clock_sleep_until(pm_clock_ns() + LOAD_WATCH);
    read_cpu(&after);
    const long long all = after.all - before.all;
    const long long busy = all > 0 ? 100 * (after.busy - before.busy) / all : 0;
    find(finding, "%lld %% of all cores busy with other work", busy);
    if (busy > 10)
        warn(finding, "stop what else runs: top shows it");
}

/* The figure in kB behind @p name in /proc/meminfo, or -1. */
static long long read_memory(const char *name)
{
    FILE *file = fopen("/proc/meminfo", "re");
    char line[128];
    long long value = -1;

    while (file != NULL && value < 0 && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0)
            value = strtoll(line + strlen(name), NULL, 10);
    }
    if (file != NULL)
        fclose(file);
    return value;
}

static void check_swap(struct pm_fitness_finding *finding)
{
    const long long total = read_memory("SwapTotal:");
    const long long used = total - read_memory("SwapFree:");

    if (total <= 0)
        find(finding, "none");
    else
        find(finding, "%lld of %lld MiB in use", used >> 10, total >> 10);
    if (total > 0 && used > 0)
        warn(finding, "a page that comes back from disk is a stall: swapoff -a while measuring");
}

static void check_memory(struct pm_fitness_finding *finding)
{
    const long long available = read_memory("MemAvailable:");

    find(finding, "%lld MiB available", available >> 10);
    if (available >= 0 && available < SHM_WANTED >> 10)
        warn(finding, "logs and state live in memory: 1 GiB should be free");
}

static void check_gnuplot(struct pm_fitness_finding *finding)
{
    const char *folders = getenv("PATH");
    char path[4096];

    while (folders != NULL && *folders != '\0') {
        const size_t length = strcspn(folders, ":");
        snprintf(path, sizeof path, "%.*s/gnuplot", (int)length, folders);
        if (access(path, X_OK) == 0) {
            find(finding, "%.*s", (int)sizeof finding->found - 1, path);
            return;
        }
        folders += length + (folders[length] == ':' ? 1 : 0);
    }
    find(finding, "not installed");
    warn(finding, "runs have no pictures without it: apt-get install gnuplot-nox");
}

const struct pm_fitness_check pm_fitness_checks[] = {
    {"cores", check_cores},
    {"governor", check_governor},
    {"turbo", check_turbo},
    {"huge-pages", check_huge_pages},
    {"shared-memory", check_shared_memory},
    {"memory", check_memory},
    {"swap", check_swap},
    {"clock", check_clock},
    {"timer", check_timer},
    {"neighbours", check_neighbours},
    {"gnuplot", check_gnuplot},
    {0},
};
