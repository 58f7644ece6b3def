/* SPDX-License-Identifier: Apache-2.0 */
/* Without libFuzzer: runs every file of the given folders and files through the fuzz target. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (16u << 20)

static int replay_file(const char *path)
{
    uint8_t *data = malloc(INPUT_MAX);
    FILE *file = fopen(path, "rb");

    if (data == NULL || file == NULL) {
        fprintf(stderr, "fuzz replay: %s cannot be read\n", path);
        free(data);
        if (file != NULL)
            fclose(file);
        return -1;
    }
    const size_t size = fread(data, 1, INPUT_MAX, file);
    fclose(file);
    uint8_t *exact = malloc(size != 0 ? size : 1); /* so that a sanitizer sees the input's end */
    for (size_t i = 0; exact != NULL && i < size; i++)
        exact[i] = data[i];
    free(data);
    if (exact == NULL)
        return -1;
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 1;
}

/* Returns how many files were run, or -1. */
static int replay(const char *path)
{
    char name[4096];
    struct stat info;
    int files = 0;

    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return replay_file(path);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return -1;
    for (struct dirent *entry; files >= 0 && (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        files = replay_file(name) == 1 ? files + 1 : -1;
    }
    closedir(folder);
    return files;
}

int main(int argc, char **argv)
{
    int files = 0;

    for (int i = 1; i < argc; i++) {
        const int some = replay(argv[i]);
        if (some < 0)
            return 1;
        files += some;
    }
    printf("%d inputs\n", files);
    return files > 0 ? 0 : 1; /* an empty corpus tests nothing */
}
