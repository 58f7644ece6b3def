/* SPDX-License-Identifier: Apache-2.0 */
/* From the figures of a run's Kafka clients to the figures of its row. */
#include "pm_row_kafka.h"

#include <stdio.h>

#define EMBEDDED "the transport is the embedded log"

const char *const pm_client_names[PM_CLIENTS] = {"generator", "source", "sink"};

const char *const pm_fault_names[PM_KAFKA_FAULTS] = {
    [PM_KAFKA_OK] = NULL,
    [PM_KAFKA_NO_HEAD] = "no_head",
    [PM_KAFKA_CUT] = "cut",
    [PM_KAFKA_BAD_WORD] = "bad_word",
    [PM_KAFKA_TOO_LONG] = "too_long",
};

static const char *const fault_words[PM_KAFKA_FAULTS] = {
    [PM_KAFKA_OK] = "",
    [PM_KAFKA_NO_HEAD] = "not written by this program",
    [PM_KAFKA_CUT] = "its head is cut",
    [PM_KAFKA_BAD_WORD] = "it says what no writer says",
    [PM_KAFKA_TOO_LONG] = "its text is too long",
};

/* --- clients --------------------------------------------------------------------------------- */

static struct pm_figure ratio(uint64_t sum, uint64_t count, double factor, const char *unknown)
{
    return count != 0 ? pm_figure_of((double)sum * factor / (double)count)
                      : pm_figure_unknown(unknown);
}

static void fill_client(struct pm_row_client *out, const struct pm_kafka_figures *seen,
                        bool is_kafka)
{
    const char *const why = !is_kafka            ? EMBEDDED
                            : seen->reports == 0 ? "it ended before the first statistics"
                                                 : "its statistics had none";

    out->batch_messages = ratio(seen->batched, seen->batches, 1.0, why);
    out->batch_bytes = ratio(seen->batched_bytes, seen->batches, 1.0, why);
    out->round_trip_ns = ratio(seen->trips_us, seen->trips, 1e3, why);
    if (seen->trips_beyond != 0)
        out->round_trip_p99_ns =
            pm_figure_unknown("the client sorts none above 0.5 s, and there were some");
    else
        out->round_trip_p99_ns = seen->trips != 0
                                     ? pm_figure_of((double)seen->trip_p99_us_max * 1e3)
                                     : pm_figure_unknown(why);
    out->queued_max =
        seen->reports != 0 ? pm_figure_of((double)seen->queued_max) : pm_figure_unknown(why);
    out->undelivered = is_kafka ? pm_figure_of((double)seen->undelivered) : pm_figure_unknown(why);
}

/* --- dead letters ---------------------------------------------------------------------------- */

static void show_letter(struct pm_row_kafka *kafka, const struct pm_kafka_dead *dead)
{
    if (dead->fault == PM_KAFKA_OK || dead->fault >= PM_KAFKA_FAULTS ||
        kafka->letters == PM_KAFKA_FIGURES_LETTERS)
        return;
    snprintf(kafka->letter[kafka->letters++], PM_DEAD_LETTER_SIZE, "partition %u offset %llu: %s",
             dead->partition, (unsigned long long)dead->offset, fault_words[dead->fault]);
}

/*
 * Messages beside those of the generator, by two counts that know nothing of each other: the
 * offsets that the source passed, and what the generator has sent. A generator that was killed
 * cannot say how many idle marks it sent: then what the source refused is all that is known.
 */
static int64_t count_foreign(const struct pm_row_kafka *kafka, const struct pm_run *run,
                             const struct pm_prepared *prepared)
{
    const uint64_t taken = run->client[PM_CLIENT_SOURCE].taken;
    const uint64_t flushes = prepared->input.partitions;

    for (unsigned i = 0; i < run->generators; i++)
        if (taken == 0 || run->child[PM_ROLE_GENERATOR + i].exit_code != 0)
            return (int64_t)kafka->dead_letters;
    return (int64_t)(taken - run->sent - run->marks - flushes);
}

void pm_row_kafka_make(struct pm_row *row, const struct pm_run *run,
                       const struct pm_prepared *prepared)
{
    struct pm_row_kafka *const kafka = &row->kafka;
    const struct pm_kafka_figures *const source = &run->client[PM_CLIENT_SOURCE];

    *kafka = (struct pm_row_kafka){.is_used = prepared->scenario->run.transport == PM_RUN_KAFKA};
    for (unsigned i = 0; i < PM_CLIENTS; i++)
        fill_client(&kafka->client[i], &run->client[i], kafka->is_used);
    if (!kafka->is_used)
        return;
    for (unsigned i = 0; i < PM_KAFKA_FAULTS; i++) {
        kafka->dead[i] = source->dead[i];
        kafka->dead_letters += source->dead[i];
    }
    for (unsigned i = 0; i < PM_KAFKA_FIGURES_LETTERS; i++)
        show_letter(kafka, &source->letter[i]);
    kafka->foreign = count_foreign(kafka, run, prepared);
}

void pm_row_kafka_warn(struct pm_audit *audit, const struct pm_row_kafka *kafka)
{
    if (kafka->dead_letters != 0)
        pm_audit_warn(audit, "the source topic holds %llu messages that are no records; first: %s",
                      (unsigned long long)kafka->dead_letters,
                      kafka->letters != 0 ? kafka->letter[0] : "not kept");
}
