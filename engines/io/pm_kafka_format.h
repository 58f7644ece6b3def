/* SPDX-License-Identifier: Apache-2.0 */
/* How a record lies in a Kafka message. */
#ifndef PM_KAFKA_FORMAT_H
#define PM_KAFKA_FORMAT_H

#include "pm_record.h"

/**
 * A record becomes a head of 80 bytes and a text (its extension's bytes, often none). A message
 * holds them in one of two forms:
 *
 *   binary  value = head, text                         no header; the cheaper form
 *   text    value = text, header "pm" = head           any Kafka client reads the value as it is;
 *                                                      a mark has a null value
 *
 * In both the message's key is the record's key, 8 bytes, most significant first, as Java's
 * LongSerializer writes them. A source's record has the timestamp pm_kafka_time_ms(its event time),
 * so that the broker's index by time finds where the running maximum of event time reaches a given
 * one; a row has that of its sending.
 * All numbers of the head are little-endian.
 */
struct pm_kafka_head {
    uint64_t magic; /* PM_KAFKA_RECORD or PM_KAFKA_ROW */
    int64_t
        max_time_before_ns; /* the partition's largest event time before; of a row PM_TIME_MIN */
    /* The extension field is 1 when there is a text, else 0; not behind, not replayed. Of a
     * source's record the stamp is its due time, and the id's sequence its number in the partition
     * as its writer counts: it is known again whatever offset it has come to. */
    struct pm_record record;
};
static_assert(sizeof(struct pm_kafka_head) == 80, "the head is part of the format");

#define PM_KAFKA_RECORD 0x314345524b4d4150ULL /* "PAMKREC1" in bytes: of a source */
#define PM_KAFKA_ROW    0x31574f524b4d4150ULL /* "PAMKROW1" in bytes: of an output */
#define PM_KAFKA_HEADER "pm"

/** A longer text is refused. */
#define PM_KAFKA_TEXT_MAX (256u << 10)

/** Why a message was refused: the words of dead letters. */
enum pm_kafka_fault {
    PM_KAFKA_OK,
    PM_KAFKA_NO_HEAD,  /* neither form: not written by this program */
    PM_KAFKA_CUT,      /* the head is shorter or longer than a head */
    PM_KAFKA_BAD_WORD, /* kind, op or flags that no writer sets, or a text where none is announced
                        */
    PM_KAFKA_TOO_LONG, /* the text */
    PM_KAFKA_FAULTS
};

/** What a message brings; header is that called PM_KAFKA_HEADER, NULL when there is none. */
struct pm_kafka_payload {
    const void *value;
    size_t value_size;
    const void *header;
    size_t header_size;
};

/** True when @p value can be of the binary form, so that headers need not be looked at. */
bool pm_kafka_is_binary(const void *value, size_t size);

/**
 * Read @p payload, whatever it holds: @p head is copied, @p text borrowed (NULL: none). On a fault
 * both are undefined. Cost: one copy of 80 bytes.
 */
enum pm_kafka_fault pm_kafka_decode(const struct pm_kafka_payload *payload,
                                    struct pm_kafka_head *head, const void **text,
                                    uint32_t *text_size);

/** Fill @p head from @p record; marks that belong to this process alone are taken off. */
void pm_kafka_head_fill(struct pm_kafka_head *head, uint64_t magic, int64_t max_time_before_ns,
                        const struct pm_record *record);

/**
 * The timestamp of a source's record of event time @p time_ns: in ms, cut (0 below 1970), and
 * PM_KAFKA_AHEAD_MS (139 years) more. A broker takes the newest timestamp of a producer's batches
 * for the moment when it was last heard of. Where that is a day ago, as event times often are, it
 * forgets the producer's sequences when it starts (and every ten minutes), and a batch that is sent
 * again is kept twice, idempotent as its producer may be. Kafka 4.3.1, one batch sent before and
 * after a clean restart by a client of 60 lines: kept twice with timestamps of 2024, once with
 * those of the moment or of a time to come.
 */
#define PM_KAFKA_AHEAD_MS (1LL << 42)
int64_t pm_kafka_time_ms(int64_t time_ns);

#endif
