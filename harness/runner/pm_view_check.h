/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a reader of the view saw whole commits only, and whether the view ends as it must. */
#ifndef PM_VIEW_CHECK_H
#define PM_VIEW_CHECK_H

#include "pm_oracle.h"
#include "pm_view_watch.h"

/** What committed output says of the states that a reader saw. */
struct pm_view_verdict {
    uint64_t torn;     /* states that no set of whole commits makes, or that go back */
    bool complete;     /* the last state holds every commit */
    char example[160]; /* the first torn one; "" without */
};

/**
 * Add up the committed output of run @p run in the log @p output commit by commit, apart from
 * whoever keeps the view, and hold every state that @p watch saw to it: the rows in the tables have
 * to be those of the commits that the view named in the same transaction, all of each, and no
 * writer's commits may become fewer. Errors: those of pm_committed_each, PM_ENOMEM.
 * Cost: one pass over the output, about 0.1 us a row, and 40 bytes a commit.
 */
int pm_view_check(struct pm_view_verdict *out, const struct pm_view_watch *watch,
                  const struct pm_view_tables *tables, const char *output, uint64_t run,
                  struct pm_error *error);

/**
 * Read the view below @p place once more and compare its rows with those that @p oracle has at the
 * end. 0, PM_EWRONG (@p verdict says what), and what the reading ends with.
 */
int pm_view_check_end(struct pm_oracle_verdict *verdict, const struct pm_oracle *oracle,
                      const struct pm_view_tables *tables, const char *place,
                      struct pm_error *error);

#endif
