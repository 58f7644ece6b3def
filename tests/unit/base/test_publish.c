/* SPDX-License-Identifier: Apache-2.0 */
/* Publishing: whole or absent, never twice, no leftovers, no links followed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pm_publish.h"

struct fixture {
    char path[64];
    int dirfd;
};

static int open_folder(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    strcpy(fixture->path, "/tmp/pm-publish-XXXXXX");
    if (mkdtemp(fixture->path) == NULL)
        return -1;
    fixture->dirfd = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = fixture;
    return fixture->dirfd < 0;
}

static int close_folder(void **state)
{
    struct fixture *fixture = *state;
    struct pm_error error;

    close(fixture->dirfd);
    const int rc = pm_publish_remove(fixture->path, &error);
    free(fixture);
    return rc;
}

static unsigned count_entries(const char *path)
{
    DIR *stream = opendir(path);
    unsigned count = 0;

    for (const struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(stream);
    return count;
}

static void a_file_appears_with_all_its_bytes(void **state)
{
    static const enum pm_durability levels[] = {PM_DURABILITY_NONE, PM_DURABILITY_PROCESS,
                                                PM_DURABILITY_POWER};
    struct fixture *fixture = *state;

    for (unsigned i = 0; i < 3; i++) {
        char name[16];
        char back[16] = "";
        snprintf(name, sizeof name, "%u.bin", i);
        assert_int_equal(pm_publish_file(fixture->dirfd, name, "content", 7, levels[i], NULL), 0);
        const int fd = openat(fixture->dirfd, name, O_RDONLY);
        assert_int_equal(read(fd, back, sizeof back), 7);
        assert_string_equal(back, "content");
        struct stat found;
        assert_int_equal(fstat(fd, &found), 0);
        assert_int_equal(found.st_mode & 0777, 0600);
        close(fd);
    }
    assert_int_equal(count_entries(fixture->path), 3);
}

static void a_second_writer_is_stopped(void **state)
{
    struct fixture *fixture = *state;
    struct pm_error error;
    char back[8] = "";

    assert_int_equal(pm_publish_file(fixture->dirfd, "1", "one", 3, PM_DURABILITY_NONE, NULL), 0);
    assert_int_equal(pm_publish_file(fixture->dirfd, "1", "two", 3, PM_DURABILITY_NONE, &error),
                     PM_EMISMATCH);
    assert_string_equal(error.text, "1: exists already: another writer published it");
    const int fd = openat(fixture->dirfd, "1", O_RDONLY);
    assert_int_equal(read(fd, back, sizeof back), 3);
    assert_string_equal(back, "one");
    close(fd);
    assert_int_equal(count_entries(fixture->path), 1);
}

static void a_full_disk_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct rlimit saved;
    struct pm_error error;
    static char bytes[1 << 16];

    getrlimit(RLIMIT_FSIZE, &saved);
    const struct rlimit small = {4096, saved.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    const int rc =
        pm_publish_file(fixture->dirfd, "big", bytes, sizeof bytes, PM_DURABILITY_NONE, &error);
    setrlimit(RLIMIT_FSIZE, &saved);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(rc, PM_EIO);
    assert_string_equal(error.text, "big: cannot write 65536 bytes: File too large");
    assert_int_equal(count_entries(fixture->path), 0);
}

static void names_are_checked(void **state)
{
    static const struct {
        const char *name;
        int safe;
    } cases[] = {
        {"run-1.2_b", 1},
        {"A", 1},
        {"", 0},
        {".", 0},
        {"..", 0},
        {"../x", 0},
        {"/etc", 0},
        {"-rf", 0},
        {"a/b", 0},
        {"a\nb", 0},
        {"%s", 0},
        {"caf\xc3\xa9", 0},
        {".hidden", 0},
        {"a b", 0},
        {"0123456789012345678901234567890123456789012345678901234567890123", 1},
        {"01234567890123456789012345678901234567890123456789012345678901234", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(pm_publish_name_is_safe(cases[i].name), cases[i].safe);
}

static void a_folder_is_made_once_and_found_again(void **state)
{
    struct fixture *fixture = *state;
    struct pm_error error;
    char path[128];
    struct stat found;

    snprintf(path, sizeof path, "%s/runs/", fixture->path);
    assert_int_equal(pm_publish_folder(path, &error), 0);
    assert_int_equal(pm_publish_folder(path, &error), 0);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0700);
    snprintf(path, sizeof path, "%s/no/such", fixture->path);
    assert_int_equal(pm_publish_folder(path, &error), PM_EIO);
    snprintf(path, sizeof path, "%s/link", fixture->path);
    assert_int_equal(symlink("/tmp", path), 0);
    assert_int_equal(pm_publish_folder(path, &error), PM_EIO);
}

static void removal_follows_no_link(void **state)
{
    struct fixture *fixture = *state;
    char tree[128];
    char path[160];
    char outside[128];
    struct pm_error error;

    snprintf(outside, sizeof outside, "%s/outside", fixture->path);
    snprintf(tree, sizeof tree, "%s/tree", fixture->path);
    assert_int_equal(mkdir(outside, 0700) | mkdir(tree, 0700), 0);
    snprintf(path, sizeof path, "%s/kept", outside);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    snprintf(path, sizeof path, "%s/deep", tree);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/deep/link", tree);
    assert_int_equal(symlink(outside, path), 0);
    snprintf(path, sizeof path, "%s/direct", fixture->path);
    assert_int_equal(symlink(outside, path), 0);

    assert_int_equal(pm_publish_remove(path, &error), PM_EIO);
    assert_int_equal(pm_publish_remove(tree, &error), 0);
    assert_int_equal(access(tree, F_OK), -1);
    assert_int_equal(pm_publish_remove(tree, &error), 0);
    assert_int_equal(count_entries(outside), 1);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, open_folder, close_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(a_file_appears_with_all_its_bytes),
        WITH_FOLDER(a_second_writer_is_stopped),
        WITH_FOLDER(a_full_disk_leaves_nothing),
        cmocka_unit_test(names_are_checked),
        WITH_FOLDER(a_folder_is_made_once_and_found_again),
        WITH_FOLDER(removal_follows_no_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
