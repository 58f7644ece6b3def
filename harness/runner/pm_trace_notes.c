/* SPDX-License-Identifier: Apache-2.0 */
/* One pass: texts into a table by their hash, dead letters into a temporary file. */
#include "pm_trace_notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pm_hash.h"
#include "pm_rows_text.h"
#include "pm_trace_rows.h"

#define SHOWN_MAX 200u

struct name {
    int64_t hash;
    uint64_t at; /* of the text, behind its length of four bytes; 0: free */
};

struct pm_trace_notes {
    unsigned files;
    struct pm_trace_file file[PM_TRACE_FILES_MAX];
    FILE *dead_letters;
    void *map_bytes; /* of them, once they were asked for */
    size_t map_size;
    struct name *table; /* open addressing; a power of two */
    uint64_t size, used;
    struct pm_bytes texts;
};

static struct name *find(const struct pm_trace_notes *notes, int64_t hash)
{
    for (uint64_t i = pm_hash_u64((uint64_t)hash);; i++) {
        struct name *name = &notes->table[i & (notes->size - 1)];
        if (name->at == 0 || name->hash == hash)
            return name;
    }
}

static const char *text_at(const struct pm_trace_notes *notes, const struct name *name,
                           uint32_t *size)
{
    memcpy(size, notes->texts.base + name->at, sizeof *size);
    return (const char *)notes->texts.base + name->at + sizeof *size;
}

static int grow(struct pm_trace_notes *notes)
{
    struct pm_trace_notes larger = *notes;

    larger.size = notes->size != 0 ? notes->size * 2 : 1024;
    larger.table = calloc(larger.size, sizeof *larger.table);
    if (larger.table == NULL)
        return PM_ENOMEM;
    for (uint64_t i = 0; i < notes->size; i++) {
        if (notes->table[i].at != 0)
            *find(&larger, notes->table[i].hash) = notes->table[i];
    }
    free(notes->table);
    *notes = larger;
    return 0;
}

static int append(struct pm_trace_notes *notes, const char *text, uint32_t size, uint64_t *at)
{
    struct pm_bytes *texts = &notes->texts;
    const size_t needed = texts->used + sizeof size + size + 1;

    if (needed > texts->capacity) {
        const size_t capacity = needed * 2;
        uint8_t *base = realloc(texts->base, capacity);
        if (base == NULL)
            return PM_ENOMEM;
        texts->base = base;
        texts->capacity = capacity;
    }
    texts->used += texts->used == 0 ? 1 : 0; /* offset 0 says that a place is free */
    *at = texts->used;
    memcpy(texts->base + texts->used, &size, sizeof size);
    if (size > 0)
        memcpy(texts->base + texts->used + sizeof size, text, size);
    texts->used += sizeof size + size;
    return 0;
}

static int add_name(struct pm_trace_notes *notes, int64_t hash, const char *text, uint32_t size,
                    struct pm_error *error)
{
    uint32_t known_size = 0;

    if (notes->used * 2 >= notes->size && grow(notes) != 0)
        return pm_error_set(error, PM_ENOMEM, "trace: out of memory for the texts of its keys");
    struct name *name = find(notes, hash);
    if (name->at != 0) {
        const char *known = text_at(notes, name, &known_size);
        if (known_size == size && memcmp(known, text, size) == 0)
            return 0;
        return pm_error_set(error, PM_EINPUT,
                            "trace: two keys have one hash: change one of '%.40s' and '%.40s'",
                            known, text);
    }
    name->hash = hash;
    notes->used++;
    if (append(notes, text, size, &name->at) != 0)
        return pm_error_set(error, PM_ENOMEM, "trace: out of memory for the texts of its keys");
    return 0;
}

static void add_dead_letter(struct pm_trace_notes *notes, const char *path,
                            const struct pm_trace_outcome *outcome)
{
    FILE *to = notes->dead_letters;
    const uint32_t size = outcome->row.size < SHOWN_MAX ? outcome->row.size : SHOWN_MAX;

    pm_rows_text_csv(to, path, (uint32_t)strlen(path));
    fprintf(to, ",%llu,%s,%s,", (unsigned long long)outcome->row.line,
            pm_codec_fault_name(outcome->fault), outcome->field != NULL ? outcome->field : "");
    pm_rows_text_csv(to, outcome->row.text, size);
    putc('\n', to);
}

static int add_names(struct pm_trace_notes *notes, const struct pm_trace_map *map,
                     struct pm_trace_rows *rows, const struct pm_record *record,
                     struct pm_bytes *bytes, struct pm_error *error)
{
    int rc = 0;

    for (unsigned i = 0; i < map->fields && rc == 0; i++) {
        const struct pm_trace_field *field = &map->field[i];
        uint32_t size = 0;
        if (!field->hashed)
            continue;
        const char *text = pm_trace_rows_text(rows, i, &size);
        rc = add_name(notes, pm_schema_read(&field->column, record, bytes), text, size, error);
    }
    return rc;
}

static int read_all(struct pm_trace_notes *notes, const struct pm_trace_file *file,
                    struct pm_error *error)
{
    struct pm_trace_rows *rows = NULL;
    struct pm_trace_outcome outcome;
    struct pm_bytes bytes = {0};
    struct pm_record record;
    int rc = pm_trace_rows_open(&rows, file->path, file->map, error);

    while (rc == 0 && (rc = pm_trace_rows_next(rows, &outcome, &record, &bytes, error)) == 1) {
        rc = outcome.fate == PM_TRACE_RECORD
                 ? add_names(notes, file->map, rows, &record, &bytes, error)
                 : 0;
        if (outcome.fate == PM_TRACE_DEAD)
            add_dead_letter(notes, file->path, &outcome);
        bytes.used = 0;
        if (rc != 0)
            break;
    }
    pm_bytes_close(&bytes);
    pm_trace_rows_close(rows);
    return rc;
}

int pm_trace_notes_open(struct pm_trace_notes **out, const struct pm_generator_config *config,
                        struct pm_error *error)
{
    struct pm_trace_notes *notes = calloc(1, sizeof *notes);

    if (notes == NULL || grow(notes) != 0) {
        free(notes);
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    }
    notes->files = pm_generator_files(config, notes->file);
    notes->dead_letters = tmpfile();
    int rc = notes->dead_letters != NULL ? 0 : pm_error_errno(error, PM_EIO, "temporary file");
    if (rc == 0) {
        fputs("file,line,reason,field,text\n", notes->dead_letters);
        for (unsigned i = 0; i < notes->files && rc == 0; i++)
            rc = read_all(notes, &notes->file[i], error);
    }
    if (rc == 0 && fflush(notes->dead_letters) != 0)
        rc = pm_error_errno(error, PM_EIO, "temporary file");
    if (rc != 0)
        pm_trace_notes_close(notes);
    else
        *out = notes;
    return rc;
}

static bool is_hashed(const struct pm_trace_map *map, const struct pm_column *column)
{
    const bool is_key =
        column->place == PM_PLACE_RECORD && column->offset == offsetof(struct pm_record, key);

    for (unsigned i = 0; i < map->fields; i++) {
        const struct pm_column *from = &map->field[i].column;
        if (map->field[i].hashed && column->type == PM_TYPE_INTEGER &&
            (strcmp(from->name, column->name) == 0 ||
             (is_key && from->offset == offsetof(struct pm_record, key))))
            return true;
    }
    return false;
}

const char *pm_trace_notes_text(const struct pm_trace_notes *notes, const struct pm_column *column,
                                int64_t value, uint32_t *size)
{
    bool hashed = false;

    for (unsigned i = 0; i < notes->files; i++)
        hashed |= is_hashed(notes->file[i].map, column);
    if (!hashed)
        return NULL;
    const struct name *name = find(notes, value);
    return name->at != 0 ? text_at(notes, name, size) : NULL;
}

int pm_trace_notes_dead_letters(struct pm_trace_notes *notes, const void **data, size_t *size,
                                struct pm_error *error)
{
    if (notes->map_bytes == NULL) {
        const long end = ftell(notes->dead_letters);
        void *map = end > 0 ? mmap(NULL, (size_t)end, PROT_READ, MAP_PRIVATE,
                                   fileno(notes->dead_letters), 0)
                            : MAP_FAILED;
        if (map == MAP_FAILED)
            return pm_error_errno(error, PM_EIO, "temporary file");
        notes->map_bytes = map;
        notes->map_size = (size_t)end;
    }
    *data = notes->map_bytes;
    *size = notes->map_size;
    return 0;
}

void pm_trace_notes_close(struct pm_trace_notes *notes)
{
    if (notes == NULL)
        return;
    if (notes->map_bytes != NULL)
        munmap(notes->map_bytes, notes->map_size);
    if (notes->dead_letters != NULL)
        fclose(notes->dead_letters);
    free(notes->table);
    free(notes->texts.base);
    free(notes);
}
