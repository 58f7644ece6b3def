/* SPDX-License-Identifier: Apache-2.0 */
/* Characters that roff would change or obey, and the few macros of man(7) that the manual needs. */
#include "pm_roff.h"

#include <string.h>

/* The escape that prints @p c as ASCII, or NULL where it prints itself: roff turns the plain
 * characters into typographic ones, which nobody could paste into a shell. */
static const char *escape(char c)
{
    switch (c) {
    case '\\':
        return "\\e";
    case '-':
        return "\\-";
    case '\'':
        return "\\(aq";
    case '`':
        return "\\(ga";
    case '^':
        return "\\(ha";
    case '~':
        return "\\(ti";
    case '"':
        return "\\(dq";
    default:
        return NULL;
    }
}

static void add_span(struct pm_outbuf *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const char *const escaped = escape(text[i]);
        const bool is_request = text[i] == '.' && (i == 0 || text[i - 1] == '\n');
        if (is_request)
            pm_outbuf_add(out, "\\&");
        if (escaped != NULL)
            pm_outbuf_add(out, "%s", escaped);
        else
            pm_outbuf_bytes(out, &text[i], 1);
    }
}

void pm_roff_text(struct pm_outbuf *out, const char *text)
{
    add_span(out, text, strlen(text));
}

void pm_roff_macro(struct pm_outbuf *out, const char *macro, const char *argument)
{
    pm_outbuf_add(out, ".%s \"", macro);
    pm_roff_text(out, argument);
    pm_outbuf_add(out, "\"\n");
}

void pm_roff_font(struct pm_outbuf *out, char font, const char *text)
{
    pm_outbuf_add(out, "\\f%c", font);
    pm_roff_text(out, text);
    pm_outbuf_add(out, "\\fR");
}

void pm_roff_item(struct pm_outbuf *out, const char *tag, const char *rest, const char *text)
{
    pm_outbuf_add(out, ".TP\n");
    pm_roff_font(out, 'B', tag);
    if (rest != NULL) {
        pm_outbuf_add(out, " ");
        pm_roff_text(out, rest);
    }
    pm_outbuf_add(out, "\n");
    pm_roff_text(out, text);
    pm_outbuf_add(out, "\n");
}

void pm_roff_help(struct pm_outbuf *out, const char *text)
{
    bool in_example = false;

    while (*text != '\0') {
        const size_t size = strcspn(text, "\n");
        const bool is_example = *text == ' ';
        if (is_example != in_example)
            pm_outbuf_add(out, is_example ? ".PP\n.EX\n" : ".EE\n");
        else if (!is_example)
            pm_outbuf_add(out, ".PP\n");
        in_example = is_example;
        add_span(out, text, size);
        pm_outbuf_add(out, "\n");
        text += size + (text[size] == '\n' ? 1 : 0);
    }
    pm_outbuf_add(out, in_example ? ".EE\n" : "");
}
