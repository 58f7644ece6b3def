/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as a user of Kafka reads it: by jansson, members by name. */
#ifndef PM_CLIENT_JSON_H
#define PM_CLIENT_JSON_H

#include "pm_codec.h"

/** A member that must be there: a whole number, money in units of which cents are taken, or one of
 * some words, of which the place is taken. */
struct pm_client_field {
    const char *name;
    int64_t *value;
    int64_t scale;            /* 1; 100 of money */
    const char *const *words; /* end with NULL; NULL: a number */
};

/**
 * Read @p count members of the one object that @p text is. Returns why it cannot be: malformed, or
 * too long, a value of the wrong type (which counts before an absent one), an absent member.
 * jansson and not the codec of the record library, because that is what a program written by hand
 * takes: it builds a tree of the whole text, about 1 us of five members.
 */
enum pm_codec_fault pm_client_json_read(const char *text, uint32_t size,
                                        const struct pm_client_field *field, unsigned count);

#endif
