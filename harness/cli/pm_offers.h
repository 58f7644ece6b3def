/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand at the end of a half-typed line, collected by the kind of word that goes there. */
#ifndef PM_OFFERS_H
#define PM_OFFERS_H

#include <stddef.h>

#include "pm_outbuf.h"

struct pm_offers {
    const char *typed;    /* what is there of the word: offers begin with it */
    char before[256];     /* stands before every offer: "--form=", "batch," */
    const char *scenario; /* the one that the line names, or NULL */
    struct pm_outbuf out; /* a line an offer: the word, a tab, what it is */
};

/** Offer @p word and @p tail (or NULL) as one word, unless what is typed begins otherwise; @p text
 * says in one line what it is and may be NULL. */
void pm_offers_add(struct pm_offers *offers, const char *word, const char *tail, const char *text);

/**
 * Offer what goes where help says @p place: one of the names that argp's tables use for arguments
 * (SCENARIO, NAME, ENGINE, QUERY, VARIANT, KEY=VALUE, each with brackets or dots), or the words
 * themselves with bars between ("native|json"). Of other places (FILE) nothing is known.
 */
void pm_offers_place(struct pm_offers *offers, const char *place, size_t size);

#endif
