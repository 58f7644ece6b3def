/* SPDX-License-Identifier: Apache-2.0 */
/* log-etl by hand: access log lines cut into their fields, static assets dropped, a service added,
 * to the output of their status class. */
#include "pm_client_lines.h"
#include "pm_client_queries.h"
#include "pm_hash.h"

#include <string.h>
#include <strings.h>

#define DEAD_LETTERS 4u /* behind the outputs of 2xx to 5xx */

struct log_etl {
    struct pm_client_output output;
};

enum service {
    OTHER,
    HOME,
    BLOG,
    PRESENTATIONS,
    FILES,
    IMAGES,
    PROJECTS,
    ARTICLES,
    API,
    SHOP,
    ACCOUNT,
    SEARCH,
};

/* Who answers a path, by its first segment. */
static const struct {
    const char *segment;
    enum service service;
} services[] = {
    {"", HOME},
    {"index.html", HOME},
    {"blog", BLOG},
    {"presentations", PRESENTATIONS},
    {"files", FILES},
    {"downloads", FILES},
    {"images", IMAGES},
    {"img", IMAGES},
    {"projects", PROJECTS},
    {"scripts", PROJECTS},
    {"articles", ARTICLES},
    {"doc", ARTICLES},
    {"docs", ARTICLES},
    {"api", API},
    {"shop", SHOP},
    {"products", SHOP},
    {"cart", SHOP},
    {"checkout", SHOP},
    {"account", ACCOUNT},
    {"login", ACCOUNT},
    {"search", SEARCH},
};

/* What is left of a line to read, or a part of it that was read. */
struct rest {
    const char *at, *end;
};

struct request {
    const char *path;
    size_t path_size; /* without the query string */
    int status;
    int64_t bytes;
};

/* The columns as they lie in the row's payload. */
struct columns {
    int16_t status;
    uint8_t class, asset, service, spare[3];
    int64_t bytes;
    uint64_t segment;
};
static_assert(sizeof(struct columns) == PM_PAYLOAD_SIZE, "the columns are the payload");

static bool take(struct rest *in, char byte)
{
    if (in->at == in->end || *in->at != byte)
        return false;
    in->at++;
    return true;
}

static bool take_number(struct rest *in, unsigned digits, int *out)
{
    *out = 0;
    for (unsigned i = 0; i < digits; i++, in->at++) {
        if (in->at == in->end || *in->at < '0' || *in->at > '9')
            return false;
        *out = 10 * *out + (*in->at - '0');
    }
    return true;
}

static bool take_month(struct rest *in)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (unsigned i = 0; i < 12 && in->end - in->at >= 3; i++) {
        if (memcmp(months + 3 * i, in->at, 3) == 0) {
            in->at += 3;
            return true;
        }
    }
    return false;
}

/* "10/Oct/2000:13:55:36 -0700]"; the record has its own event time, so the value is not needed. */
static bool take_time(struct rest *in)
{
    int day, year, hour, minute, second, zone_hour, zone_minute;

    return take_number(in, 2, &day) && take(in, '/') && take_month(in) && take(in, '/') &&
           take_number(in, 4, &year) && take(in, ':') && take_number(in, 2, &hour) &&
           take(in, ':') && take_number(in, 2, &minute) && take(in, ':') &&
           take_number(in, 2, &second) && take(in, ' ') && (take(in, '+') || take(in, '-')) &&
           take_number(in, 2, &zone_hour) && take_number(in, 2, &zone_minute) && take(in, ']') &&
           day >= 1 && day <= 31 && year >= 1970 && year <= 2200 && hour <= 23 && minute <= 59 &&
           second <= 60 && zone_hour <= 23 && zone_minute <= 59;
}

/* "host ident user [time] "; a user's name may hold brackets: the first one with a time counts. */
static bool take_head(struct rest *in)
{
    const char *const blank = memchr(in->at, ' ', (size_t)(in->end - in->at));

    if (blank == NULL || blank == in->at)
        return false;
    for (in->at = blank; in->at < in->end;) {
        const char *const bracket = memchr(in->at, '[', (size_t)(in->end - in->at));
        if (bracket == NULL)
            return false;
        struct rest time = {bracket + 1, in->end};
        const bool found = take_time(&time);
        in->at = found ? time.at : bracket + 1;
        if (found)
            return take(in, ' ');
    }
    return false;
}

/* What stands between quotes; a backslash takes the byte behind it with it. */
static bool take_quoted(struct rest *in, struct rest *out)
{
    if (!take(in, '"'))
        return false;
    out->at = in->at;
    for (; in->at < in->end && *in->at != '"'; in->at++)
        in->at += *in->at == '\\' && in->at + 1 < in->end;
    out->end = in->at;
    return take(in, '"');
}

static bool take_word(struct rest *in, struct rest *out)
{
    const char *const blank = memchr(in->at, ' ', (size_t)(in->end - in->at));

    *out = (struct rest){in->at, blank};
    if (blank == NULL || blank == in->at)
        return false;
    in->at = blank + 1;
    return true;
}

/* "GET /path?query HTTP/1.1" */
static bool split_request(struct rest in, struct request *out)
{
    struct rest method, path;

    if (!take_word(&in, &method) || !take_word(&in, &path) || in.end - in.at < 6 ||
        memcmp(in.at, "HTTP/", 5) != 0 || memchr(in.at, ' ', (size_t)(in.end - in.at)) != NULL)
        return false;
    const char *const query = memchr(path.at, '?', (size_t)(path.end - path.at));
    out->path = path.at;
    out->path_size = (size_t)((query != NULL ? query : path.end) - path.at);
    return true;
}

/* "200 2326" or "304 -" */
static bool take_answer(struct rest *in, struct request *out)
{
    if (!take(in, ' ') || !take_number(in, 3, &out->status) || !take(in, ' '))
        return false;
    const char *const from = in->at;
    for (; in->at < in->end && *in->at >= '0' && *in->at <= '9'; in->at++)
        if (__builtin_mul_overflow(out->bytes, 10, &out->bytes) ||
            __builtin_add_overflow(out->bytes, *in->at - '0', &out->bytes))
            return false;
    return (in->at > from || take(in, '-')) && (in->at == in->end || *in->at == ' ');
}

/* Behind the answer stands nothing, or referer and agent and whatever else. */
static bool is_good_tail(struct rest in)
{
    struct rest field;

    if (in.at == in.end)
        return true;
    return take(&in, ' ') && take_quoted(&in, &field) && take(&in, ' ') &&
           take_quoted(&in, &field) && (in.at == in.end || *in.at == ' ');
}

static enum pm_codec_fault read_line(struct request *out, const char *text, uint32_t size)
{
    struct rest in = {text, text + size};
    struct rest request;

    if (size > PM_CODEC_TEXT_MAX)
        return PM_CODEC_TOO_LONG;
    while (in.end > in.at && (in.end[-1] == '\n' || in.end[-1] == '\r'))
        in.end--;
    *out = (struct request){0};
    if (!take_head(&in) || !take_quoted(&in, &request) || !split_request(request, out) ||
        !take_answer(&in, out) || !is_good_tail(in))
        return PM_CODEC_MALFORMED;
    return out->status >= 200 && out->status <= 599 ? PM_CODEC_OK : PM_CODEC_TYPE;
}

static bool is_asset(const struct request *request)
{
    static const char *const types[] = {"css", "js",  "png",  "ico",   "jpg", "jpeg",
                                        "gif", "svg", "webp", "woff2", "woff"};
    const char *const dot = memrchr(request->path, '.', request->path_size);
    const char *const end = request->path + request->path_size;

    for (size_t i = 0; dot != NULL && i < sizeof types / sizeof *types; i++) {
        const size_t size = strlen(types[i]);
        if ((size_t)(end - dot - 1) == size && strncasecmp(types[i], dot + 1, size) == 0)
            return true;
    }
    return false;
}

static enum service service_of(const char *segment, size_t size)
{
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (strlen(services[i].segment) == size && memcmp(services[i].segment, segment, size) == 0)
            return services[i].service;
    return OTHER;
}

static struct columns columns_of(const struct request *request)
{
    const bool rooted = request->path_size != 0 && request->path[0] == '/';
    const char *const segment = request->path + (rooted ? 1 : 0);
    const size_t left = request->path_size - (rooted ? 1 : 0);
    const char *const slash = memchr(segment, '/', left);
    const size_t size = slash != NULL ? (size_t)(slash - segment) : left;

    return (struct columns){.status = (int16_t)request->status,
                            .class = (uint8_t)(request->status / 100 - 2),
                            .service = (uint8_t)service_of(segment, size),
                            .bytes = request->bytes,
                            .segment = pm_hash_bytes(segment, size)};
}

static int log_etl_open(void *self, const struct pm_client_job *job, struct pm_error *error)
{
    (void)error;
    ((struct log_etl *)self)->output = job->output;
    return 0;
}

/* A trace says in the first payload word which line of its file a record is. */
static int log_etl_take(void *self, const struct pm_client_message *message)
{
    const struct pm_client_output *const output = &((struct log_etl *)self)->output;
    const uint64_t line = message->record.payload[0];
    struct request request;

    if (pm_record_kind(&message->record) != PM_KIND_DATA)
        return 0;
    const enum pm_codec_fault fault =
        read_line(&request, message->text != NULL ? message->text : "", message->size);
    if (fault != PM_CODEC_OK)
        return pm_client_send_dead(output, DEAD_LETTERS, message, fault,
                                   line != 0 ? line : pm_record_sequence(&message->record) + 1);
    if (is_asset(&request))
        return 0;
    const struct columns columns = columns_of(&request);
    struct pm_record row = message->record;
    memcpy(row.payload, &columns, sizeof columns);
    return pm_client_send(output, columns.class, &row, message->text, message->size);
}

const struct pm_client_query pm_client_log_etl = {
    .name = "log-etl",
    .lines = {PM_LINES_LOG_ETL, PM_LINES_SHARED},
    .size = sizeof(struct log_etl),
    .open = log_etl_open,
    .take = log_etl_take,
};
