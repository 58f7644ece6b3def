/* SPDX-License-Identifier: Apache-2.0 */
/* The door to librdkafka's partitioner, which gives Kafka's own results. */
#include "pm_partition.h"

#include <assert.h>
#include <endian.h>
#include <librdkafka/rdkafka.h>

unsigned pm_partition_of(uint64_t key, unsigned partitions)
{
    const uint64_t bytes = htobe64(key);

    assert(partitions >= 1 && partitions <= INT32_MAX);
    return (unsigned)rd_kafka_msg_partitioner_murmur2(NULL, &bytes, sizeof bytes,
                                                      (int32_t)partitions, NULL, NULL);
}
