/* SPDX-License-Identifier: Apache-2.0 */
/* log-etl: access log lines, parsed, without static assets, with a service, by status class. */
#include "pm_query_log_etl.h"

#include "pm_access_log.h"
#include "pm_decode.h"
#include "pm_verbs.h"

#include <string.h>
#include <strings.h>

static const struct pm_option options[] = {
    {"malformed.one-in", PM_OPTION_INTEGER, PM_UNIT_COUNT,
     offsetof(struct pm_query_log_etl_settings, malformed_one_in), 0, 1000000000, "1000", NULL,
     "one line in so many is malformed on purpose; 0: none", NULL},
    {"assets.percent", PM_OPTION_INTEGER, PM_UNIT_COUNT,
     offsetof(struct pm_query_log_etl_settings, assets_percent), 0, 100, "30", NULL,
     "requests for static assets, which are dropped", NULL},
    {0},
};

static const struct pm_schema lines = {
    .name = "line",
    .count = 1,
    .columns = {PM_COLUMN_TEXT("line")},
};

/* class, asset and segment are what the operators behind the parser decide by. */
static const struct pm_schema requests = {
    .name = "request",
    .count = 8,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_PAYLOAD("status", PM_TYPE_INTEGER, 0, 2, 0),
                PM_COLUMN_PAYLOAD("class", PM_TYPE_INTEGER, 2, 1, 0),
                PM_COLUMN_PAYLOAD("asset", PM_TYPE_INTEGER, 3, 1, 0),
                PM_COLUMN_CHOICE("service", 4, 1,
                                 "other home blog presentations files images projects articles "
                                 "api shop account search"),
                PM_COLUMN_PAYLOAD("bytes", PM_TYPE_INTEGER, 8, 8, 0),
                PM_COLUMN_PAYLOAD("segment", PM_TYPE_INTEGER, 16, 8, 0), PM_COLUMN_TEXT("line")},
};

/* The payload words as the schema places its columns. */
struct request {
    int16_t status;
    uint8_t class, asset;
    uint8_t service;
    uint8_t spare[3];
    int64_t bytes;
    uint64_t segment;
};
static_assert(sizeof(struct request) == PM_PAYLOAD_SIZE, "a request is the payload");

const struct pm_log_service_row pm_log_services[] = {
    {"", PM_SERVICE_HOME},
    {"index.html", PM_SERVICE_HOME},
    {"blog", PM_SERVICE_BLOG},
    {"presentations", PM_SERVICE_PRESENTATIONS},
    {"files", PM_SERVICE_FILES},
    {"downloads", PM_SERVICE_FILES},
    {"images", PM_SERVICE_IMAGES},
    {"img", PM_SERVICE_IMAGES},
    {"projects", PM_SERVICE_PROJECTS},
    {"scripts", PM_SERVICE_PROJECTS},
    {"articles", PM_SERVICE_ARTICLES},
    {"doc", PM_SERVICE_ARTICLES},
    {"docs", PM_SERVICE_ARTICLES},
    {"api", PM_SERVICE_API},
    {"shop", PM_SERVICE_SHOP},
    {"products", PM_SERVICE_SHOP},
    {"cart", PM_SERVICE_SHOP},
    {"checkout", PM_SERVICE_SHOP},
    {"account", PM_SERVICE_ACCOUNT},
    {"login", PM_SERVICE_ACCOUNT},
    {"search", PM_SERVICE_SEARCH},
};
const unsigned pm_log_service_count = sizeof pm_log_services / sizeof pm_log_services[0];

/* --- the parser ----------------------------------------------------------------------------- */

struct parse {
    struct pm_operator base;
};

static bool is_asset(const char *path, uint32_t size)
{
    static const char *const types[] = {"css", "js",  "png",  "ico",   "jpg", "jpeg",
                                        "gif", "svg", "webp", "woff2", "woff"};
    const char *dot = memrchr(path, '.', size);
    const uint32_t left = dot != NULL ? (uint32_t)(path + size - dot - 1) : 0;

    if (left < 2 || left > 5)
        return false;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strlen(types[i]) == left && strncasecmp(types[i], dot + 1, left) == 0)
            return true;
    }
    return false;
}

/* Of "/blog/a.html" the hash of "blog". */
static uint64_t first_segment(const char *path, uint32_t size)
{
    const uint32_t from = size != 0 && path[0] == '/' ? 1 : 0;
    const char *slash = memchr(path + from, '/', size - from);

    return pm_hash_bytes(path + from,
                         slash != NULL ? (uint64_t)(slash - path - from) : size - from);
}

/* A trace says in the first payload word which line of its file a record is. */
static inline unsigned parse(struct parse *self, struct pm_record *record, struct pm_bytes *bytes)
{
    uint32_t size;
    const char *line = pm_record_text(record, bytes, &size);
    struct pm_clf clf;
    enum pm_codec_fault fault = line != NULL ? pm_clf_parse(line, size, &clf) : PM_CODEC_MALFORMED;

    (void)self;
    if (fault == PM_CODEC_OK && (clf.status < 200 || clf.status > 599))
        fault = PM_CODEC_TYPE;
    if (fault != PM_CODEC_OK) {
        pm_dead_letter_write(record, fault,
                             record->payload[0] != 0 ? record->payload[0]
                                                     : pm_record_sequence(record) + 1);
        return PM_DECODE_DEAD_LETTERS;
    }
    *(struct request *)(void *)record->payload = (struct request){
        .status = (int16_t)clf.status,
        .class = (uint8_t)(clf.status / 100 - 2),
        .asset = is_asset(line + clf.path_at, clf.path_size),
        .bytes = clf.bytes,
        .segment = first_segment(line + clf.path_at, clf.path_size),
    };
    return 0;
}
PM_SPLIT_ENTRIES(parse, struct parse, parse)

static int parse_check(struct pm_plan_node *node, struct pm_error *error)
{
    (void)error;
    node->schema = requests;
    node->port_schema[PM_DECODE_DEAD_LETTERS] = &pm_dead_letter_schema;
    return 0;
}

static const struct pm_operator_class parse_class = {
    .name = "parse",
    .help = "access log lines to requests; bad lines leave as dead letters",
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 2,
    .port_names = {"main", "dead-letters"},
    .size = sizeof(struct parse),
    .one = parse_one,
    .chunk = parse_chunk,
    .advance = pm_operator_advance,
    .check = parse_check,
};

/* --- the query ------------------------------------------------------------------------------ */

static void fill(const void *settings, struct pm_random *random, struct pm_record *record,
                 struct pm_bytes *bytes)
{
    const struct pm_query_log_etl_settings *s = settings;
    const uint64_t one_in = (uint64_t)s->malformed_one_in;
    enum pm_access_log_flaw flaw = PM_ACCESS_LOG_SOUND;

    if (one_in != 0 && pm_random_below(random, one_in) == 0)
        flaw = 1 + (enum pm_access_log_flaw)pm_random_below(random, PM_ACCESS_LOG_FLAWS - 1);
    pm_access_log_fill(flaw, (unsigned)s->assets_percent, random, record, bytes);
}

static struct pm_flow add_service(struct pm_plan *plan, struct pm_flow from)
{
    struct pm_enrich_row table[64];
    struct pm_enrich_config config = {
        .column = "segment",
        .result = "service",
        .otherwise = PM_SERVICE_OTHER,
        .rows = pm_log_service_count,
        .table = table,
    };

    assert(pm_log_service_count <= sizeof table / sizeof table[0]);
    for (unsigned i = 0; i < pm_log_service_count; i++) {
        const char *segment = pm_log_services[i].segment;
        table[i] = (struct pm_enrich_row){(int64_t)pm_hash_bytes(segment, strlen(segment)),
                                          pm_log_services[i].service};
    }
    return pm_plan_enrich(plan, from, &config);
}

static void build(struct pm_plan *plan, const void *settings)
{
    const struct pm_flow source = pm_plan_source(plan, 0, &lines);
    const struct pm_flow parsed = pm_plan_add(plan, &parse_class, NULL, 1, &source);
    const struct pm_flow pages = pm_plan_filter(plan, parsed, "asset", PM_EQUAL, 0);
    const struct pm_flow served = add_service(plan, pages);
    const struct pm_flow routed =
        pm_plan_side_output(plan, served, "class", PM_LOG_ETL_DEAD_LETTERS);

    (void)settings;
    pm_plan_output(plan, routed, PM_LOG_ETL_OK, "ok-2xx");
    pm_plan_output(plan, pm_plan_side(routed, 1), PM_LOG_ETL_REDIRECT, "redirect-3xx");
    pm_plan_output(plan, pm_plan_side(routed, 2), PM_LOG_ETL_CLIENT_ERROR, "client-error-4xx");
    pm_plan_output(plan, pm_plan_side(routed, 3), PM_LOG_ETL_SERVER_ERROR, "server-error-5xx");
    pm_plan_output(plan, pm_plan_side(parsed, PM_DECODE_DEAD_LETTERS), PM_LOG_ETL_DEAD_LETTERS,
                   "dead-letters");
}

const struct pm_query pm_query_log_etl = {
    .name = "log-etl",
    .summary = "access log lines: parsed, static assets dropped, a service added, by status class",
    .options = options,
    .settings_size = sizeof(struct pm_query_log_etl_settings),
    .streams = 1,
    .stream = {{"lines", &lines, PM_CODEC_CLF, 1, fill}},
    .outputs = PM_LOG_ETL_OUTPUTS,
    .output = {{"ok-2xx", {"id"}},
               {"redirect-3xx", {"id"}},
               {"client-error-4xx", {"id"}},
               {"server-error-5xx", {"id"}},
               {"dead-letters", {"id"}}},
    .order = PM_ORDER_NONE,
    .build = build,
    .oracle = pm_oracle_log_etl,
};
