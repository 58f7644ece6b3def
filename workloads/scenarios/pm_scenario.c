/* SPDX-License-Identifier: Apache-2.0 */
/* Scenario files: the document's keys into the option tables, variants over them. */
#include "pm_scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_publish.h"
#include "pm_trace_map_load.h"
#include "pm_yaml.h"

#define VARIANTS "variants."

/* Keys that say what the scenario is; all others are settings. */
static const char *const own_keys[] = {"query", "summary", "name", "variant", "variants"};

static bool is_own_key(const char *key)
{
    for (size_t i = 0; i < sizeof own_keys / sizeof own_keys[0]; i++) {
        if (strcmp(key, own_keys[i]) == 0)
            return true;
    }
    return strncmp(key, VARIANTS, strlen(VARIANTS)) == 0;
}

/* The last @p size - 1 bytes of the document's name, printable. */
static const char *shown_name(const struct pm_yaml *yaml, char *shown, size_t size)
{
    const size_t length = strlen(yaml->name);

    return pm_text_printable(shown, size,
                             length < size ? yaml->name : yaml->name + length - (size - 1));
}

static int refuse(const struct pm_yaml *yaml, const struct pm_yaml_entry *at, const char *what,
                  struct pm_error *error)
{
    char shown[100];
    char copy[sizeof error->text]; /* what may be the text of error */

    snprintf(copy, sizeof copy, "%s", what);
    return pm_error_set(error, PM_EINPUT, "%s:%u:%u: %s", shown_name(yaml, shown, sizeof shown),
                        at != NULL ? at->line : 1, at != NULL ? at->column : 1, copy);
}

static struct pm_origin origin_at(enum pm_origin_kind kind, const struct pm_yaml_entry *at)
{
    return (struct pm_origin){.kind = kind, .line = at->line, .column = at->column};
}

/* --- what the scenario is --------------------------------------------------------------------- */

static int find_query(struct pm_scenario *scenario, const struct pm_yaml *yaml,
                      struct pm_error *error)
{
    const struct pm_yaml_entry *entry = pm_yaml_find(yaml, "query");
    char what[200];
    size_t used = 0;

    if (entry == NULL || entry->value == NULL)
        return refuse(yaml, entry, "query: missing: name the query that the scenario runs", error);
    scenario->query = pm_query_find(entry->value);
    if (scenario->query != NULL)
        return 0;
    used = (size_t)snprintf(what, sizeof what, "query: unknown: expected one of");
    for (size_t i = 0; pm_queries[i] != NULL && used < sizeof what; i++)
        used += (size_t)snprintf(what + used, sizeof what - used, "%s %s", i > 0 ? "," : "",
                                 pm_queries[i]->name);
    return refuse(yaml, entry, what, error);
}

/* The file's name without folder and ".yaml". */
static void name_of_file(char *name, size_t size, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    size_t length = strlen(base);

    if (length > 5 && strcmp(base + length - 5, ".yaml") == 0)
        length -= 5;
    snprintf(name, size, "%.*s", (int)(length < size ? length : size - 1), base);
}

/* Copies the text of @p key, which may be absent, into @p field. */
static int take_text(const struct pm_yaml *yaml, const char *key, char *field, size_t size,
                     bool is_name, struct pm_error *error)
{
    const struct pm_yaml_entry *entry = pm_yaml_find(yaml, key);

    if (entry == NULL)
        return 0;
    if (entry->value == NULL || strlen(entry->value) >= size)
        return refuse(yaml, entry, "expected a short line of text", error);
    if (is_name && !pm_publish_name_is_safe(entry->value))
        return refuse(yaml, entry, "expected a name of letters, digits, '.', '_' and '-'", error);
    for (const char *at = entry->value; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return refuse(yaml, entry, "a control character: expected one line of text", error);
    }
    memcpy(field, entry->value, strlen(entry->value) + 1);
    return 0;
}

static int take_names(struct pm_scenario *scenario, const struct pm_yaml *yaml,
                      struct pm_error *error)
{
    int rc = take_text(yaml, "name", scenario->name, sizeof scenario->name, true, error);

    if (rc == 0 && scenario->name[0] == '\0')
        name_of_file(scenario->name, sizeof scenario->name, yaml->name);
    if (rc == 0 && !pm_publish_name_is_safe(scenario->name))
        rc = refuse(yaml, NULL,
                    "a file name of letters, digits, '.', '_' and '-' names the scenario", error);
    if (rc == 0)
        rc = take_text(yaml, "variant", scenario->variant, sizeof scenario->variant, true, error);
    if (rc == 0)
        rc = take_text(yaml, "summary", scenario->summary, sizeof scenario->summary, false, error);
    return rc;
}

/* --- settings --------------------------------------------------------------------------------- */

static int add_engine(struct pm_scenario *scenario, const struct pm_scenario_engine *engine,
                      struct pm_error *error)
{
    void *settings = NULL;

    if (engine->options != NULL) {
        settings = calloc(1, engine->settings_size > 0 ? engine->settings_size : 1);
        if (settings == NULL)
            return pm_error_set(error, PM_ENOMEM, "out of memory");
    }
    scenario->engine[scenario->engines] = *engine;
    scenario->engine_settings[scenario->engines++] = settings;
    return settings == NULL ? 0
                            : pm_settings_add(&scenario->settings, engine->name, true,
                                              engine->options, settings, error);
}

static int add_groups(struct pm_scenario *scenario, const struct pm_scenario_config *config,
                      struct pm_error *error)
{
    struct pm_settings *settings = &scenario->settings;
    const struct pm_query *query = scenario->query;

    scenario->query_settings = calloc(1, query->settings_size > 0 ? query->settings_size : 1);
    if (scenario->query_settings == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    int rc = 0;
    if (query->options != NULL)
        rc = pm_settings_add(settings, "query", false, query->options, scenario->query_settings,
                             error);
    if (rc == 0)
        rc = pm_settings_add(settings, "generator", false, pm_generator_options,
                             &scenario->generator, error);
    if (rc == 0)
        rc = pm_settings_add(settings, "run", false, pm_run_options, &scenario->run, error);
    for (unsigned i = 0; i < config->engines && rc == 0; i++)
        rc = add_engine(scenario, &config->engine[i], error);
    return rc;
}

/* True when an entry of @p yaml lies below the mapping @p at. */
static bool has_settings(const struct pm_yaml *yaml, const struct pm_yaml_entry *at)
{
    const struct pm_yaml_entry *following = at + 1;
    const size_t length = strlen(at->key);

    return following < yaml->entries + yaml->count &&
           strncmp(following->key, at->key, length) == 0 && following->key[length] == '.';
}

static int apply_base(struct pm_scenario *scenario, const struct pm_yaml *yaml,
                      struct pm_error *error)
{
    for (size_t i = 0; i < yaml->count; i++) {
        const struct pm_yaml_entry *entry = &yaml->entries[i];
        struct pm_error why = {0};
        int rc = 0;
        if (is_own_key(entry->key))
            continue;
        if (entry->value != NULL)
            rc = pm_settings_set(&scenario->settings, entry->key, entry->value,
                                 origin_at(PM_ORIGIN_FILE, entry), &why);
        else if (!has_settings(yaml, entry))
            rc = pm_error_set(&why, PM_EINPUT, "%s: no settings below it", entry->key);
        if (rc != 0)
            return refuse(yaml, entry, why.text, error);
    }
    return 0;
}

/* --- variants --------------------------------------------------------------------------------- */

/* The part behind "variants.NAME." of a setting in a variant, else NULL; @p length is NAME's. */
static const char *split_variant(const struct pm_yaml_entry *entry, size_t *length)
{
    const char *name = entry->key + strlen(VARIANTS);

    *length = strcspn(name, ".");
    return name[*length] == '.' ? name + *length + 1 : NULL;
}

/* One entry below "variants": set it when it belongs to @p chosen, and try it when not. */
static int apply_variant_entry(struct pm_scenario *scenario, const struct pm_yaml_entry *entry,
                               const char *chosen, struct pm_error *why)
{
    size_t length = 0;
    const char *key = split_variant(entry, &length);
    const char *name = entry->key + strlen(VARIANTS);

    if (key == NULL && entry->value != NULL)
        return pm_error_set(why, PM_EINPUT, "a variant holds settings: write them below its name");
    if (key == NULL || entry->value == NULL)
        return 0;
    if (strlen(chosen) == length && memcmp(name, chosen, length) == 0)
        return pm_settings_set(&scenario->settings, key, entry->value,
                               origin_at(PM_ORIGIN_VARIANT, entry), why);
    return pm_settings_try(&scenario->settings, key, entry->value, why);
}

static int refuse_variant(const struct pm_yaml *yaml, const char *variant, struct pm_error *error)
{
    char what[200];
    char shown[48];
    size_t used = (size_t)snprintf(
        what, sizeof what, "no variant '%s': ", pm_text_printable(shown, sizeof shown, variant));
    unsigned known = 0;

    for (size_t i = 0; i < yaml->count && used < sizeof what; i++) {
        const struct pm_yaml_entry *entry = &yaml->entries[i];
        size_t length = 0;
        if (strncmp(entry->key, VARIANTS, strlen(VARIANTS)) == 0 &&
            split_variant(entry, &length) == NULL)
            used += (size_t)snprintf(what + used, sizeof what - used, "%s%s",
                                     known++ > 0 ? ", " : "it has ", entry->key + strlen(VARIANTS));
    }
    if (known == 0 && used < sizeof what)
        snprintf(what + used, sizeof what - used, "the scenario has none");
    return refuse(yaml, pm_yaml_find(yaml, "variants"), what, error);
}

static int apply_variants(struct pm_scenario *scenario, const struct pm_yaml *yaml,
                          const char *chosen, struct pm_error *error)
{
    const struct pm_yaml_entry *variants = pm_yaml_find(yaml, "variants");
    char key[PM_YAML_KEY_MAX];

    if (variants != NULL && variants->value != NULL)
        return refuse(yaml, variants, "expected the names of variants below it", error);
    for (size_t i = 0; i < yaml->count; i++) {
        const struct pm_yaml_entry *entry = &yaml->entries[i];
        struct pm_error why = {0};
        if (strncmp(entry->key, VARIANTS, strlen(VARIANTS)) == 0 &&
            apply_variant_entry(scenario, entry, chosen, &why) != 0)
            return refuse(yaml, entry, why.text, error);
    }
    if (chosen[0] == '\0' || strcmp(chosen, scenario->variant) == 0) /* it may be applied already */
        return 0;
    snprintf(key, sizeof key, VARIANTS "%s", chosen);
    if (!pm_publish_name_is_safe(chosen) || strchr(chosen, '.') != NULL ||
        pm_yaml_find(yaml, key) == NULL)
        return refuse_variant(yaml, chosen, error);
    snprintf(scenario->variant, sizeof scenario->variant, "%s", chosen);
    return 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

static void drop_maps(struct pm_scenario *scenario)
{
    for (unsigned i = 0; i < PM_TRACE_FILES_MAX; i++) {
        free(scenario->trace_map[i]);
        scenario->trace_map[i] = NULL;
    }
}

/* Mapping files are read when a setting names one, so that what is wrong is told at once. */
static int load_maps(struct pm_scenario *scenario, struct pm_error *error)
{
    int rc = 0;

    drop_maps(scenario);
    for (unsigned i = 0; i < PM_TRACE_FILES_MAX && rc == 0; i++) {
        const char *path = scenario->generator.trace_map[i];
        if (path[0] == '\0')
            continue;
        scenario->trace_map[i] = malloc(sizeof *scenario->trace_map[i]);
        if (scenario->trace_map[i] == NULL)
            return pm_error_set(error, PM_ENOMEM, "out of memory");
        rc = pm_trace_map_load(scenario->trace_map[i], path, scenario->query, error);
    }
    return rc;
}

static int fill(struct pm_scenario *scenario, const struct pm_yaml *yaml, const char *variant,
                const struct pm_scenario_config *config, struct pm_error *error)
{
    scenario->path = strdup(yaml->name);
    if (scenario->path == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    int rc = find_query(scenario, yaml, error);
    if (rc == 0)
        rc = take_names(scenario, yaml, error);
    if (rc == 0)
        rc = add_groups(scenario, config, error);
    if (rc == 0)
        rc = apply_base(scenario, yaml, error);
    if (rc == 0)
        rc = apply_variants(scenario, yaml, variant, error);
    return rc == 0 ? load_maps(scenario, error) : rc;
}

static int open_document(struct pm_scenario **out, const struct pm_yaml *yaml, const char *variant,
                         const struct pm_scenario_config *config, struct pm_error *error)
{
    struct pm_scenario *scenario = calloc(1, sizeof *scenario);

    if (scenario == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    const int rc = fill(scenario, yaml, variant != NULL ? variant : "", config, error);
    if (rc != 0)
        pm_scenario_close(scenario);
    else
        *out = scenario;
    return rc;
}

static bool is_path(const char *what)
{
    const size_t length = strlen(what);

    return strchr(what, '/') != NULL || (length > 5 && strcmp(what + length - 5, ".yaml") == 0);
}

int pm_scenario_open(struct pm_scenario **out, const char *what, const char *variant,
                     const struct pm_scenario_config *config, struct pm_error *error)
{
    char path[4096];
    struct pm_yaml *yaml = NULL;
    int rc = 0;

    if (!is_path(what))
        rc = pm_scenario_locate(path, sizeof path, what, error);
    if (rc == 0)
        rc = pm_yaml_load(&yaml, is_path(what) ? what : path, error);
    if (rc == 0)
        rc = open_document(out, yaml, variant, config, error);
    pm_yaml_close(yaml);
    return rc;
}

int pm_scenario_parse(struct pm_scenario **out, const char *name, const char *text, size_t size,
                      const struct pm_scenario_config *config, struct pm_error *error)
{
    struct pm_yaml *yaml = NULL;
    int rc = pm_yaml_parse(&yaml, name, text, size, error);

    if (rc == 0)
        rc = open_document(out, yaml, NULL, config, error);
    pm_yaml_close(yaml);
    return rc;
}

void pm_scenario_close(struct pm_scenario *scenario)
{
    if (scenario == NULL)
        return;
    pm_settings_close(&scenario->settings);
    for (unsigned i = 0; i < scenario->engines; i++)
        free(scenario->engine_settings[i]);
    free(scenario->query_settings);
    drop_maps(scenario);
    free(scenario->path);
    free(scenario);
}

int pm_scenario_set(struct pm_scenario *scenario, const char *assignment, struct pm_error *error)
{
    const char *equals = strchr(assignment, '=');
    const struct pm_origin origin = {.kind = PM_ORIGIN_SET};
    char shown[48];
    char key[PM_YAML_KEY_MAX];

    if (equals == NULL || equals == assignment || (size_t)(equals - assignment) >= sizeof key)
        return pm_error_set(error, PM_EINPUT, "--set %s: expected key=value",
                            pm_text_printable(shown, sizeof shown, assignment));
    memcpy(key, assignment, (size_t)(equals - assignment));
    key[equals - assignment] = '\0';
    const int rc = pm_settings_set(&scenario->settings, key, equals + 1, origin, error);
    return rc == 0 && strstr(key, "trace-map") != NULL ? load_maps(scenario, error) : rc;
}

const void *pm_scenario_engine_settings(const struct pm_scenario *scenario, const char *name)
{
    for (unsigned i = 0; i < scenario->engines; i++) {
        if (strcmp(scenario->engine[i].name, name) == 0)
            return scenario->engine_settings[i];
    }
    return NULL;
}

static void write_text(struct pm_outbuf *out, const char *key, const char *text)
{
    if (text[0] == '\0')
        return;
    pm_outbuf_add(out, "%s: ", key);
    pm_settings_quote(out, text);
    pm_outbuf_add(out, "\n");
}

void pm_scenario_write(const struct pm_scenario *scenario, struct pm_outbuf *out)
{
    write_text(out, "query", scenario->query->name);
    write_text(out, "name", scenario->name);
    write_text(out, "summary", scenario->summary);
    write_text(out, "variant", scenario->variant);
    pm_settings_write(&scenario->settings, out);
}
