/* SPDX-License-Identifier: Apache-2.0 */
/* Where scenarios are looked for: the environment's folders, then the installed one, or the source
 * tree of a program that is not installed. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pm_publish.h"
#include "pm_scenario.h"
#include "pm_yaml.h"

#define PATH_SIZE     sizeof(((struct pm_scenario_file *)0)->path)
#define FILES_MAX     512u /* of one folder; a folder with more is none of scenarios */
#define SUFFIX        ".yaml"
#define SUFFIX_LENGTH 5u

struct list {
    struct pm_scenario_file *files;
    size_t count;
    size_t capacity;
    bool failed;
};

/* <prefix>/share/pacemark/scenarios of the executable <prefix>/bin/pacemark. */
static bool installed_folder(char *folder, size_t size)
{
    const ssize_t length = readlink("/proc/self/exe", folder, size - 1);

    if (length <= 0)
        return false;
    folder[length] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(folder, '/');
        if (slash == NULL)
            return false;
        *slash = '\0';
    }
    const size_t used = strlen(folder);
    return (size_t)snprintf(folder + used, size - used, "/share/pacemark/scenarios") < size - used;
}

/* Calls @p visit for each folder in the order of the search, until it returns true. */
static bool each_folder(bool (*visit)(void *payload, const char *folder), void *payload)
{
    const char *given = getenv("PACEMARK_SCENARIOS");
    char folder[PATH_SIZE];

    while (given != NULL && *given != '\0') {
        const size_t length = strcspn(given, ":");
        if (length > 0 && length < sizeof folder) {
            memcpy(folder, given, length);
            folder[length] = '\0';
            if (visit(payload, folder))
                return true;
        }
        given += length + (given[length] == ':' ? 1 : 0);
    }
    if (installed_folder(folder, sizeof folder) && access(folder, X_OK) == 0)
        return visit(payload, folder);
    return visit(payload, PM_SCENARIO_SOURCE_FOLDER);
}

/* The file's name without its suffix into @p name; false for other files. */
static bool scenario_name(char *name, const char *file)
{
    const size_t length = strlen(file);

    if (length <= SUFFIX_LENGTH || length - SUFFIX_LENGTH >= PM_SCENARIO_NAME_SIZE ||
        strcmp(file + length - SUFFIX_LENGTH, SUFFIX) != 0)
        return false;
    memcpy(name, file, length - SUFFIX_LENGTH);
    name[length - SUFFIX_LENGTH] = '\0';
    return pm_publish_name_is_safe(name);
}

static void copy_value(char *field, size_t size, const struct pm_yaml *yaml, const char *key)
{
    const struct pm_yaml_entry *entry = pm_yaml_find(yaml, key);

    pm_text_printable(field, size, entry != NULL && entry->value != NULL ? entry->value : "");
}

static void describe(struct pm_scenario_file *file)
{
    struct pm_yaml *yaml = NULL;
    struct pm_error error = {0};

    if (pm_yaml_load(&yaml, file->path, &error) != 0) {
        snprintf(file->summary, sizeof file->summary, "cannot be read: %s", error.text);
        return;
    }
    copy_value(file->summary, sizeof file->summary, yaml, "summary");
    copy_value(file->query, sizeof file->query, yaml, "query");
    pm_yaml_close(yaml);
}

static bool is_known(const struct list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->files[i].name, name) == 0)
            return true;
    }
    return false;
}

static void add_file(struct list *list, const char *folder, const char *file)
{
    struct pm_scenario_file found = {0};

    if (!scenario_name(found.name, file) || is_known(list, found.name) ||
        (size_t)snprintf(found.path, sizeof found.path, "%s/%s", folder, file) >= sizeof found.path)
        return;
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity != 0 ? 2 * list->capacity : 16;
        struct pm_scenario_file *files = realloc(list->files, capacity * sizeof *files);
        list->failed = files == NULL;
        if (files == NULL)
            return;
        list->files = files;
        list->capacity = capacity;
    }
    describe(&found);
    list->files[list->count++] = found;
}

static bool add_folder(void *payload, const char *folder)
{
    struct list *list = payload;
    DIR *directory = opendir(folder);

    if (directory == NULL)
        return false;
    for (unsigned i = 0; i < FILES_MAX && !list->failed; i++) {
        const struct dirent *entry = readdir(directory);
        if (entry == NULL)
            break;
        add_file(list, folder, entry->d_name);
    }
    closedir(directory);
    return list->failed;
}

static int by_name(const void *a, const void *b)
{
    const struct pm_scenario_file *left = a;
    const struct pm_scenario_file *right = b;

    return strcmp(left->name, right->name);
}

int pm_scenario_list(struct pm_scenario_file **files, size_t *count, struct pm_error *error)
{
    struct list list = {0};

    each_folder(add_folder, &list);
    if (list.failed) {
        free(list.files);
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    }
    if (list.count > 0)
        qsort(list.files, list.count, sizeof *list.files, by_name);
    *files = list.files;
    *count = list.count;
    return 0;
}

struct search {
    char *path;
    size_t size;
    const char *name;
};

static bool look_in(void *payload, const char *folder)
{
    const struct search *search = payload;
    const int length = snprintf(search->path, search->size, "%s/%s" SUFFIX, folder, search->name);

    return length > 0 && (size_t)length < search->size && access(search->path, F_OK) == 0;
}

/* Put the known name that is nearest to @p name into @p near; false: none is near. */
static bool find_near(char *near, size_t size, const char *name)
{
    struct pm_scenario_file *files = NULL;
    struct pm_option *names = NULL;
    const struct pm_option *nearest = NULL;
    size_t count = 0;

    if (pm_scenario_list(&files, &count, NULL) == 0)
        names = calloc(count + 1, sizeof *names);
    if (names != NULL) {
        for (size_t i = 0; i < count; i++)
            names[i].name = files[i].name;
        nearest = pm_option_nearest(names, name);
    }
    if (nearest != NULL)
        snprintf(near, size, "%s", nearest->name);
    free(names);
    free(files);
    return nearest != NULL;
}

static int refuse_unknown(const char *name, struct pm_error *error)
{
    char shown[48];
    char near[NAME_MAX + 1];

    pm_text_printable(shown, sizeof shown, name);
    if (find_near(near, sizeof near, name))
        return pm_error_set(error, PM_EINPUT, "%s: no such scenario: did you mean %s?", shown,
                            near);
    return pm_error_set(error, PM_EINPUT,
                        "%s: no such scenario: 'pacemark list scenarios' names all of them; a "
                        "file of your own is given by its path",
                        shown);
}

int pm_scenario_locate(char *path, size_t size, const char *name, struct pm_error *error)
{
    struct search search = {path, size, name};

    if (!pm_publish_name_is_safe(name) || !each_folder(look_in, &search))
        return refuse_unknown(name, error);
    return 0;
}
