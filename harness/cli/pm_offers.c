/* SPDX-License-Identifier: Apache-2.0 */
/* Names of scenarios, engines, operators, queries, variants and settings as offers. */
#include "pm_offers.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_engines.h"
#include "pm_option_groups.h"
#include "pm_scenario.h"
#include "pm_verbs.h"
#include "pm_yaml.h"

#define VARIANTS "variants."

/* Whether @p line, with the end of its word, has been offered: settings of one name are many. */
static bool is_known(const struct pm_offers *offers, const char *line, size_t size)
{
    const char *at = offers->out.used > 0 ? offers->out.text : NULL;

    while (at != NULL && *at != '\0') {
        if (strncmp(at, line, size) == 0)
            return true;
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
    return false;
}

void pm_offers_add(struct pm_offers *offers, const char *word, const char *tail, const char *text)
{
    char whole[512];

    snprintf(whole, sizeof whole, "%s%s%s\t", offers->before, word, tail != NULL ? tail : "");
    if (strncmp(whole, offers->typed, strlen(offers->typed)) == 0 &&
        !is_known(offers, whole, strlen(whole)))
        pm_outbuf_add(&offers->out, "%s%s\n", whole, text != NULL ? text : "");
}

/* Moves what is typed up to and with the last @p separator into what stands before each offer. */
static bool split_at(struct pm_offers *offers, char separator)
{
    const char *const last = strrchr(offers->typed, separator);
    const size_t size = last != NULL ? (size_t)(last - offers->typed) + 1 : 0;

    if (size == 0 || size <= strlen(offers->before) || size >= sizeof offers->before)
        return false;
    memcpy(offers->before, offers->typed, size);
    offers->before[size] = '\0';
    return true;
}

static void add_words(struct pm_offers *offers, const char *words, size_t size)
{
    const char *const end = words + size;
    char word[80];

    while (words < end) {
        size_t length = strcspn(words, "| ");
        length = length < (size_t)(end - words) ? length : (size_t)(end - words);
        snprintf(word, sizeof word, "%.*s", (int)length, words);
        pm_offers_add(offers, word, NULL, NULL);
        words += length + 1;
    }
}

static void add_scenarios(struct pm_offers *offers)
{
    struct pm_scenario_file *files = NULL;
    size_t count = 0;

    if (pm_scenario_list(&files, &count, NULL) != 0)
        return;
    for (size_t i = 0; i < count; i++)
        pm_offers_add(offers, files[i].name, NULL, files[i].summary);
    free(files);
}

static void add_engines(struct pm_offers *offers)
{
    split_at(offers, ',');
    for (size_t i = 0; pm_engines[i] != NULL; i++)
        pm_offers_add(offers, pm_engines[i]->name, NULL, pm_engines[i]->help);
}

static void add_queries(struct pm_offers *offers)
{
    for (size_t i = 0; pm_queries[i] != NULL; i++)
        pm_offers_add(offers, pm_queries[i]->name, NULL, pm_queries[i]->summary);
}

/* What `explain` knows, but for settings, of which there are too many to look through. */
static void add_names(struct pm_offers *offers)
{
    add_scenarios(offers);
    add_engines(offers);
    for (size_t i = 0; pm_operator_classes[i] != NULL; i++)
        pm_offers_add(offers, pm_operator_classes[i]->name, NULL, pm_operator_classes[i]->help);
}

static void add_variants(struct pm_offers *offers)
{
    const size_t length = strlen(VARIANTS);
    struct pm_yaml *yaml = NULL;
    char path[sizeof(((struct pm_scenario_file *)0)->path)];

    if (offers->scenario == NULL ||
        pm_scenario_locate(path, sizeof path, offers->scenario, NULL) != 0 ||
        pm_yaml_load(&yaml, path, NULL) != 0)
        return;
    for (size_t i = 0; i < yaml->count; i++) {
        const struct pm_yaml_entry *const entry = &yaml->entries[i];
        if (strncmp(entry->key, VARIANTS, length) == 0 && strchr(entry->key + length, '.') == NULL)
            pm_offers_add(offers, entry->key + length, NULL, NULL);
    }
    pm_yaml_close(yaml);
}

/* --- settings --------------------------------------------------------------------------------- */

static void add_names_of(void *payload, const char *group, const struct pm_option *table)
{
    (void)group;
    for (const struct pm_option *option = table; option != NULL && option->name != NULL; option++)
        pm_offers_add(payload, option->name, "=", option->help);
}

/* The values of the setting that stands before the '=' of what is typed. */
static void add_values_of(void *payload, const char *group, const struct pm_option *table)
{
    struct pm_offers *const offers = payload;
    const struct pm_option *option;
    char key[sizeof offers->before];

    snprintf(key, sizeof key, "%.*s", (int)strlen(offers->before) - 1, offers->before);
    char *const name = strncmp(key, "--set=", 6) == 0 ? key + 6 : key;
    const size_t length = strlen(group);
    const bool is_of_group = strncmp(name, group, length) == 0 && name[length] == '.';
    option = table != NULL ? pm_option_find(table, is_of_group ? name + length + 1 : name) : NULL;
    if (option == NULL)
        return;
    if (option->kind == PM_OPTION_CHOICE)
        add_words(offers, option->choices, strlen(option->choices));
    else if (option->kind == PM_OPTION_BOOL)
        add_words(offers, "true false", 10);
    else if (option->fallback[0] != '\0')
        pm_offers_add(offers, option->fallback, NULL, "the default");
}

static void add_settings(struct pm_offers *offers)
{
    pm_option_groups_each(split_at(offers, '=') ? add_values_of : add_names_of, offers);
}

/* --- places ----------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*add)(struct pm_offers *offers);
} places[] = {
    {"SCENARIO", add_scenarios}, {"NAME", add_names},       {"ENGINE", add_engines},
    {"QUERY", add_queries},      {"VARIANT", add_variants}, {"KEY=VALUE", add_settings},
};

void pm_offers_place(struct pm_offers *offers, const char *place, size_t size)
{
    if (size > 0 && *place == '[') {
        place++;
        size--;
    }
    if (size > 0 && islower((unsigned char)*place)) {
        add_words(offers, place, size);
        return;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const size_t length = strlen(places[i].name);
        if (length <= size && strncmp(places[i].name, place, length) == 0 &&
            (length == size || strchr(",].", place[length]) != NULL))
            places[i].add(offers);
    }
}
