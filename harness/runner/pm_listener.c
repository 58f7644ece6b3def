/* SPDX-License-Identifier: Apache-2.0 */
/* One thread over all partitions of the output topic. */
#include "pm_listener.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "pm_capture.h"
#include "pm_clock.h"
#include "pm_source_kafka.h"

#define POLL_ROWS 512u

enum wish { READ, READ_TO_END, LEAVE };

struct pm_listener {
    struct pm_source *source;
    unsigned partitions;
    pthread_t thread;
    bool running;
    _Atomic int wish; /* enum wish */
    int64_t until_ns; /* of READ_TO_END */
    uint64_t *next;   /* of each partition */
    struct pm_capture rows;
    int64_t *visible_ns; /* of each row */
    size_t capacity;
    int code; /* what the thread ended with */
    struct pm_error error;
};

static int keep_row(struct pm_listener *listener, const struct pm_source_view *view, uint32_t i,
                    unsigned partition)
{
    const struct pm_committed committed = {&view->rows[i], view->bytes, view->visible_ns,
                                           partition,      0,           0};

    if (pm_record_kind(committed.row) != PM_KIND_DATA) /* refused: see check_letters */
        return 0;
    if (listener->rows.count == listener->capacity) {
        const size_t capacity = listener->capacity == 0 ? 4096 : listener->capacity * 2;
        int64_t *const larger = realloc(listener->visible_ns, capacity * sizeof *larger);

        if (larger == NULL)
            return PM_ENOMEM;
        listener->visible_ns = larger;
        listener->capacity = capacity;
    }
    listener->visible_ns[listener->rows.count] = view->visible_ns;
    return pm_capture_row(&listener->rows, &committed);
}

/* One look at each partition: > 0 when some had rows, 0, or PM_E*. */
static int read_round(struct pm_listener *listener)
{
    struct pm_source_view view;
    int found = 0;

    for (unsigned p = 0; p < listener->partitions; p++) {
        const int event = pm_source_poll(listener->source, p, POLL_ROWS, &view);

        if (event < 0)
            return event;
        if (event != PM_SOURCE_DATA)
            continue;
        found = 1;
        listener->next[p] = view.first_sequence + view.count;
        for (uint32_t i = 0; i < view.count; i++) {
            const int code = keep_row(listener, &view, i, p);
            if (code != 0)
                return code;
        }
    }
    return found;
}

/* True when nothing that was written by now is missing. The client is asked, not the source: a
 * source waits for what it has said to be there. */
static bool is_complete(struct pm_listener *listener, int *code)
{
    struct pm_kafka *const kafka = pm_source_kafka_client(listener->source);
    bool complete = true;

    *code = pm_kafka_check(kafka); /* rows in a partition that is new are not read */
    if (*code == PM_EBUSY) {
        *code = 0;
        return false;
    }
    for (unsigned p = 0; p < listener->partitions && *code == 0; p++) {
        uint64_t end = 0;

        *code = pm_kafka_offsets(kafka, p, NULL, &end, &listener->error);
        complete = complete && listener->next[p] >= end;
    }
    return complete;
}

/* After the word to read to the end: true when there is no more to do. */
static bool is_done(struct pm_listener *listener, int found, int *code)
{
    if (*code == 0 && found == 0 && is_complete(listener, code))
        return *code == 0;
    if (*code == 0 && pm_clock_ns() > listener->until_ns)
        *code = pm_error_set(&listener->error, PM_ETIMEOUT,
                             "timeout: the output topic was not read to its end: does the broker "
                             "answer? (scripts/kafka status)");
    return false;
}

static void *listen(void *payload)
{
    struct pm_listener *const listener = payload;
    int code = 0;

    pm_clock_exact_sleep();
    while (code == 0) {
        const int wish = atomic_load(&listener->wish);
        const int found = read_round(listener);

        if (found < 0)
            code = found;
        if (wish == LEAVE || (wish == READ_TO_END && is_done(listener, found, &code)))
            break;
        if (found == 0)
            pm_clock_wait(PM_WAIT_NAP);
    }
    if (code != 0 && listener->error.code == 0 &&
        pm_kafka_failure(pm_source_kafka_client(listener->source), &listener->error) == 0)
        pm_error_set(&listener->error, code, "output topic: %s", pm_error_name(code));
    listener->code = code;
    return NULL;
}

static void end_thread(struct pm_listener *listener, enum wish wish)
{
    if (!listener->running)
        return;
    atomic_store(&listener->wish, wish);
    pthread_join(listener->thread, NULL);
    listener->running = false;
}

void pm_listener_close(struct pm_listener *listener)
{
    if (listener == NULL)
        return;
    end_thread(listener, LEAVE);
    if (listener->source != NULL)
        listener->source->ops->close(listener->source);
    pm_capture_close(&listener->rows);
    free(listener->visible_ns);
    free(listener->next);
    free(listener);
}

int pm_listener_start(struct pm_listener **out, const struct pm_topics *topics,
                      struct pm_error *error)
{
    const struct pm_source_config config = {.place = topics->output, .client = topics->client};
    struct pm_listener *const listener = calloc(1, sizeof *listener);
    int code = 0;

    if (listener == NULL)
        return pm_error_set(error, PM_ENOMEM, "collector: out of memory");
    code = pm_source_kafka.open(&listener->source, &config, error);
    if (code == 0) {
        listener->partitions = listener->source->ops->partitions(listener->source);
        listener->next = calloc(listener->partitions, sizeof *listener->next);
        if (listener->next == NULL)
            code = pm_error_set(error, PM_ENOMEM, "collector: out of memory");
    }
    if (code == 0 && pthread_create(&listener->thread, NULL, listen, listener) != 0)
        code = pm_error_set(error, PM_EFAIL, "collector: no thread to be had");
    listener->running = code == 0;
    if (code != 0) {
        pm_listener_close(listener);
        return code;
    }
    *out = listener;
    return 0;
}

/* The output topic is the run's own: what is no row there is damage, and not to be passed over. */
static int check_letters(const struct pm_listener *listener, struct pm_error *error)
{
    uint64_t counts[PM_KAFKA_FAULTS];
    struct pm_kafka_dead first;

    if (pm_source_kafka_dead(listener->source, counts, &first, 1) == 0)
        return 0;
    return pm_error_set(error, PM_EWRONG,
                        "output topic: a message that is no row at partition %u offset %llu: does "
                        "another program write to this topic?",
                        first.partition, (unsigned long long)first.offset);
}

int pm_listener_finish(struct pm_listener *listener, int64_t until_ns, struct pm_error *error)
{
    listener->until_ns = until_ns;
    end_thread(listener, READ_TO_END);
    if (listener->code == 0)
        return check_letters(listener, error);
    if (error != NULL)
        *error = listener->error;
    return listener->code;
}

int pm_listener_each(const struct pm_listener *listener, pm_committed_fn each, void *payload)
{
    for (size_t i = 0; i < listener->rows.count; i++) {
        const struct pm_committed committed = {&listener->rows.row[i],
                                               &listener->rows.bytes,
                                               listener->visible_ns[i],
                                               listener->rows.writer[i],
                                               0,
                                               0};
        const int code = each(payload, &committed);

        if (code != 0)
            return code;
    }
    return 0;
}
