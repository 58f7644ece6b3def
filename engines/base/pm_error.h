/* SPDX-License-Identifier: Apache-2.0 */
/* Error codes, the caller's error record, and the exit code that each error ends a process with. */
#ifndef PM_ERROR_H
#define PM_ERROR_H

/* name, value, exit code, meaning. One list feeds the constants, the names and the exit codes. */
#define PM_ERROR_MAP(X)                                                                            \
    X(EFAIL, -1, 1, "failed for a reason without a code of its own")                               \
    X(EINPUT, -2, 2, "bad usage, scenario or input")                                               \
    X(EWRONG, -3, 3, "lost, duplicated or wrong output")                                           \
    X(EINVALID, -4, 4, "the load was not reached, or the audit failed")                            \
    X(EIO, -5, 5, "I/O or disk")                                                                   \
    X(ECORRUPT, -6, 6, "corrupt store")                                                            \
    X(EMISMATCH, -7, 7, "other run, log, configuration or format version")                         \
    X(ELOCKED, -8, 8, "locked by another process")                                                 \
    X(EOFFSET, -9, 9, "source offset missing or source truncated")                                 \
    X(ESINK, -10, 10, "the sink failed")                                                           \
    X(ETIMEOUT, -11, 11, "timeout")                                                                \
    X(EVOID, -12, 12, "void run")                                                                  \
    X(ENOMEM, -13, 1, "out of memory")                                                             \
    X(EINTERNAL, -14, 70, "an internal invariant is broken")                                       \
    X(ESKIP, -15, 77, "an optional part is not installed")                                         \
    X(ETHRESHOLD, -16, 99, "a threshold failed")                                                   \
    X(EINTERRUPTED, -17, 130, "interrupted; partial results are kept")                             \
    X(EBUSY, -18, 1, "no room at the moment; try again")                                           \
    X(EUNKNOWN, -19, 10, "the result of a commit is unknown; ask again with the same handle")

enum pm_error_code {
    PM_OK = 0,
#define PM_ERROR_ENUM(name, value, exit_code, text) PM_##name = (value),
    PM_ERROR_MAP(PM_ERROR_ENUM)
#undef PM_ERROR_ENUM
};

/** The caller's, filled where an error happens and passed up unchanged; may be NULL everywhere. */
struct pm_error {
    int code;
    char text[240];
};

/**
 * Set @p error to @p code with one impersonal line of printf text; return @p code.
 * The text of user data goes through a "%s", never through @p format. Allocates nothing.
 */
int pm_error_set(struct pm_error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** As pm_error_set, with ": strerror(errno)" behind the text. */
int pm_error_errno(struct pm_error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The constant's name without prefix ("EINPUT"), "OK" or "E?"; static storage. */
const char *pm_error_name(int code);

/** The exit code of the process that ends with @p code; 0 for PM_OK and above. */
int pm_error_exit_code(int code);

#endif
