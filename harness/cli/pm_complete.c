/* SPDX-License-Identifier: Apache-2.0 */
/* Which place of the line the last word is at: a command, a flag, a flag's value, an argument. */
#include "pm_complete.h"

#include <stdio.h>
#include <string.h>

#include "pm_cli_options.h"
#include "pm_command.h"
#include "pm_offers.h"

#define ARGUMENTS_MAX 64u

/* The words behind the command, sorted. */
struct line {
    unsigned arguments;
    const char *argument[ARGUMENTS_MAX];
    const struct argp_option *waiting; /* a flag whose value the last word is, or NULL */
};

static void add_flags(struct pm_offers *offers, const struct argp *argp)
{
    for (const struct argp_option *row = argp->options; row != NULL && row->name != NULL; row++) {
        char flag[48];
        snprintf(flag, sizeof flag, "--%s", row->name);
        pm_offers_add(offers, flag, row->arg != NULL ? "=" : NULL, row->doc);
    }
    for (const struct argp_child *child = argp->children; child != NULL && child->argp != NULL;
         child++)
        add_flags(offers, child->argp);
}

/* The row of "-e" or "--engine"; @p size is the flag's own, without "=...". */
static const struct argp_option *find_flag(const struct argp *argp, const char *word, size_t size)
{
    const bool is_long = size > 2 && word[1] == '-';

    for (const struct argp_option *row = argp->options; row != NULL && row->name != NULL; row++) {
        const bool found =
            is_long ? strlen(row->name) == size - 2 && strncmp(row->name, word + 2, size - 2) == 0
                    : size == 2 && row->key == word[1];
        if (found)
            return row;
    }
    for (const struct argp_child *child = argp->children; child != NULL && child->argp != NULL;
         child++) {
        const struct argp_option *const row = find_flag(child->argp, word, size);
        if (row != NULL)
            return row;
    }
    return NULL;
}

/* All words but the last. */
static void sort_words(struct line *line, const struct argp *argp, int count, char **words)
{
    for (int i = 0; i < count; i++) {
        const struct argp_option *flag = NULL;
        if (line->waiting != NULL)
            line->waiting = NULL;
        else if (words[i][0] == '-' && words[i][1] != '\0')
            flag = find_flag(argp, words[i], strlen(words[i]));
        else if (line->arguments < ARGUMENTS_MAX)
            line->argument[line->arguments++] = words[i];
        if (flag != NULL && flag->arg != NULL)
            line->waiting = flag;
    }
}

/* Whether @p word is one of the words with bars between at @p place, or the place takes any. */
static bool fits(const char *place, size_t size, const char *word)
{
    const size_t length = strlen(word);

    if (*place < 'a' || *place > 'z')
        return true;
    for (const char *end = place + size; place < end; place += strcspn(place, "|") + 1) {
        if (strncmp(place, word, length) == 0 && (place + length == end || place[length] == '|'))
            return true;
    }
    return false;
}

/* The next argument of one form of a command: "options [SCENARIO]". The last place of a form with
 * dots is open to any number of words. */
static void add_argument(struct pm_offers *offers, const struct line *line, const char *form,
                         size_t size)
{
    const char *const end = form + size;

    for (unsigned i = 0; form < end; i++) {
        const size_t left = (size_t)(end - form);
        const char *const blank = memchr(form, ' ', left);
        const size_t length = blank != NULL ? (size_t)(blank - form) : left;
        const bool goes_on = length > 4 && memcmp(form + length - 4, "...]", 4) == 0;
        if (i == line->arguments || goes_on) {
            pm_offers_place(offers, form, length);
            return;
        }
        if (!fits(form, length, line->argument[i]))
            return;
        form += length + 1;
    }
}

static void add_arguments(struct pm_offers *offers, const struct line *line, const char *forms)
{
    while (forms != NULL && *forms != '\0') {
        const size_t size = strcspn(forms, "\n");
        add_argument(offers, line, forms, size);
        forms += size + (forms[size] == '\n' ? 1 : 0);
    }
}

static void complete_word(struct pm_offers *offers, const struct argp *argp, struct line *line)
{
    const char *const typed = offers->typed;
    const size_t flag_size = strcspn(typed, "=");
    const struct argp_option *flag = line->waiting;

    if (flag == NULL && typed[0] == '-' && typed[flag_size] == '=') {
        flag = find_flag(argp, typed, flag_size);
        snprintf(offers->before, sizeof offers->before, "%.*s", (int)flag_size + 1, typed);
    } else if (flag == NULL && typed[0] == '-') {
        add_flags(offers, argp);
        pm_offers_add(offers, "--help", NULL, "Flags and examples");
        return;
    }
    if (flag != NULL && flag->arg != NULL)
        pm_offers_place(offers, flag->arg, strlen(flag->arg));
    else if (typed[0] != '-')
        add_arguments(offers, line, argp->args_doc);
}

static void complete_command(struct pm_offers *offers)
{
    for (const struct pm_command *command = pm_commands; command->name != NULL; command++)
        pm_offers_add(offers, command->name, NULL, command->summary);
    if (offers->typed[0] == '-') {
        pm_offers_add(offers, "--help", NULL, "All commands");
        pm_offers_add(offers, "--version", NULL, "Version, commit, compiler");
    }
}

void pm_complete(struct pm_outbuf *out, int count, char **words)
{
    const struct pm_command *const command = count > 1 ? pm_command_find(words[0]) : NULL;
    struct pm_offers offers = {.typed = count > 0 ? words[count - 1] : "", .out = *out};
    struct line line = {0};

    if (count <= 1) {
        complete_command(&offers);
    } else if (command != NULL) {
        sort_words(&line, command->argp, count - 2, words + 1);
        offers.scenario = line.arguments > 0 ? line.argument[0] : NULL;
        complete_word(&offers, command->argp, &line);
    }
    *out = offers.out;
}
