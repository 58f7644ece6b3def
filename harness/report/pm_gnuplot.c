/* SPDX-License-Identifier: Apache-2.0 */
/* Starting gnuplot on anonymous files, waiting for it, and what it says when it fails. */
#include "pm_gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pm_text.h"

enum { SCRIPT, PICTURE, SAID, STREAMS }; /* descriptors 0, 1, 2 of the child */

static int open_streams(int fd[STREAMS], struct pm_error *error)
{
    static const char *const names[STREAMS] = {"gnuplot-script", "gnuplot-picture", "gnuplot-said"};

    for (int i = 0; i < STREAMS; i++) {
        fd[i] = memfd_create(names[i], MFD_CLOEXEC);
        if (fd[i] < 0) {
            while (i-- > 0)
                close(fd[i]);
            return pm_error_errno(error, PM_ENOMEM, "gnuplot: no memory for its script");
        }
    }
    return 0;
}

static int write_script(int fd, const char *script, size_t size, struct pm_error *error)
{
    for (size_t at = 0; at < size;) {
        const ssize_t written = write(fd, script + at, size - at);
        if (written < 0)
            return pm_error_errno(error, PM_ENOMEM, "gnuplot: no memory for its script");
        at += (size_t)written;
    }
    return lseek(fd, 0, SEEK_SET) == 0 ? 0 : pm_error_errno(error, PM_EFAIL, "gnuplot: its script");
}

/* --- the process ----------------------------------------------------------------------------- */

static void set_environment(char path[4096], char home[4096])
{
    const char *const where = getenv("PATH");
    const char *const whose = getenv("HOME");

    snprintf(path, 4096, "PATH=%s", where != NULL ? where : "/usr/bin:/bin");
    snprintf(home, 4096, "HOME=%s", whose != NULL ? whose : "/");
}

static int spawn(pid_t *out, const int fd[STREAMS], struct pm_error *error)
{
    char path[4096], home[4096], locale[] = "LC_ALL=C.UTF-8", name[] = "gnuplot", plain[] = "-d";
    char *const arguments[] = {name, plain, NULL};
    char *environment[] = {path, home, locale, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;

    set_environment(path, home);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    for (int i = 0; i < STREAMS; i++)
        posix_spawn_file_actions_adddup2(&actions, fd[i], i);
    posix_spawn_file_actions_addclosefrom_np(&actions, STREAMS);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    const int fault = posix_spawnp(out, name, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (fault == ENOENT)
        return pm_error_set(error, PM_ESKIP,
                            "gnuplot is not installed: 'apt-get install gnuplot-nox' brings the "
                            "pictures; all else works without");
    return fault == 0
               ? 0
               : pm_error_set(error, PM_EFAIL, "gnuplot cannot be started: %s", strerror(fault));
}

/* Waits for the end, at most until the timeout; then the child is killed. The status of waitpid. */
static int wait_for(pid_t pid, bool *timed_out)
{
    int status = 0;
    struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};

    *timed_out = false;
    if (end.fd >= 0) {
        int ready;
        do
            ready = poll(&end, 1, (int)(PM_GNUPLOT_TIMEOUT_S * 1000));
        while (ready < 0 && errno == EINTR);
        *timed_out = ready == 0;
        close(end.fd);
    }
    if (*timed_out)
        kill(pid, SIGKILL); /* not reaped yet, so the number is still its own */
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

/* --- what it made ---------------------------------------------------------------------------- */

/* It repeats its input first; the last line that is not empty says what was wrong. */
static int fail_as_said(int fd, int status, struct pm_error *error)
{
    char said[2048], line[160];
    const off_t end = lseek(fd, 0, SEEK_END);
    const off_t from = end > (off_t)sizeof said - 1 ? end - (off_t)sizeof said + 1 : 0;
    ssize_t size = pread(fd, said, sizeof said - 1, from);

    while (size > 0 && (said[size - 1] == '\n' || said[size - 1] == ' '))
        size--;
    said[size > 0 ? size : 0] = '\0';
    const char *const end_before = strrchr(said, '\n');
    const char *const last = end_before != NULL ? end_before + 1 : said;
    pm_text_printable(line, sizeof line, last + strspn(last, " "));
    return pm_error_set(error, PM_EFAIL, "gnuplot failed (%s %d): %s",
                        WIFSIGNALED(status) ? "signal" : "exit code",
                        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), line);
}

static int take_picture(char **out, size_t *out_size, int fd, struct pm_error *error)
{
    struct stat about;

    if (fstat(fd, &about) != 0 || about.st_size <= 0 ||
        about.st_size > (off_t)PM_GNUPLOT_PICTURE_MAX)
        return pm_error_set(error, PM_EFAIL, "gnuplot drew nothing, or more than %u MiB",
                            PM_GNUPLOT_PICTURE_MAX >> 20);
    const size_t size = (size_t)about.st_size;
    char *const picture = malloc(size + 1);
    if (picture == NULL)
        return pm_error_set(error, PM_ENOMEM, "gnuplot: no memory for its picture");
    if (pread(fd, picture, size, 0) != about.st_size) {
        free(picture);
        return pm_error_errno(error, PM_EFAIL, "gnuplot: its picture cannot be read");
    }
    picture[size] = '\0';
    *out = picture;
    *out_size = size;
    return 0;
}

static int run(char **picture, size_t *picture_size, const int fd[STREAMS], struct pm_error *error)
{
    bool timed_out;
    pid_t pid;
    const int code = spawn(&pid, fd, error);

    if (code != 0)
        return code;
    const int status = wait_for(pid, &timed_out);
    if (timed_out)
        return pm_error_set(error, PM_ETIMEOUT, "gnuplot took longer than %u s",
                            PM_GNUPLOT_TIMEOUT_S);
    if (status != 0)
        return fail_as_said(fd[SAID], status, error);
    return take_picture(picture, picture_size, fd[PICTURE], error);
}

int pm_gnuplot_run(char **picture, size_t *picture_size, const char *script, size_t size,
                   struct pm_error *error)
{
    int fd[STREAMS];
    int code = open_streams(fd, error);

    if (code != 0)
        return code;
    code = write_script(fd[SCRIPT], script, size, error);
    if (code == 0)
        code = run(picture, picture_size, fd, error);
    for (int i = 0; i < STREAMS; i++)
        close(fd[i]);
    return code;
}

char *pm_gnuplot_quote(char *buffer, size_t size, const char *text)
{
    size_t used = 0;

    buffer[used++] = '\'';
    for (; *text != '\0' && used + 4 < size; text++) {
        const char c = *text < ' ' || *text > '~' || *text == '`' ? '?' : *text;
        if (c == '\'')
            buffer[used++] = c; /* doubled, it stands for itself */
        buffer[used++] = c;
    }
    buffer[used++] = '\'';
    buffer[used] = '\0';
    return buffer;
}
