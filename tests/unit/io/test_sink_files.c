/* SPDX-License-Identifier: Apache-2.0 */
/* Files as a sink: names, exact JSON, commits that were cut short, restarts. */
#include "log_fixture.h"

#include "pm_sink.h"

static const struct pm_schema trades = {
    .name = "trades",
    .count = 5,
    .columns = {PM_COLUMN_EVENT_TIME("at"), PM_COLUMN_PAYLOAD("price", PM_TYPE_MONEY, 0, 8, 0),
                PM_COLUMN_PAYLOAD("score", PM_TYPE_DECIMAL, 8, 8, 3),
                PM_COLUMN_CHOICE("side", 16, 1, "buy sell"), PM_COLUMN_TEXT("note")}};

static const char *const names[] = {"trades", "late", NULL};
static const struct pm_schema *const schemas[] = {&trades, NULL};

static struct pm_sink *open_sink(const struct place *place, uint32_t incarnation)
{
    const struct pm_sink_config config = {.place = place->log,
                                          .writer = 2,
                                          .writers = 3,
                                          .run = RUN,
                                          .incarnation = incarnation,
                                          .outputs = names,
                                          .schemas = schemas};
    struct pm_sink *sink = NULL;
    struct pm_error error = {0};

    if (pm_sink_files.open(&sink, &config, &error) != 0)
        fail_msg("%s", error.text);
    return sink;
}

static void write_row(struct pm_sink *sink, unsigned stream, int64_t price, int64_t score,
                      uint64_t side, const char *note)
{
    struct pm_bytes bytes = {0};
    struct pm_record record = {.event_time_ns = 12,
                               .key = 9,
                               .word = pm_record_word(stream, PM_KIND_DATA),
                               .payload = {(uint64_t)price, (uint64_t)score, side}};

    memcpy(pm_record_extend(&record, &bytes, (uint32_t)strlen(note)), note, strlen(note));
    assert_int_equal(pm_sink_write(sink, &record, &bytes), 0);
    pm_bytes_close(&bytes);
}

/* The content of @p name in the sink's folder, or "" when there is none. */
static const char *content(const struct place *place, const char *name)
{
    static char text[4096];
    char path[256];

    snprintf(path, sizeof path, "%s/%s", place->log, name);
    FILE *file = fopen(path, "rb");
    const size_t size = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
    text[size] = '\0';
    if (file != NULL)
        fclose(file);
    return text;
}

#define TRADES "trades-e000000000001-w002-i1.jsonl"
#define LATE   "late-e000000000001-w002-i1.jsonl"
#define COMMIT "commit-e000000000001-w002.json"

static void rows_are_exact_json(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, 1);
    uint64_t epoch = 1;

    assert_int_equal(sink->ops->begin(sink, 1), 0);
    write_row(sink, 0, -5, 12345, 1, "a \"b\"\\\n\x1b");
    write_row(sink, 0, INT64_MIN, -1, 2, "\xc3\xa9");
    write_row(sink, 0, 1999, 0, 0, "\xff.");
    write_row(sink, 1, 1, 2, 3, "x");
    assert_string_equal(content(place, TRADES), "");
    assert_int_equal(pm_sink_publish(sink, &epoch), 0);
    assert_string_equal(
        content(place, TRADES),
        "{\"at\":12,\"price\":-0.05,\"score\":12.345,\"side\":\"sell\","
        "\"note\":\"a \\\"b\\\"\\\\\\u000a\\u001b\"}\n"
        "{\"at\":12,\"price\":-92233720368547758.08,\"score\":-0.001,\"side\":null,"
        "\"note\":\"\xc3\xa9\"}\n"
        "{\"at\":12,\"price\":19.99,\"score\":0.000,\"side\":\"buy\",\"note\":\"\\ufffd.\"}\n");
    assert_string_equal(content(place, LATE),
                        "{\"event_time\":12,\"key\":9,\"payload\":[1,2,3],\"text\":\"x\"}\n");
    sink->ops->close(sink);
}

static void an_epoch_counts_by_its_marker(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, 1);
    struct pm_sink_handle handle;
    struct pm_sink_handle last;

    assert_int_equal(sink->ops->begin(sink, 1), 0);
    write_row(sink, 0, 1, 2, 0, "x");
    assert_int_equal(sink->ops->prepare(sink, &handle), 0);
    assert_int_equal(sink->ops->prepare(sink, &handle), 0);
    assert_string_equal(content(place, TRADES), "");
    assert_string_equal(content(place, COMMIT), "");
    assert_int_equal(sink->ops->last_committed(sink, &last), 0);
    assert_int_equal(last.epoch, 0);
    sink->ops->close(sink);
    sink = open_sink(place, 2); /* the next incarnation commits what the dead one prepared */
    assert_int_equal(sink->ops->commit(sink, &handle), 0);
    assert_int_equal(sink->ops->commit(sink, &handle), 0);
    assert_true(strlen(content(place, TRADES)) != 0);
    assert_true(strlen(content(place, COMMIT)) != 0);
    sink->ops->close(sink);
    sink = open_sink(place, 3);
    assert_int_equal(sink->ops->last_committed(sink, &last), 0);
    assert_memory_equal(&last, &handle, sizeof last);
    handle.rows++;
    assert_int_equal(sink->ops->commit(sink, &handle), PM_EMISMATCH);
    sink->ops->close(sink);
}

static void a_commit_that_was_cut_short_is_finished(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, 1);
    struct pm_sink_handle handle;
    char path[256];

    assert_int_equal(sink->ops->begin(sink, 1), 0);
    write_row(sink, 0, 1, 2, 0, "x");
    write_row(sink, 1, 1, 2, 0, "x");
    assert_int_equal(sink->ops->prepare(sink, &handle), 0);
    assert_int_equal(sink->ops->commit(sink, &handle), 0);
    snprintf(path, sizeof path, "%s/" COMMIT, place->log);
    assert_int_equal(unlink(path), 0); /* as if it had died before the marker */
    sink->ops->close(sink);
    sink = open_sink(place, 2);
    assert_int_equal(sink->ops->commit(sink, &handle), 0);
    assert_true(strlen(content(place, COMMIT)) != 0);
    sink->ops->close(sink);
}

static void what_is_aborted_leaves_no_file(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, 1);
    struct pm_sink_handle handle;

    assert_int_equal(sink->ops->begin(sink, 1), 0);
    write_row(sink, 0, 1, 2, 0, "x");
    assert_int_equal(sink->ops->prepare(sink, &handle), 0);
    assert_int_equal(sink->ops->abort(sink, &handle), 0);
    sink->ops->close(sink);
    assert_int_equal(rmdir(place->log), 0);
}

static void what_can_never_be_committed_is_removed(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, 1);
    struct pm_sink_handle handle;
    uint64_t epoch = 1;

    assert_int_equal(sink->ops->begin(sink, 1), 0);
    write_row(sink, 0, 1, 2, 0, "x");
    assert_int_equal(sink->ops->prepare(sink, &handle), 0);
    sink->ops->close(sink); /* died; the epoch is made again */
    sink = open_sink(place, 2);
    assert_true(strlen(content(place, ".staged-" TRADES)) != 0);
    assert_int_equal(sink->ops->begin(sink, 1), 0);
    assert_int_equal(pm_sink_publish(sink, &epoch), 0);
    sink->ops->close(sink);
    sink = open_sink(place, 3);
    assert_string_equal(content(place, ".staged-" TRADES), "");
    sink->ops->close(sink);
}

static void an_unsafe_name_is_refused(void **state)
{
    const struct place *place = *state;
    static const char *const unsafe[] = {"../x", NULL};
    const struct pm_sink_config config = {.place = place->log, .outputs = unsafe};
    struct pm_sink *sink = NULL;

    assert_int_equal(pm_sink_files.open(&sink, &config, NULL), PM_EINPUT);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(rows_are_exact_json),
        LOG_TEST(an_epoch_counts_by_its_marker),
        LOG_TEST(a_commit_that_was_cut_short_is_finished),
        LOG_TEST(what_is_aborted_leaves_no_file),
        LOG_TEST(what_can_never_be_committed_is_removed),
        LOG_TEST(an_unsafe_name_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
