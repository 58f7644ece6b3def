/* SPDX-License-Identifier: Apache-2.0 */
/* zlib and libzstd behind one read; input in pieces of 64 KiB. */
#include "pm_trace_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "pm_text.h"

#define PIECE           (64u << 10)
#define ZSTD_WINDOW_LOG 25 /* larger frames exist only by choice ("--long") */

enum kind { KIND_PLAIN, KIND_GZIP, KIND_ZSTD };

struct pm_trace_stream {
    int fd;
    enum kind kind;
    bool within; /* a compressed member or frame has begun and not ended */
    z_stream gzip;
    ZSTD_DCtx *zstd;
    char shown[100];
    size_t at, size; /* of piece */
    unsigned char piece[PIECE];
};

/* Reads the next piece when the last one is used up; 0 at the end of the file. */
static long refill(struct pm_trace_stream *stream, struct pm_error *error)
{
    ssize_t got = 0;

    if (stream->at < stream->size)
        return 1;
    do
        got = read(stream->fd, stream->piece, PIECE);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return pm_error_errno(error, PM_EIO, "trace %s", stream->shown);
    stream->at = 0;
    stream->size = (size_t)got;
    return got;
}

static int start_codec(struct pm_trace_stream *stream, struct pm_error *error)
{
    static const unsigned char gzip[] = {0x1f, 0x8b}, zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
    bool ready = true;

    if (stream->size >= sizeof gzip && memcmp(stream->piece, gzip, sizeof gzip) == 0) {
        ready = inflateInit2(&stream->gzip, 15 + 16) == Z_OK; /* the gzip format alone */
        stream->kind = ready ? KIND_GZIP : KIND_PLAIN;
    } else if (stream->size >= sizeof zstd && memcmp(stream->piece, zstd, sizeof zstd) == 0) {
        stream->kind = KIND_ZSTD;
        stream->zstd = ZSTD_createDCtx();
        ready = stream->zstd != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(
                                            stream->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
    }
    return ready ? 0 : pm_error_set(error, PM_ENOMEM, "trace %s: out of memory", stream->shown);
}

static int open_file(struct pm_trace_stream *stream, const char *path, struct pm_error *error)
{
    struct stat status;

    stream->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (stream->fd < 0)
        return pm_error_errno(error, PM_EINPUT, "trace %s", stream->shown);
    if (fstat(stream->fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0)
        return pm_error_set(error, PM_EINPUT, "trace %s: expected a file with lines",
                            stream->shown);
    const long got = refill(stream, error);
    return got < 0 ? (int)got : start_codec(stream, error);
}

int pm_trace_stream_open(struct pm_trace_stream **out, const char *path, struct pm_error *error)
{
    struct pm_trace_stream *stream = calloc(1, sizeof *stream);

    if (stream == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    pm_text_printable(stream->shown, sizeof stream->shown, path);
    const int rc = open_file(stream, path, error);
    if (rc != 0)
        pm_trace_stream_close(stream);
    else
        *out = stream;
    return rc;
}

static long refuse(const struct pm_trace_stream *stream, const char *why, struct pm_error *error)
{
    return pm_error_set(error, PM_EINPUT, "trace %s: %s: %s", stream->shown,
                        stream->kind == KIND_GZIP ? "gzip" : "zstd", why);
}

/* Inflates what it can of the piece; the bytes made, or an error. */
static long step_gzip(struct pm_trace_stream *stream, void *to, size_t size, struct pm_error *error)
{
    z_stream *gzip = &stream->gzip;
    const uInt room = size < (1u << 30) ? (uInt)size : 1u << 30;

    gzip->next_in = stream->piece + stream->at;
    gzip->avail_in = (uInt)(stream->size - stream->at);
    gzip->next_out = to;
    gzip->avail_out = room;
    const int state = inflate(gzip, Z_NO_FLUSH);
    stream->at = stream->size - gzip->avail_in;
    stream->within = state != Z_STREAM_END;
    if (state == Z_STREAM_END)
        inflateReset(gzip);
    else if (state != Z_OK && state != Z_BUF_ERROR)
        return refuse(stream, "damaged data", error);
    return (long)(room - gzip->avail_out);
}

static long step_zstd(struct pm_trace_stream *stream, void *to, size_t size, struct pm_error *error)
{
    ZSTD_inBuffer in = {stream->piece, stream->size, stream->at};
    ZSTD_outBuffer out = {to, size, 0};
    const size_t left = ZSTD_decompressStream(stream->zstd, &out, &in);

    if (ZSTD_isError(left))
        return refuse(stream, ZSTD_getErrorName(left), error);
    stream->at = in.pos;
    stream->within = left != 0;
    return (long)out.pos;
}

static long step_plain(struct pm_trace_stream *stream, void *to, size_t size)
{
    const size_t left = stream->size - stream->at;
    const size_t take = left < size ? left : size;

    memcpy(to, stream->piece + stream->at, take);
    stream->at += take;
    return (long)take;
}

long pm_trace_stream_read(struct pm_trace_stream *stream, void *to, size_t size,
                          struct pm_error *error)
{
    long made = 0;

    while (made == 0) {
        const long more = refill(stream, error);
        if (more < 0)
            return more;
        if (more == 0 && !stream->within)
            return 0;
        if (stream->kind == KIND_GZIP)
            made = step_gzip(stream, to, size, error);
        else if (stream->kind == KIND_ZSTD)
            made = step_zstd(stream, to, size, error);
        else
            made = step_plain(stream, to, size);
        if (made == 0 && more == 0)
            return refuse(stream, "the file ends within its data", error);
    }
    return made;
}

void pm_trace_stream_close(struct pm_trace_stream *stream)
{
    if (stream == NULL)
        return;
    if (stream->kind == KIND_GZIP)
        inflateEnd(&stream->gzip);
    ZSTD_freeDCtx(stream->zstd);
    if (stream->fd >= 0)
        close(stream->fd);
    free(stream);
}
