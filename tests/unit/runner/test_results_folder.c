/* SPDX-License-Identifier: Apache-2.0 */
/* The results directory: whole or not at all, whatever was planted where it goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pm_publish.h"
#include "pm_results_folder.h"

static char root[64];

static int make_root(void **state)
{
    (void)state;
    strcpy(root, "/tmp/test-results-XXXXXX");
    return mkdtemp(root) == NULL ? -1 : 0;
}

static int remove_root(void **state)
{
    (void)state;
    return pm_publish_remove(root, NULL);
}

static const struct pm_results_file files[] = {{"result.json", "{}", 2}, {"log.txt", "x\n", 2}};

static unsigned entries(void)
{
    DIR *const folder = opendir(root);
    unsigned count = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count - 2; /* "." and ".." */
}

static void a_result_appears_with_its_files_and_the_link_to_it(void **state)
{
    char first[256];
    char second[256];
    char path[320];
    char target[256];
    struct stat status;

    (void)state;
    assert_int_equal(pm_results_folder_check(root, NULL), 0);
    assert_int_equal(pm_results_folder_publish(first, sizeof first, root, "spend", files, 2, NULL),
                     0);
    assert_int_equal(
        pm_results_folder_publish(second, sizeof second, root, "spend", files, 2, NULL), 0);
    assert_string_not_equal(first, second);
    assert_int_equal(entries(), 3);
    snprintf(path, sizeof path, "%s/result.json", first);
    assert_int_equal(lstat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(status.st_size, 2);
    snprintf(path, sizeof path, "%s/latest", root);
    const ssize_t length = readlink(path, target, sizeof target - 1);
    assert_true(length > 0);
    target[length] = '\0';
    assert_string_equal(target, second + strlen(root) + 1);
}

static void an_unsafe_name_is_refused_and_leaves_nothing(void **state)
{
    static const char *const names[] = {"../x", "a/b", "", ".", "-rf", ".hidden"};
    char directory[256];

    (void)state;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct pm_results_file file = {names[i], "x", 1};

        assert_int_equal(
            pm_results_folder_publish(directory, sizeof directory, root, "spend", &file, 1, NULL),
            PM_EINPUT);
        assert_int_equal(
            pm_results_folder_publish(directory, sizeof directory, root, names[i], files, 2, NULL),
            PM_EINPUT);
        assert_int_equal(entries(), 0);
    }
}

static void a_folder_called_latest_costs_only_the_link(void **state)
{
    char directory[256];
    char path[320];
    struct stat status;

    (void)state;
    snprintf(path, sizeof path, "%s/latest", root);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(
        pm_results_folder_publish(directory, sizeof directory, root, "spend", files, 2, NULL), 0);
    assert_int_equal(lstat(path, &status), 0);
    assert_true(S_ISDIR(status.st_mode));
    assert_int_equal(entries(), 2);
}

static void a_link_called_latest_is_replaced_and_not_followed(void **state)
{
    char directory[256];
    char path[320];
    char victim[320];
    struct stat status;

    (void)state;
    snprintf(path, sizeof path, "%s/latest", root);
    snprintf(victim, sizeof victim, "%s/victim", root);
    assert_int_equal(mkdir(victim, 0700), 0);
    assert_int_equal(symlink("victim", path), 0);
    assert_int_equal(
        pm_results_folder_publish(directory, sizeof directory, root, "spend", files, 2, NULL), 0);
    assert_int_equal(rmdir(victim), 0); /* it is still empty */
    assert_int_equal(stat(path, &status), 0);
}

static void a_root_that_is_no_folder_is_refused(void **state)
{
    char path[320];
    char directory[256];
    struct pm_error error;

    (void)state;
    snprintf(path, sizeof path, "%s/file", root);
    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(pm_results_folder_check(path, &error), PM_EIO);
    assert_int_equal(
        pm_results_folder_publish(directory, sizeof directory, path, "spend", files, 2, &error),
        PM_EIO);
}

static void a_missing_root_is_made_by_the_first_result(void **state)
{
    char path[320];
    char directory[512];
    struct stat status;

    (void)state;
    snprintf(path, sizeof path, "%s/results", root);
    assert_int_equal(pm_results_folder_check(path, NULL), 0);
    assert_int_equal(stat(path, &status), -1);
    assert_int_equal(
        pm_results_folder_publish(directory, sizeof directory, path, "spend", files, 2, NULL), 0);
    assert_int_equal(stat(directory, &status), 0);
    snprintf(path, sizeof path, "%s/no/results", root);
    assert_int_equal(pm_results_folder_check(path, NULL), PM_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_result_appears_with_its_files_and_the_link_to_it,
                                        make_root, remove_root),
        cmocka_unit_test_setup_teardown(an_unsafe_name_is_refused_and_leaves_nothing, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(a_folder_called_latest_costs_only_the_link, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(a_link_called_latest_is_replaced_and_not_followed,
                                        make_root, remove_root),
        cmocka_unit_test_setup_teardown(a_missing_root_is_made_by_the_first_result, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(a_root_that_is_no_folder_is_refused, make_root,
                                        remove_root),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
