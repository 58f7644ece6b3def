/* SPDX-License-Identifier: Apache-2.0 */
/* posix_spawn, pidfd and /proc: the life of a child process. */
#include "pm_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pm_clock.h"

extern char **environ;

static int set_actions(posix_spawn_file_actions_t *actions)
{
    int code = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);

    if (code == 0)
        code = posix_spawn_file_actions_adddup2(actions, 2, 1);
    if (code == 0)
        code = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    return code;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t all;
    sigset_t none;

    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setpgroup(attributes, 0);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETPGROUP);
}

static int spawn_path(pid_t *pid, const char *path, char *const *argv)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;

    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0)
        return code;
    code = posix_spawnattr_init(&attributes);
    if (code == 0) {
        code = set_actions(&actions);
        if (code == 0)
            code = set_attributes(&attributes);
        if (code == 0)
            code = posix_spawn(pid, path, &actions, &attributes, argv, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

int pm_child_spawn(struct pm_child *out, const char *const *arguments, struct pm_error *error)
{
    char path[4096];
    char *argv[PM_CHILD_ARGUMENTS_MAX + 2u] = {path};
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);

    *out = (struct pm_child)PM_CHILD_NONE;
    if (length <= 0)
        return pm_error_errno(error, PM_EFAIL, "/proc/self/exe: cannot be read");
    path[length] = '\0';
    for (unsigned i = 0; i < PM_CHILD_ARGUMENTS_MAX && arguments[i] != NULL; i++)
        argv[i + 1u] = (char *)(uintptr_t)arguments[i];

    errno = spawn_path(&out->pid, path, argv);
    if (errno != 0)
        return pm_error_errno(error, PM_EFAIL, "cannot start %s", path);

    /* The child cannot be reaped by anybody before its end is taken here: the pid is still its own.
     */
    out->pidfd = (int)syscall(SYS_pidfd_open, out->pid, 0);
    if (out->pidfd < 0) {
        pm_error_errno(error, PM_EFAIL, "pidfd_open: Linux 5.4 or newer is needed");
        kill(out->pid, SIGKILL);
        waitpid(out->pid, NULL, 0);
        return PM_EFAIL;
    }
    return 0;
}

int pm_child_enter(pid_t parent, struct pm_error *error)
{
    const struct rlimit no_core = {0, 0};

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return pm_error_errno(error, PM_EFAIL, "prctl(PR_SET_PDEATHSIG)");
    if (getppid() != parent)
        return pm_error_set(error, PM_EFAIL, "the supervisor has gone");
    setrlimit(RLIMIT_CORE, &no_core);
    return 0;
}

static int64_t time_ns(struct timeval time)
{
    return (int64_t)time.tv_sec * PM_NS_PER_S + (int64_t)time.tv_usec * PM_NS_PER_US;
}

/* The system call, unlike the library's waitid, also gives the child's resource usage. */
static bool take_end(struct pm_child *child)
{
    siginfo_t info = {0};
    struct rusage usage;

    if (syscall(SYS_waitid, P_PIDFD, child->pidfd, &info, WEXITED | WNOHANG, &usage) != 0 ||
        info.si_pid == 0)
        return false;
    child->ended = true;
    child->cpu_ns = time_ns(usage.ru_utime) + time_ns(usage.ru_stime);
    child->exit_code = info.si_code == CLD_EXITED ? info.si_status : -1;
    child->end_signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
    return true;
}

bool pm_child_ended(struct pm_child *child, int64_t timeout_ns)
{
    struct pollfd waits = {.fd = child->pidfd, .events = POLLIN};
    const struct timespec timeout = {timeout_ns / PM_NS_PER_S, timeout_ns % PM_NS_PER_S};

    if (child->ended || child->pidfd < 0)
        return true;
    if (ppoll(&waits, 1, &timeout, NULL) <= 0)
        return false;
    return take_end(child);
}

void pm_child_signal(const struct pm_child *child, int signal)
{
    if (!child->ended && child->pidfd >= 0)
        syscall(SYS_pidfd_send_signal, child->pidfd, signal, NULL, 0);
}

/* The value of line "name:  123 kB" in bytes, or 0. */
static int64_t status_bytes(const char *text, const char *name)
{
    const char *const at = strstr(text, name);

    return at != NULL ? strtoll(at + strlen(name), NULL, 10) * 1024 : 0;
}

bool pm_child_memory(pid_t pid, struct pm_child_memory *out)
{
    char path[64];
    char text[4096];

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    if (got <= 0)
        return false;
    text[got] = '\0';
    out->own_bytes = status_bytes(text, "\nRssAnon:") + status_bytes(text, "\nRssFile:");
    out->shared_bytes = status_bytes(text, "\nRssShmem:");
    return out->own_bytes != 0; /* a zombie has no memory lines */
}

void pm_child_saw(struct pm_child *child, const struct pm_child_memory *memory)
{
    child->memory_seen = true;
    if (memory->own_bytes > child->peak.own_bytes)
        child->peak.own_bytes = memory->own_bytes;
    if (memory->shared_bytes > child->peak.shared_bytes)
        child->peak.shared_bytes = memory->shared_bytes;
}

void pm_child_look(struct pm_child *child)
{
    struct pm_child_memory memory;

    if (!child->ended && child->pidfd >= 0 && pm_child_memory(child->pid, &memory))
        pm_child_saw(child, &memory);
}

void pm_child_close(struct pm_child *child)
{
    if (child->pidfd < 0)
        return;
    pm_child_signal(child, SIGKILL);
    while (!pm_child_ended(child, PM_NS_PER_S))
        ;
    close(child->pidfd);
    child->pidfd = -1;
}
