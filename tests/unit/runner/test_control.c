/* SPDX-License-Identifier: Apache-2.0 */
/* The control page: shared by two mappings, refused when another version made it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pm_control.h"
#include "pm_publish.h"

static char folder[] = "/dev/shm/test-control-XXXXXX";
static int dirfd_of_folder;

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    dirfd_of_folder = open(folder, O_RDONLY | O_DIRECTORY);
    return dirfd_of_folder < 0 ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    close(dirfd_of_folder);
    return pm_publish_remove(folder, NULL);
}

static int remove_page(void **state)
{
    (void)state;
    return unlinkat(dirfd_of_folder, PM_CONTROL_FILE, 0);
}

static void two_mappings_share_counters_and_histograms(void **state)
{
    struct pm_control_map ours;
    struct pm_control_map theirs;
    struct pm_error error = {.code = PM_EFAIL, .text = "out of luck"};

    (void)state;
    assert_int_equal(pm_control_create(&ours, dirfd_of_folder, 7, 2, NULL), 0);
    assert_int_equal(pm_control_open(&theirs, dirfd_of_folder, NULL), 0);
    assert_int_equal(theirs.page->run, 7);
    atomic_store(&theirs.page->engine.records_read, 12);
    for (unsigned i = 0; i < 2; i++) {
        atomic_store(&theirs.page->sent[i].records, 10 + i);
        atomic_store(&theirs.page->sent[i].unsent, i);
        atomic_store(&theirs.page->sent[i].marks, 100);
        pm_histogram_record_n(theirs.lateness[i], 1000, i + 1);
    }
    pm_control_ready(theirs.page, PM_ROLE_GENERATOR);
    pm_control_fail(theirs.page, PM_ROLE_ENGINE, PM_EFAIL, &error);
    pm_control_close(&theirs);

    assert_int_equal(atomic_load(&ours.page->engine.records_read), 12);
    assert_int_equal(pm_histogram_count(ours.lateness[0]), 1);
    assert_int_equal(pm_histogram_count(ours.lateness[1]), 2);
    assert_null(ours.lateness[2]);
    const struct pm_control_total total = pm_control_total(ours.page);
    assert_int_equal(total.records, 21);
    assert_int_equal(total.unsent, 1);
    assert_int_equal(total.marks, 200);
    assert_int_equal(atomic_load(&ours.page->child[PM_ROLE_GENERATOR].ready), 1);
    assert_int_equal(atomic_load(&ours.page->child[PM_ROLE_ENGINE].code), PM_EFAIL);
    assert_string_equal(ours.page->child[PM_ROLE_ENGINE].text, "out of luck");
    pm_control_close(&ours);
}

static void a_page_of_another_version_is_refused(void **state)
{
    struct pm_control_map map;
    struct pm_error error;

    (void)state;
    assert_int_equal(pm_control_create(&map, dirfd_of_folder, 7, 1, NULL), 0);
    map.page->version++;
    pm_control_close(&map);
    assert_int_equal(pm_control_open(&map, dirfd_of_folder, &error), PM_EMISMATCH);
}

static void a_second_page_is_refused_and_leaves_the_first(void **state)
{
    struct pm_control_map map;
    struct pm_control_map second;

    (void)state;
    assert_int_equal(pm_control_create(&map, dirfd_of_folder, 7, 1, NULL), 0);
    assert_int_equal(pm_control_create(&second, dirfd_of_folder, 8, 1, NULL), PM_EIO);
    assert_int_equal(map.page->run, 7);
    pm_control_close(&map);
}

static void a_truncated_page_is_refused(void **state)
{
    struct pm_control_map map;
    struct pm_error error;
    const off_t sizes[] = {0, 100, PM_CONTROL_HEAD, PM_CONTROL_HEAD + 64};

    (void)state;
    assert_int_equal(pm_control_create(&map, dirfd_of_folder, 7, 1, NULL), 0);
    pm_control_close(&map);
    for (unsigned i = 4; i-- > 0;) {
        const int fd = openat(dirfd_of_folder, PM_CONTROL_FILE, O_RDWR);

        assert_int_equal(ftruncate(fd, sizes[i]), 0);
        close(fd);
        assert_int_equal(pm_control_open(&map, dirfd_of_folder, &error), PM_EMISMATCH);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(two_mappings_share_counters_and_histograms, remove_page),
        cmocka_unit_test_teardown(a_page_of_another_version_is_refused, remove_page),
        cmocka_unit_test_teardown(a_second_page_is_refused_and_leaves_the_first, remove_page),
        cmocka_unit_test_teardown(a_truncated_page_is_refused, remove_page),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
