/* SPDX-License-Identifier: Apache-2.0 */
/* Our words, and what the frameworks call the same thing. */
#ifndef PM_GLOSSARY_H
#define PM_GLOSSARY_H

/** One word. A framework without such a thing has "-". Static text. */
struct pm_glossary_row {
    const char *term;
    const char *flink;
    const char *spark;    /* Structured Streaming */
    const char *dstreams; /* Spark DStreams */
    const char *streams;  /* Kafka Streams */
    const char *client;   /* plain Kafka clients */
};

/** Sorted by subject; ends with a NULL term. */
extern const struct pm_glossary_row pm_glossary[];

/** The row of @p term ("watermark"; of an operator the name of its class), or NULL. */
const struct pm_glossary_row *pm_glossary_find(const char *term);

#endif
