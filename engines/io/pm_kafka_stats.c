/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka's statistics document, of which a run keeps batch size, round trip and queue. */
#include <string.h>

#include "pm_kafka_handle.h"

/* The document is read where the callback runs, in a thread that has records to carry, so it is
 * walked once and no tree is built: 9 kB take 40 us, with a parser's tree 230 us. */
#define DEPTH_MAX 6u

struct word {
    const char *text;
    size_t size;
};

/* Where in the document we are: the names of the members that lead there. */
struct walk {
    const char *at, *end;
    unsigned depth;
    struct word path[DEPTH_MAX];
};

/** A number of the document and the field that it is added to; p99 raises its field instead. */
struct wanted {
    const char *path[DEPTH_MAX]; /* "*": any name; ends with NULL */
    size_t field;                /* of struct pm_kafka_stats */
    bool is_largest;
};

#define FIELD(name_) offsetof(struct pm_kafka_stats, name_)

/* Windows of times and sizes begin anew at each interval, so their sums add up. A writer's queue is
 * one; a reader has one a partition. */
static const struct wanted table[] = {
    {{"txmsgs"}, FIELD(messages), false},
    {{"rxmsgs"}, FIELD(messages), false},
    {{"msg_cnt"}, FIELD(queued), false},
    {{"brokers", "*", "rtt", "cnt"}, FIELD(trips), false},
    {{"brokers", "*", "rtt", "sum"}, FIELD(trips_us), false},
    {{"brokers", "*", "rtt", "outofrange"}, FIELD(trips_beyond), false},
    {{"brokers", "*", "rtt", "p99"}, FIELD(trip_p99_us_max), true},
    {{"topics", "*", "batchcnt", "cnt"}, FIELD(batches), false},
    {{"topics", "*", "batchcnt", "sum"}, FIELD(batched), false},
    {{"topics", "*", "batchsize", "sum"}, FIELD(batched_bytes), false},
    {{"topics", "*", "partitions", "*", "fetchq_cnt"}, FIELD(queued), false},
};

static bool is_there(const struct walk *walk, const struct wanted *wanted)
{
    unsigned depth = walk->depth;

    if (depth < DEPTH_MAX && wanted->path[depth] != NULL)
        return false;
    while (depth-- > 0) { /* the last name tells most of them apart */
        const char *const name = wanted->path[depth];
        const struct word *const word = &walk->path[depth];

        if (name == NULL)
            return false;
        if (strcmp(name, "*") != 0 &&
            (strlen(name) != word->size || memcmp(name, word->text, word->size) != 0))
            return false;
    }
    return true;
}

static void take_number(struct pm_kafka_stats *stats, const struct walk *walk, uint64_t value)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        uint64_t *const field = (uint64_t *)(void *)((char *)stats + table[i].field);

        if (!is_there(walk, &table[i]))
            continue;
        if (!table[i].is_largest)
            *field += value;
        else if (value > *field)
            *field = value;
        return;
    }
}

/* Behind the opening quote; a name is kept, a text is not. */
static void pass_string(struct walk *walk)
{
    const char *const text = walk->at;

    while (walk->at < walk->end && *walk->at != '"')
        walk->at += *walk->at == '\\' ? 2 : 1;
    const char *const end = walk->at < walk->end ? walk->at : walk->end;
    for (walk->at = end; walk->at < walk->end && strchr("\" \n", *walk->at) != NULL; walk->at++)
        ;
    if (walk->at < walk->end && *walk->at == ':')
        walk->path[walk->depth - 1] = (struct word){text, (size_t)(end - text)};
}

/* The whole part; a negative number says that nothing is known. */
static uint64_t pass_number(struct walk *walk)
{
    const bool is_negative = *walk->at == '-';
    uint64_t value = 0;

    walk->at += is_negative ? 1 : 0;
    for (; walk->at < walk->end && *walk->at >= '0' && *walk->at <= '9'; walk->at++)
        value = value * 10 + (uint64_t)(*walk->at - '0');
    while (walk->at < walk->end && strchr(".eE+-0123456789", *walk->at) != NULL)
        walk->at++;
    return is_negative ? 0 : value;
}

/* False when it is no document of the library's. */
static bool read_document(struct pm_kafka_stats *stats, const char *json, size_t size)
{
    struct walk walk = {.at = json, .end = json + size};

    while (walk.at < walk.end) {
        const char c = *walk.at;

        if (c == '{' || c == '[') {
            if (walk.depth == DEPTH_MAX)
                return false;
            walk.path[walk.depth++] = (struct word){"", 0};
        } else if (walk.depth == 0) {
            return false;
        } else if (c == '}' || c == ']') {
            if (--walk.depth == 0)
                return true;
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            take_number(stats, &walk, pass_number(&walk));
            continue;
        } else if (c == '"') {
            walk.at++;
            pass_string(&walk);
            continue;
        }
        walk.at++;
    }
    return false;
}

/* --- for others to see ----------------------------------------------------------------------- */

static void add(_Atomic uint64_t *sum, uint64_t now, uint64_t before)
{
    atomic_fetch_add_explicit(sum, now - before, memory_order_relaxed);
}

static void raise_to(_Atomic uint64_t *largest, uint64_t value)
{
    uint64_t known = atomic_load_explicit(largest, memory_order_relaxed);

    while (value > known && !atomic_compare_exchange_weak(largest, &known, value))
        ;
}

static void tell(struct pm_kafka_figures *figures, const struct pm_kafka_stats *now,
                 const struct pm_kafka_stats *before)
{
    if (figures == NULL)
        return;
    add(&figures->batches, now->batches, before->batches);
    add(&figures->batched, now->batched, before->batched);
    add(&figures->batched_bytes, now->batched_bytes, before->batched_bytes);
    add(&figures->trips, now->trips, before->trips);
    add(&figures->trips_us, now->trips_us, before->trips_us);
    add(&figures->trips_beyond, now->trips_beyond, before->trips_beyond);
    raise_to(&figures->trip_p99_us_max, now->trip_p99_us_max);
    add(&figures->queued, now->queued, before->queued); /* less, too: it wraps back */
    raise_to(&figures->queued_max, atomic_load_explicit(&figures->queued, memory_order_relaxed));
    add(&figures->reports, now->reports, before->reports);
}

void pm_kafka_stats_take(struct pm_kafka *kafka, const char *json, size_t size)
{
    struct pm_kafka_stats seen = {0};

    if (!read_document(&seen, json, size))
        return;
    pthread_mutex_lock(&kafka->lock);
    struct pm_kafka_stats *const stats = &kafka->stats;
    const struct pm_kafka_stats before = *stats;
    stats->reports++;
    stats->messages = seen.messages;
    stats->batches += seen.batches;
    stats->batched += seen.batched;
    stats->batched_bytes += seen.batched_bytes;
    stats->trips += seen.trips;
    stats->trips_us += seen.trips_us;
    stats->trips_beyond += seen.trips_beyond;
    stats->trip_p99_us_max = seen.trip_p99_us_max > before.trip_p99_us_max ? seen.trip_p99_us_max
                                                                           : before.trip_p99_us_max;
    stats->queued = seen.queued;
    stats->queued_max = seen.queued > before.queued_max ? seen.queued : before.queued_max;
    tell(kafka->figures, stats, &before);
    pthread_mutex_unlock(&kafka->lock);
}

void pm_kafka_stats_leave(struct pm_kafka *kafka)
{
    pthread_mutex_lock(&kafka->lock);
    const struct pm_kafka_stats before = kafka->stats;
    kafka->stats.queued = 0;
    tell(kafka->figures, &kafka->stats, &before);
    kafka->figures = NULL;
    pthread_mutex_unlock(&kafka->lock);
}

void pm_kafka_refuse(struct pm_kafka_figures *figures, const struct pm_kafka_dead *dead)
{
    atomic_fetch_add_explicit(&figures->dead[dead->fault], 1, memory_order_relaxed);
    if (atomic_load_explicit(&figures->letters, memory_order_relaxed) >= PM_KAFKA_FIGURES_LETTERS)
        return;
    const uint32_t at = atomic_fetch_add_explicit(&figures->letters, 1, memory_order_relaxed);
    if (at < PM_KAFKA_FIGURES_LETTERS)
        figures->letter[at] = *dead;
}

void pm_kafka_tell(struct pm_kafka *kafka, struct pm_kafka_figures *figures)
{
    pthread_mutex_lock(&kafka->lock);
    kafka->figures = figures;
    pthread_mutex_unlock(&kafka->lock);
}

void pm_kafka_statistics(struct pm_kafka *kafka, struct pm_kafka_stats *out)
{
    pthread_mutex_lock(&kafka->lock);
    *out = kafka->stats;
    pthread_mutex_unlock(&kafka->lock);
    out->undelivered = atomic_load(&kafka->undelivered);
}
