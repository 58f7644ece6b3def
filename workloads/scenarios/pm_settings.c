/* SPDX-License-Identifier: Apache-2.0 */
/* Setting values by name across option tables, and writing them back. */
#include "pm_settings.h"

#include <stdlib.h>
#include <string.h>

static size_t count_rows(const struct pm_option *table)
{
    size_t rows = 0;

    while (table[rows].name != NULL)
        rows++;
    return rows;
}

int pm_settings_add(struct pm_settings *settings, const char *name, bool is_engine,
                    const struct pm_option *table, void *target, struct pm_error *error)
{
    if (settings->count == PM_SETTINGS_GROUPS_MAX)
        return pm_error_set(error, PM_EINTERNAL, "%s: more than %u groups of settings", name,
                            PM_SETTINGS_GROUPS_MAX);
    struct pm_origin *origins = calloc(count_rows(table) + 1, sizeof *origins);
    if (origins == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    pm_option_defaults(table, target);
    settings->groups[settings->count++] = (struct pm_settings_group){
        .name = name, .is_engine = is_engine, .table = table, .target = target, .origins = origins};
    return 0;
}

void pm_settings_close(struct pm_settings *settings)
{
    for (unsigned i = 0; i < settings->count; i++)
        free(settings->groups[i].origins);
    settings->count = 0;
}

/* What @p key is called within @p group: all of it, or what follows "microbatch."; else NULL. */
static const char *name_within(const struct pm_settings_group *group, const char *key)
{
    const size_t length = strlen(group->name);

    if (group->is_engine && strncmp(key, group->name, length) == 0 && key[length] == '.')
        return key + length + 1;
    return key;
}

static const struct pm_option *find_row(const struct pm_settings_group *group, const char *key)
{
    return pm_option_find(group->table, name_within(group, key));
}

static int refuse_unknown(const struct pm_settings *settings, const char *key,
                          struct pm_error *error)
{
    char shown[64];

    pm_text_printable(shown, sizeof shown, key);
    for (unsigned i = 0; i < settings->count; i++) {
        const struct pm_settings_group *group = &settings->groups[i];
        const struct pm_option *near = pm_option_nearest(group->table, name_within(group, key));
        if (near != NULL)
            return pm_error_set(error, PM_EINPUT, "%s: unknown setting: did you mean %s?", shown,
                                near->name);
    }
    return pm_error_set(error, PM_EINPUT,
                        "%s: unknown setting: 'pacemark list options' names all of them", shown);
}

/* Parses into a field of its own: the row says all about it but where it lies. */
static int try_row(const struct pm_option *option, const char *value, struct pm_error *error)
{
    struct pm_option row = *option;
    union {
        int64_t integer;
        double decimal;
        char text[PM_OPTION_TEXT_SIZE];
    } field;

    row.offset = 0;
    return pm_option_set(&row, &field, value, error);
}

int pm_settings_try(const struct pm_settings *settings, const char *key, const char *value,
                    struct pm_error *error)
{
    bool known = false;

    for (unsigned i = 0; i < settings->count; i++) {
        const struct pm_option *option = find_row(&settings->groups[i], key);
        const int rc = option != NULL ? try_row(option, value, error) : 0;
        if (rc != 0)
            return rc;
        known = known || option != NULL;
    }
    return known ? 0 : refuse_unknown(settings, key, error);
}

int pm_settings_set(struct pm_settings *settings, const char *key, const char *value,
                    struct pm_origin origin, struct pm_error *error)
{
    const int rc = pm_settings_try(settings, key, value, error);

    for (unsigned i = 0; i < settings->count && rc == 0; i++) {
        struct pm_settings_group *group = &settings->groups[i];
        const struct pm_option *option = find_row(group, key);
        if (option != NULL) {
            pm_option_set(option, group->target, value, NULL); /* tried above */
            group->origins[option - group->table] = origin;
        }
    }
    return rc;
}

void pm_settings_each(const struct pm_settings *settings,
                      void (*visit)(void *payload, const struct pm_settings_group *group,
                                    const struct pm_option *option, struct pm_origin origin),
                      void *payload)
{
    for (unsigned i = 0; i < settings->count; i++) {
        const struct pm_settings_group *group = &settings->groups[i];
        for (const struct pm_option *option = group->table; option->name != NULL; option++)
            visit(payload, group, option, group->origins[option - group->table]);
    }
}

void pm_settings_quote(struct pm_outbuf *out, const char *text)
{
    pm_outbuf_add(out, "\"");
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7f)
            pm_outbuf_add(out, "\\x%02x", byte);
        else
            pm_outbuf_add(out, "%s%c", byte == '"' || byte == '\\' ? "\\" : "", byte);
    }
    pm_outbuf_add(out, "\"");
}

static void write_one(void *payload, const struct pm_settings_group *group,
                      const struct pm_option *option, struct pm_origin origin)
{
    struct pm_outbuf *out = payload;
    char value[PM_OPTION_TEXT_SIZE];

    (void)origin;
    pm_option_get(option, group->target, value, sizeof value);
    pm_outbuf_add(out, "%s%s%s: ", group->is_engine ? group->name : "", group->is_engine ? "." : "",
                  option->name);
    pm_settings_quote(out, value);
    pm_outbuf_add(out, "\n");
}

void pm_settings_write(const struct pm_settings *settings, struct pm_outbuf *out)
{
    pm_settings_each(settings, write_one, out);
}
