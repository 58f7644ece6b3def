/* SPDX-License-Identifier: Apache-2.0 */
/* Access log lines: paths, answers and agents as a small site with a shop and a blog sees them. */
#include "pm_access_log.h"

#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000

struct line {
    uint32_t size;
    char text[PM_ACCESS_LOG_LINE_MAX];
};

static void put(struct line *line, const char *text)
{
    const size_t size = strlen(text);

    assert(line->size + size <= sizeof line->text);
    memcpy(line->text + line->size, text, size);
    line->size += (uint32_t)size;
}

/* @p value with at least @p digits digits. */
static void put_number(struct line *line, uint64_t value, unsigned digits)
{
    char text[24];
    unsigned at = sizeof text - 1;

    text[at] = '\0';
    for (unsigned i = 0; i < digits || value != 0; i++, value /= 10)
        text[--at] = (char)('0' + value % 10);
    put(line, text + at);
}

static void put_time(struct line *line, int64_t time_ns)
{
    static const char *const months[] = {"/Jan/", "/Feb/", "/Mar/", "/Apr/", "/May/", "/Jun/",
                                         "/Jul/", "/Aug/", "/Sep/", "/Oct/", "/Nov/", "/Dec/"};
    const time_t seconds = time_ns / NS_PER_S;
    struct tm utc;

    gmtime_r(&seconds, &utc);
    put_number(line, (uint64_t)utc.tm_mday, 2);
    put(line, months[utc.tm_mon]);
    put_number(line, (uint64_t)utc.tm_year + 1900, 4);
    put(line, ":");
    put_number(line, (uint64_t)utc.tm_hour, 2);
    put(line, ":");
    put_number(line, (uint64_t)utc.tm_min, 2);
    put(line, ":");
    put_number(line, (uint64_t)utc.tm_sec, 2);
    put(line, " +0000");
}

static void put_host(struct line *line, uint64_t client)
{
    const uint64_t address = pm_hash_u64(client);

    for (unsigned i = 0; i < 4; i++) {
        put(line, i == 0 ? "" : ".");
        put_number(line, 1 + (address >> (8 * i)) % 254, 1);
    }
}

#define PICK(list_, random_) (list_)[pm_random_below(random_, sizeof(list_) / sizeof(list_)[0])]

static void put_path(struct line *line, unsigned assets_percent, struct pm_random *random)
{
    static const char *const pages[] = {
        "/",
        "/blog/tags/",
        "/blog/geekery/",
        "/presentations/logging-",
        "/files/report-",
        "/articles/",
        "/projects/build-",
        "/api/v1/items/",
        "/shop/products/",
        "/cart/",
        "/checkout/",
        "/account/orders/",
        "/search?q=",
        "/~guest/notes/",
        "/legacy/page-",
    };
    static const char *const assets[] = {"/css/site-", "/js/app-", "/images/photo-", "/img/icon-",
                                         "/blog/style-"};
    static const char *const types[] = {".css", ".js", ".png", ".ico", ".jpg", ".woff2", ".svg"};
    static const char *const tails[] = {"", "", ".html", "/", "?page=2", "/view.php?ref=a.css"};

    if (pm_random_below(random, 100) < assets_percent) {
        put(line, PICK(assets, random));
        put_number(line, pm_random_below(random, 1000), 1);
        put(line, PICK(types, random));
        return;
    }
    const char *page = PICK(pages, random);
    put(line, page);
    if (page[1] != '\0') {
        put_number(line, pm_random_below(random, 10000), 1);
        put(line, PICK(tails, random));
    }
}

static void put_answer(struct line *line, bool no_status, struct pm_random *random)
{
    static const uint16_t rare[] = {301, 302, 304, 304, 400, 401, 403,
                                    404, 404, 404, 500, 502, 503};
    const uint64_t status = pm_random_below(random, 100) < 85 ? 200 : PICK(rare, random);

    put(line, " ");
    put_number(line, no_status ? 0 : status, 3);
    put(line, " ");
    if (status == 304)
        put(line, "-");
    else
        put_number(line, pm_random_below(random, 1u << (8 + pm_random_below(random, 10))), 1);
}

static void put_visitor(struct line *line, struct pm_random *random)
{
    static const char *const referers[] = {"-", "-", "https://example.org/",
                                           "https://news.example/?id=7"};
    static const char *const agents[] = {
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15",
        "Mozilla/5.0 (compatible; crawler/2.1; +http://example.com/bot.html)",
        "curl/8.5.0",
        "reader \\\"home edition\\\" 1.0",
        "-",
    };

    put(line, " \"");
    put(line, PICK(referers, random));
    put(line, "\" \"");
    put(line, PICK(agents, random));
    put(line, "\"");
}

void pm_access_log_fill(enum pm_access_log_flaw flaw, unsigned assets_percent,
                        struct pm_random *random, struct pm_record *record, struct pm_bytes *bytes)
{
    static const char *const methods[] = {"GET ", "GET ", "GET ", "GET ", "POST ", "HEAD "};
    struct line line;

    line.size = 0;
    put_host(&line, record->key);
    put(&line, " - - [");
    put_time(&line, record->event_time_ns);
    put(&line, "] \"");
    if (flaw == PM_ACCESS_LOG_NO_REQUEST) {
        put(&line, "-\"");
    } else {
        put(&line, PICK(methods, random));
        put_path(&line, assets_percent, random);
        put(&line, " HTTP/1.1\"");
    }
    const uint32_t request_end = line.size;
    put_answer(&line, flaw == PM_ACCESS_LOG_NO_STATUS, random);
    put_visitor(&line, random);
    if (flaw == PM_ACCESS_LOG_CUT)
        line.size = (uint32_t)pm_random_below(random, request_end);
    void *text = pm_record_extend(record, bytes, line.size);
    if (text != NULL)
        memcpy(text, line.text, line.size);
}
