/* SPDX-License-Identifier: Apache-2.0 */
/* Standard streams: reopened, coloured, flushed. */
#include "pm_terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pm_error.h"
#include "pm_text.h"

#define DEFAULT_WIDTH 80u

void pm_terminal_prepare(void)
{
    int fd = 0;

    while (fd >= 0 && fd <= STDERR_FILENO) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
            fd = open("/dev/null", O_RDWR); /* takes the lowest free number: this one */
        fd = fd < 0 ? fd : fd + 1;
    }
    signal(SIGPIPE, SIG_IGN);
}

static bool is_capable(void)
{
    const char *term = getenv("TERM");

    return term != NULL && strcmp(term, "dumb") != 0;
}

bool pm_terminal_shows_progress(void)
{
    return isatty(STDERR_FILENO) && is_capable();
}

struct pm_ink pm_terminal_ink(FILE *stream)
{
    const char *refused = getenv("NO_COLOR");

    if (!isatty(fileno(stream)) || !is_capable() || (refused != NULL && *refused != '\0'))
        return (struct pm_ink){"", "", "", "", ""};
    return (struct pm_ink){"\033[1m", "\033[2m", "\033[32m", "\033[33m", "\033[0m"};
}

unsigned pm_terminal_width(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return DEFAULT_WIDTH;
    return size.ws_col;
}

int pm_terminal_print(struct pm_outbuf *out)
{
    const int rc = out->failed ? PM_ENOMEM : 0;

    if (rc == 0 && out->used > 0)
        fwrite(out->text, 1, out->used, stdout);
    pm_outbuf_close(out);
    return rc;
}

/* A pipe that nobody reads any more: the reader has what it wanted. */
static bool is_abandoned(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};

    return poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP)) != 0;
}

int pm_terminal_finish(int code)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || is_abandoned())
        return code;
    fprintf(stderr, "pacemark: standard output: not all could be written: is the disk full?\n");
    return code != 0 ? code : pm_error_exit_code(PM_EIO);
}

/* Bytes of the UTF-8 character at @p text, or 0. */
static size_t character_size(const char *text)
{
    size_t size = 1;

    while (size <= 4 && !pm_text_is_utf8(text, size)) {
        if (text[size - 1] == '\0')
            return 0;
        size++;
    }
    return size <= 4 ? size : 0;
}

void pm_terminal_json(struct pm_outbuf *out, const char *text)
{
    pm_outbuf_add(out, "\"");
    while (*text != '\0') {
        const unsigned char byte = (unsigned char)*text;
        const size_t size = character_size(text);
        if (byte < 0x20 || byte == 0x7f)
            pm_outbuf_add(out, "\\u%04x", byte);
        else if (byte == '"' || byte == '\\')
            pm_outbuf_add(out, "\\%c", byte);
        else if (size > 0)
            pm_outbuf_bytes(out, text, size);
        else
            pm_outbuf_add(out, "?");
        text += size > 0 ? size : 1;
    }
    pm_outbuf_add(out, "\"");
}
