/* SPDX-License-Identifier: Apache-2.0 */
/* Temporary files that grow row by row and are mapped when they are published. */
#include "pm_rows_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pm_rows_text.h"

struct file {
    char name[80];
    FILE *to;
    void *map;
    size_t size;
    struct pm_plan_output_info info;
};

struct pm_rows_file {
    enum pm_run_rows form;
    const struct pm_trace_notes *notes;
    unsigned count;
    struct file file[PM_PLAN_OUTPUTS_MAX];
};

static void write_header(const struct file *file)
{
    const struct pm_schema *schema = file->info.schema;

    if (file->info.updates)
        fputs("op,", file->to);
    for (unsigned i = 0; i < schema->count; i++)
        fprintf(file->to, "%s%s", i > 0 ? "," : "", schema->columns[i].name);
    putc('\n', file->to);
}

int pm_rows_file_open(struct pm_rows_file **out, enum pm_run_rows form, const struct pm_plan *plan,
                      const struct pm_trace_notes *notes, struct pm_error *error)
{
    struct pm_rows_file *files = calloc(1, sizeof *files);

    if (files == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    files->form = form;
    files->notes = notes;
    for (unsigned i = 0; i < pm_plan_outputs(plan); i++) {
        struct file *file = &files->file[files->count++];
        pm_plan_output_info(plan, i, &file->info);
        snprintf(file->name, sizeof file->name, "%s.%s", file->info.name,
                 form == PM_RUN_ROWS_CSV ? "csv" : "jsonl");
        file->to = tmpfile();
        if (file->to == NULL) {
            pm_rows_file_close(files);
            return pm_error_errno(error, PM_EIO, "temporary file");
        }
        if (form == PM_RUN_ROWS_CSV)
            write_header(file);
    }
    *out = files;
    return 0;
}

static void put_text(const struct pm_rows_file *files, FILE *to, const char *text, uint32_t size)
{
    if (files->form == PM_RUN_ROWS_CSV)
        pm_rows_text_csv(to, text, size);
    else
        pm_rows_text_json(to, text, size);
}

static void put_value(const struct pm_rows_file *files, FILE *to, const struct pm_column *column,
                      const struct pm_committed *committed)
{
    const char *text = NULL;
    uint32_t size = 0;
    char number[40];

    if (column->type == PM_TYPE_TEXT) {
        text = pm_record_text(committed->row, committed->bytes, &size);
        put_text(files, to, text != NULL ? text : "", size);
        return;
    }
    const int64_t value = pm_schema_read(column, committed->row, committed->bytes);
    if (column->type == PM_TYPE_CHOICE)
        text = pm_schema_word(column, value, &size);
    else if (files->notes != NULL)
        text = pm_trace_notes_text(files->notes, column, value, &size);
    if (text == NULL) {
        const char *end = pm_rows_text_number(number, column, value);
        const bool quoted = files->form == PM_RUN_ROWS_JSON && column->type == PM_TYPE_TIME;
        fprintf(to, quoted ? "\"%.*s\"" : "%.*s", (int)(end - number), number);
        return;
    }
    put_text(files, to, text, size);
}

static void put_op(const struct pm_rows_file *files, FILE *to, const struct pm_record *row)
{
    static const char *const words[] = {"insert", "delete", "before"};

    fprintf(to, files->form == PM_RUN_ROWS_CSV ? "%s," : "\"op\":\"%s\",",
            words[pm_record_op(row) <= PM_OP_BEFORE ? pm_record_op(row) : PM_OP_INSERT]);
}

int pm_rows_file_add(void *payload, const struct pm_committed *committed)
{
    struct pm_rows_file *files = payload;
    const unsigned output = pm_record_stream(committed->row);
    const bool json = files->form == PM_RUN_ROWS_JSON;

    if (output >=
        files->count) /* an output that the plan does not know is the collector's matter */
        return 0;
    const struct file *file = &files->file[output];
    const struct pm_schema *schema = file->info.schema;
    if (json)
        putc('{', file->to);
    if (file->info.updates)
        put_op(files, file->to, committed->row);
    for (unsigned i = 0; i < schema->count; i++) {
        if (i > 0)
            putc(',', file->to);
        if (json)
            fprintf(file->to, "\"%s\":", schema->columns[i].name);
        put_value(files, file->to, &schema->columns[i], committed);
    }
    fputs(json ? "}\n" : "\n", file->to);
    return ferror(file->to) ? PM_EIO : 0;
}

unsigned pm_rows_file_count(const struct pm_rows_file *files)
{
    return files->count;
}

int pm_rows_file_bytes(struct pm_rows_file *files, unsigned output, const char **name,
                       const void **data, size_t *size, struct pm_error *error)
{
    struct file *file = &files->file[output];

    if (file->map == NULL) {
        const long end = fflush(file->to) == 0 ? ftell(file->to) : -1;
        if (end < 0)
            return pm_error_errno(error, PM_EIO, "temporary file of %s", file->name);
        file->size = (size_t)end;
        void *map = file->size > 0
                        ? mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, fileno(file->to), 0)
                        : NULL;
        if (map == MAP_FAILED)
            return pm_error_errno(error, PM_EIO, "temporary file of %s", file->name);
        file->map = map;
    }
    *name = file->name;
    *data = file->map != NULL ? file->map : "";
    *size = file->size;
    return 0;
}

void pm_rows_file_close(struct pm_rows_file *files)
{
    if (files == NULL)
        return;
    for (unsigned i = 0; i < files->count; i++) {
        if (files->file[i].map != NULL)
            munmap(files->file[i].map, files->file[i].size);
        if (files->file[i].to != NULL)
            fclose(files->file[i].to);
    }
    free(files);
}
