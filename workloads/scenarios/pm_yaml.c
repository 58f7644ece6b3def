/* SPDX-License-Identifier: Apache-2.0 */
/* YAML events into a flat list; whatever a settings file has no use for is refused by position. */
#include "pm_yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "pm_outbuf.h"
#include "pm_text.h"

#define KEY_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

struct reader {
    yaml_parser_t parser;
    struct pm_yaml *yaml;
    struct pm_error *error;
    const char *text;
    char key[PM_YAML_KEY_MAX]; /* dotted path of the entry in hand */
    char shown[100];           /* the file's name as messages show it */
};

/* The end of a long path tells more than its beginning. */
static void shorten(char *shown, size_t size, const char *name)
{
    const size_t length = strlen(name);

    pm_text_printable(shown, size, length < size ? name : name + length - (size - 1));
}

static int refuse(const struct reader *reader, yaml_mark_t mark, const char *what)
{
    return pm_error_set(reader->error, PM_EINPUT, "%s:%zu:%zu: %s", reader->shown, mark.line + 1,
                        mark.column + 1, what);
}

static yaml_mark_t mark_at(const char *text, size_t offset)
{
    yaml_mark_t mark = {.index = offset};

    for (size_t i = 0; i < offset; i++) {
        mark.line += text[i] == '\n';
        mark.column = text[i] == '\n' ? 0 : mark.column + 1;
    }
    return mark;
}

/* The offset of the first byte that is no UTF-8, or @p size. */
static size_t find_foreign_byte(const char *text, size_t size)
{
    size_t at = 0;

    while (at < size) {
        size_t width = 1;
        while (width <= 4 && (at + width > size || !pm_text_is_utf8(text + at, width)))
            width++;
        if (width > 4)
            break;
        at += width;
    }
    return at;
}

static int check_bytes(const struct reader *reader, const char *text, size_t size)
{
    const char *nul = size > 0 ? memchr(text, '\0', size) : NULL;

    if (size > PM_YAML_BYTES_MAX)
        return pm_error_set(reader->error, PM_EINPUT,
                            "%s:1:1: longer than %u bytes: a scenario file is a page of settings",
                            reader->shown, PM_YAML_BYTES_MAX);
    if (nul != NULL)
        return refuse(reader, mark_at(text, (size_t)(nul - text)),
                      "a NUL byte: expected a text file in UTF-8");
    if (!pm_text_is_utf8(text, size))
        return refuse(reader, mark_at(text, find_foreign_byte(text, size)),
                      "not UTF-8: save the file in UTF-8");
    return 0;
}

static int next(struct reader *reader, yaml_event_t *event)
{
    yaml_parser_t *parser = &reader->parser;

    if (yaml_parser_parse(parser, event))
        return 0;
    if (parser->error == YAML_MEMORY_ERROR)
        return pm_error_set(reader->error, PM_ENOMEM, "%s: out of memory", reader->shown);
    if (parser->error == YAML_READER_ERROR)
        return refuse(reader, mark_at(reader->text, parser->problem_offset), parser->problem);
    return refuse(reader, parser->problem_mark,
                  parser->problem != NULL ? parser->problem : "not YAML");
}

/* NULL, or why the node has something that settings do without. */
static const char *find_ornament(const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;

    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return "an alias: write the value itself";
    case YAML_SCALAR_EVENT:
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        break;
    default:
        break;
    }
    if (anchor != NULL)
        return "an anchor: write each value where it belongs";
    return tag != NULL ? "a tag: write the plain value" : NULL;
}

static int check_scalar(const struct reader *reader, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;

    if (strlen(text) != event->data.scalar.length)
        return refuse(reader, event->start_mark, "a NUL in the text: take it out");
    if (text[0] == '\0' && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        return refuse(reader, event->start_mark,
                      "no value: write one, or take the key out to have the default");
    return 0;
}

static int add_entry(struct reader *reader, const char *value, yaml_mark_t mark)
{
    struct pm_yaml *yaml = reader->yaml;

    if (yaml->count == PM_YAML_ENTRIES_MAX)
        return pm_error_set(reader->error, PM_EINPUT, "%s:%zu:%zu: more than %u keys",
                            reader->shown, mark.line + 1, mark.column + 1, PM_YAML_ENTRIES_MAX);
    const struct pm_yaml_entry *twin = pm_yaml_find(yaml, reader->key);
    if (twin != NULL)
        return pm_error_set(reader->error, PM_EINPUT,
                            "%s:%zu:%zu: %s stands twice: take it out here or in line %u",
                            reader->shown, mark.line + 1, mark.column + 1, reader->key, twin->line);
    struct pm_yaml_entry entry = {.key = strdup(reader->key),
                                  .value = value != NULL ? strdup(value) : NULL,
                                  .line = (uint32_t)mark.line + 1,
                                  .column = (uint32_t)mark.column + 1};
    if (entry.key == NULL || (value != NULL && entry.value == NULL)) {
        free(entry.key);
        free(entry.value);
        return pm_error_set(reader->error, PM_ENOMEM, "%s: out of memory", reader->shown);
    }
    yaml->entries[yaml->count++] = entry;
    return 0;
}

/* Appends the key of @p event to the dotted path, which is @p prefix bytes long. */
static int extend_key(struct reader *reader, const yaml_event_t *event, size_t prefix)
{
    const char *word = (const char *)event->data.scalar.value;
    const size_t length = event->data.scalar.length;

    if (event->type != YAML_SCALAR_EVENT)
        return refuse(reader, event->start_mark, "expected the name of a setting");
    if (length == 0 || strspn(word, KEY_BYTES) != length)
        return refuse(reader, event->start_mark,
                      "expected the name of a setting: letters, digits, '.', '_' and '-'");
    if (prefix + length + 2 > sizeof reader->key)
        return refuse(reader, event->start_mark, "this name is too long for a setting");
    if (prefix > 0)
        reader->key[prefix++] = '.';
    memcpy(reader->key + prefix, word, length + 1);
    return 0;
}

/* The words of a list, up to its end, into @p words. */
static int read_words(struct reader *reader, struct pm_outbuf *words)
{
    for (;;) {
        yaml_event_t event;
        int rc = next(reader, &event);
        if (rc != 0)
            return rc;
        const yaml_event_type_t type = event.type;
        const char *ornament = find_ornament(&event);
        if (ornament != NULL)
            rc = refuse(reader, event.start_mark, ornament);
        else if (type == YAML_SCALAR_EVENT)
            rc = check_scalar(reader, &event);
        else if (type != YAML_SEQUENCE_END_EVENT)
            rc = refuse(reader, event.start_mark, "a list holds plain words only");
        if (rc == 0 && type == YAML_SCALAR_EVENT)
            pm_outbuf_add(words, "%s%s", words->used > 0 ? ", " : "",
                          (const char *)event.data.scalar.value);
        yaml_event_delete(&event);
        if (rc != 0 || type == YAML_SEQUENCE_END_EVENT)
            return rc;
    }
}

static int read_list(struct reader *reader, yaml_mark_t mark)
{
    struct pm_outbuf words = {0};
    int rc = read_words(reader, &words);

    if (rc == 0 && words.used == 0)
        rc = words.failed ? PM_ENOMEM
                          : refuse(reader, mark, "an empty list: write one word or more");
    if (rc == 0)
        rc = add_entry(reader, words.text, mark);
    pm_outbuf_close(&words);
    return rc;
}

static int read_mapping(struct reader *reader, size_t prefix, unsigned depth);

/* The value of the key in hand, which stands at @p mark. */
static int read_value(struct reader *reader, yaml_mark_t mark, unsigned depth)
{
    yaml_event_t event;
    int rc = next(reader, &event);

    if (rc != 0)
        return rc;
    const char *ornament = find_ornament(&event);
    if (ornament != NULL) {
        rc = refuse(reader, event.start_mark, ornament);
    } else if (event.type == YAML_SCALAR_EVENT) {
        rc = check_scalar(reader, &event);
        if (rc == 0)
            rc = add_entry(reader, (const char *)event.data.scalar.value, mark);
    } else if (event.type == YAML_SEQUENCE_START_EVENT) {
        rc = read_list(reader, mark);
    } else if (depth + 1 > PM_YAML_DEPTH_MAX) {
        rc = refuse(reader, event.start_mark, "more than 32 mappings within mappings");
    } else {
        rc = add_entry(reader, NULL, mark);
        if (rc == 0)
            rc = read_mapping(reader, strlen(reader->key), depth + 1);
    }
    yaml_event_delete(&event);
    return rc;
}

/* Entries up to the mapping's end, each below the first @p prefix bytes of the key. */
static int read_mapping(struct reader *reader, size_t prefix, unsigned depth)
{
    for (;;) {
        yaml_event_t event;
        int rc = next(reader, &event);
        if (rc != 0)
            return rc;
        const bool ended = event.type == YAML_MAPPING_END_EVENT;
        const yaml_mark_t mark = event.start_mark;
        const char *ornament = find_ornament(&event);
        if (ornament != NULL)
            rc = refuse(reader, mark, ornament);
        else if (!ended)
            rc = extend_key(reader, &event, prefix);
        yaml_event_delete(&event);
        if (rc == 0 && !ended)
            rc = read_value(reader, mark, depth);
        if (rc != 0 || ended)
            return rc;
    }
}

static int read_root(struct reader *reader, const yaml_event_t *event)
{
    const char *ornament = find_ornament(event);

    if (ornament != NULL)
        return refuse(reader, event->start_mark, ornament);
    if (event->type != YAML_MAPPING_START_EVENT)
        return refuse(reader, event->start_mark, "expected lines of 'setting: value'");
    return read_mapping(reader, 0, 1);
}

/* Stream start, at most one document with one mapping, stream end. */
static int read_stream(struct reader *reader)
{
    unsigned documents = 0;

    for (;;) {
        yaml_event_t event;
        int rc = next(reader, &event);
        if (rc != 0)
            return rc;
        const yaml_event_type_t type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT && ++documents > 1)
            rc = refuse(reader, event.start_mark, "a second document: one file is one scenario");
        else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT &&
                 type != YAML_DOCUMENT_END_EVENT && type != YAML_STREAM_END_EVENT)
            rc = read_root(reader, &event);
        yaml_event_delete(&event);
        if (rc != 0 || type == YAML_STREAM_END_EVENT)
            return rc;
    }
}

static struct pm_yaml *new_yaml(const char *name)
{
    struct pm_yaml *yaml = calloc(1, sizeof *yaml);

    if (yaml == NULL)
        return NULL;
    yaml->name = strdup(name);
    yaml->entries = calloc(PM_YAML_ENTRIES_MAX, sizeof *yaml->entries);
    if (yaml->name == NULL || yaml->entries == NULL) {
        pm_yaml_close(yaml);
        return NULL;
    }
    return yaml;
}

static int run_parser(struct reader *reader, const char *text, size_t size)
{
    if (!yaml_parser_initialize(&reader->parser))
        return pm_error_set(reader->error, PM_ENOMEM, "%s: out of memory", reader->shown);
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)text, size);
    const int rc = read_stream(reader);
    yaml_parser_delete(&reader->parser);
    return rc;
}

int pm_yaml_parse(struct pm_yaml **out, const char *name, const char *text, size_t size,
                  struct pm_error *error)
{
    struct reader reader = {.error = error, .text = text, .yaml = new_yaml(name)};

    if (reader.yaml == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    shorten(reader.shown, sizeof reader.shown, name);
    int rc = check_bytes(&reader, text, size);
    if (rc == 0)
        rc = run_parser(&reader, text, size);
    if (rc != 0)
        pm_yaml_close(reader.yaml);
    else
        *out = reader.yaml;
    return rc;
}

/* Up to one byte more than the limit, so that pm_yaml_parse sees what is too long. */
static int read_file(int fd, const char *shown, char *text, size_t *size, struct pm_error *error)
{
    struct stat status;

    if (fstat(fd, &status) != 0)
        return pm_error_errno(error, PM_EINPUT, "%s", shown);
    if (!S_ISREG(status.st_mode))
        return pm_error_set(error, PM_EINPUT, "%s: not a regular file: name a scenario file",
                            shown);
    for (*size = 0; *size <= PM_YAML_BYTES_MAX;) {
        const ssize_t got = read(fd, text + *size, PM_YAML_BYTES_MAX + 1 - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pm_error_errno(error, PM_EINPUT, "%s", shown);
        if (got == 0)
            break;
        *size += (size_t)got;
    }
    return 0;
}

int pm_yaml_load(struct pm_yaml **out, const char *path, struct pm_error *error)
{
    char shown[100];
    size_t size = 0;

    shorten(shown, sizeof shown, path);
    /* A FIFO must not hold the process up before it is refused. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return pm_error_errno(error, PM_EINPUT, "%s", shown);
    char *text = malloc(PM_YAML_BYTES_MAX + 1);
    int rc = text != NULL ? read_file(fd, shown, text, &size, error)
                          : pm_error_set(error, PM_ENOMEM, "%s: out of memory", shown);
    close(fd);
    if (rc == 0)
        rc = pm_yaml_parse(out, path, text, size, error);
    free(text);
    return rc;
}

void pm_yaml_close(struct pm_yaml *yaml)
{
    if (yaml == NULL)
        return;
    for (size_t i = 0; i < yaml->count; i++) {
        free(yaml->entries[i].key);
        free(yaml->entries[i].value);
    }
    free(yaml->entries);
    free(yaml->name);
    free(yaml);
}

const struct pm_yaml_entry *pm_yaml_find(const struct pm_yaml *yaml, const char *key)
{
    for (size_t i = 0; i < yaml->count; i++) {
        if (strcmp(yaml->entries[i].key, key) == 0)
            return &yaml->entries[i];
    }
    return NULL;
}
