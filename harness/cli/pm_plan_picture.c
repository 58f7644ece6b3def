/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing a plan: depth first, one line a node, branches before the last child continue. */
#include "pm_plan_picture.h"

#include <stdio.h>
#include <string.h>

#define INDENT_MAX 256u

/* One arrow of the plan: which input of which node a port feeds. */
struct arrow {
    const struct pm_plan_node *to;
    unsigned input;
    unsigned port;
};

struct picture {
    struct pm_outbuf *out;
    const struct pm_plan *plan;
    const struct pm_query *query;
};

static unsigned find_arrows(const struct picture *picture, const struct pm_plan_node *from,
                            struct arrow arrows[PM_PLAN_NODES_MAX])
{
    unsigned count = 0;

    for (unsigned i = 0; i < pm_plan_nodes(picture->plan); i++) {
        const struct pm_plan_node *node = pm_plan_node(picture->plan, i);
        for (unsigned input = 0; input < node->input_count; input++) {
            if (node->inputs[input].node == from && count < PM_PLAN_NODES_MAX)
                arrows[count++] = (struct arrow){node, input, node->inputs[input].port};
        }
    }
    return count;
}

/* A node is drawn below the input that is built last; a later input of the same node wins. */
static bool is_home(const struct arrow *arrow, const struct pm_plan_node *from)
{
    for (unsigned input = 0; input < arrow->to->input_count; input++) {
        const struct pm_plan_node *other = arrow->to->inputs[input].node;
        if (other->index > from->index || (other == from && input > arrow->input))
            return false;
    }
    return true;
}

static void add_columns(struct pm_outbuf *out, const struct pm_schema *schema)
{
    for (unsigned i = 0; i < schema->count; i++)
        pm_outbuf_add(out, "%s%s", i > 0 ? ", " : "", schema->columns[i].name);
}

static void add_identity(struct pm_outbuf *out, const struct pm_query_output *output)
{
    for (unsigned i = 0; i < 6 && output->identity[i] != NULL; i++)
        pm_outbuf_add(out, "%s%s", i > 0 ? ", " : "", output->identity[i]);
}

static void add_output(struct picture *picture, const struct pm_plan_node *node)
{
    struct pm_plan_output_info info;

    pm_outbuf_add(picture->out, "output '%s': ", node->name);
    if (pm_plan_output_info(picture->plan, node->output, &info) != 0)
        return;
    add_columns(picture->out, info.schema);
    pm_outbuf_add(picture->out, "; %s; one row a (",
                  info.on_arrival ? "made on arrival" : "waits for the watermark");
    add_identity(picture->out, &picture->query->output[node->output]);
    pm_outbuf_add(picture->out, ")\n");
}

static void add_node(struct picture *picture, const struct pm_plan_node *node)
{
    if ((node->class->traits & PM_TRAIT_HASH) != 0)
        pm_outbuf_add(picture->out, "%s: exchange by key group\n", node->name);
    else if (node->class->ports == 0)
        add_output(picture, node);
    else
        pm_outbuf_add(picture->out, "%s: %s\n", node->name, node->class->help);
}

static void add_children(struct picture *picture, const struct pm_plan_node *node, char *indent,
                         size_t used);

static void add_arrow(struct picture *picture, const struct pm_plan_node *from,
                      const struct arrow *arrow, bool last, char *indent, size_t used)
{
    const char *branch = last ? "    " : "│   ";
    const size_t length = strlen(branch);

    pm_outbuf_add(picture->out, "%.*s%s", (int)used, indent, last ? "└── " : "├── ");
    if (arrow->port > 0 && from->class->port_names[arrow->port] != NULL)
        pm_outbuf_add(picture->out, "[%s] ", from->class->port_names[arrow->port]);
    else if (arrow->port > 0)
        pm_outbuf_add(picture->out, "[port %u] ", arrow->port);
    if (!is_home(arrow, from)) {
        pm_outbuf_add(picture->out, "input %u of %s, below\n", arrow->input, arrow->to->name);
        return;
    }
    add_node(picture, arrow->to);
    if (used + length < INDENT_MAX) {
        memcpy(indent + used, branch, length);
        add_children(picture, arrow->to, indent, used + length);
    }
}

static void add_children(struct picture *picture, const struct pm_plan_node *node, char *indent,
                         size_t used)
{
    struct arrow arrows[PM_PLAN_NODES_MAX];
    const unsigned count = find_arrows(picture, node, arrows);

    for (unsigned i = 0; i < count; i++)
        add_arrow(picture, node, &arrows[i], i + 1 == count, indent, used);
}

static const char *form_of(const struct pm_query_stream *stream)
{
    static const char *const names[] = {"binary records", "JSON", "CSV", "Combined Log Format"};

    for (unsigned i = 0; i < stream->schema->count && stream->codec == PM_CODEC_BINARY; i++) {
        if (stream->schema->columns[i].type == PM_TYPE_TEXT)
            return "text";
    }
    return names[stream->codec];
}

void pm_plan_picture(struct pm_outbuf *out, const struct pm_plan *plan,
                     const struct pm_query *query)
{
    struct picture picture = {out, plan, query};
    char indent[INDENT_MAX];

    for (unsigned i = 0; i < pm_plan_nodes(plan); i++) {
        const struct pm_plan_node *node = pm_plan_node(plan, i);
        if (node->input_count > 0)
            continue;
        const struct pm_query_stream *stream = &query->stream[node->stream];
        pm_outbuf_add(out, "source '%s': ", stream->name);
        add_columns(out, stream->schema);
        pm_outbuf_add(out, "; %s\n", form_of(stream));
        add_children(&picture, node, indent, 0);
    }
}
