/* SPDX-License-Identifier: Apache-2.0 */
/* Text for man(7): what stands in a table is printed as it stands, whatever roff would make of it.
 */
#ifndef PM_ROFF_H
#define PM_ROFF_H

#include "pm_outbuf.h"

/** Append @p text so that roff prints every character of it; ASCII only, lines stay lines. */
void pm_roff_text(struct pm_outbuf *out, const char *text);

/** Append a macro with one argument, which is quoted (".SS \"...\""). */
void pm_roff_macro(struct pm_outbuf *out, const char *macro, const char *argument);

/** Append @p text in font @p font ('B' bold, 'I' italic) without ending the line. */
void pm_roff_font(struct pm_outbuf *out, char font, const char *text);

/** Append an item of a list: its tag in bold, and behind it @p rest (or NULL) in roman. */
void pm_roff_item(struct pm_outbuf *out, const char *tag, const char *rest, const char *text);

/** Append help text of argp: paragraphs, and what is indented as it stands, as an example. */
void pm_roff_help(struct pm_outbuf *out, const char *text);

#endif
