/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of multisets: free of order, sensitive to everything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_digest.h"

static uint64_t digest_of(const char *members, size_t count)
{
    struct pm_digest digest = {0};

    for (size_t i = 0; i < count; i++)
        pm_digest_add(&digest, &members[i], 1);
    return pm_digest_value(&digest);
}

static void order_does_not_matter(void **state)
{
    (void)state;
    assert_true(digest_of("abcd", 4) == digest_of("dbca", 4));
}

static void a_lost_doubled_or_changed_member_shows(void **state)
{
    static const struct {
        const char *members;
        size_t count;
    } others[] = {{"abc", 3}, {"abcdd", 5}, {"abce", 4}, {"abcdaa", 6}, {"abcdaaaa", 8}, {"", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_true(digest_of("abcd", 4) != digest_of(others[i].members, others[i].count));
}

static void parts_merge_to_the_whole(void **state)
{
    struct pm_digest left = {0};
    struct pm_digest right = {0};

    (void)state;
    pm_digest_add(&left, "a", 1);
    pm_digest_add(&right, "b", 1);
    pm_digest_add(&right, "c", 1);
    pm_digest_merge(&left, &right);
    assert_true(pm_digest_value(&left) == digest_of("cab", 3));
}

/* The value that the XXH3 specification's implementation gives for no bytes and seed 0. */
static void checksums_are_xxh3(void **state)
{
    (void)state;
    assert_true(pm_digest_bytes("", 0) == 0x2d06800538d394c2ULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(a_lost_doubled_or_changed_member_shows),
        cmocka_unit_test(parts_merge_to_the_whole),
        cmocka_unit_test(checksums_are_xxh3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
