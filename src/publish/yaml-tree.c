/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml-tree.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* libyaml frees its copies of what may be a token as they are. */
static void parser_wipe(yaml_parser_t *parser)
{
	if (parser->raw_buffer.start)
		explicit_bzero(parser->raw_buffer.start,
		        (size_t)(parser->raw_buffer.end - parser->raw_buffer.start));
	if (parser->buffer.start)
		explicit_bzero(
		        parser->buffer.start, (size_t)(parser->buffer.end - parser->buffer.start));
	yaml_parser_delete(parser);
}

int yaml_tree_parse(const char *data, size_t size, const char *path, struct yaml_tree *ret,
        struct reason *ret_reason)
{
	_cleanup_(parser_wipe) yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_input_string(&parser, (const unsigned char *)data, size);
	if (!yaml_parser_load(&parser, &ret->document)) {
		if (parser.error == YAML_MEMORY_ERROR)
			abort();
		/* Both texts are libyaml's own and repeat nothing of the file. */
		return reason_set(ret_reason, EBADMSG, "kubeconfig", "%s:%zu: no YAML: %s%s%s",
		        path, parser.problem_mark.line + 1,
		        parser.problem ? parser.problem : "it cannot be read",
		        parser.context ? ", " : "", parser.context ? parser.context : "");
	}
	ret->is_loaded = true;
	return 0;
}

yaml_node_t *yaml_tree_root(struct yaml_tree *t)
{
	return yaml_document_get_root_node(&t->document);
}

const char *yaml_tree_text(const yaml_node_t *node)
{
	if (!node || node->type != YAML_SCALAR_NODE ||
	        memchr(node->data.scalar.value, 0, node->data.scalar.length))
		return NULL;
	return (const char *)node->data.scalar.value;
}

static bool is_null(const yaml_node_t *node)
{
	const char *text = yaml_tree_text(node);

	return text && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (!*text || strcmp(text, "~") == 0 || strcasecmp(text, "null") == 0);
}

yaml_node_t *yaml_tree_get(struct yaml_tree *t, yaml_node_t *mapping, const char *key)
{
	if (!mapping || mapping->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = mapping->data.mapping.pairs.start;
	        p < mapping->data.mapping.pairs.top; p++) {
		const char *name = yaml_tree_text(yaml_document_get_node(&t->document, p->key));
		yaml_node_t *value;

		if (!name || strcmp(name, key) != 0)
			continue;
		value = yaml_document_get_node(&t->document, p->value);
		return is_null(value) ? NULL : value;
	}
	return NULL;
}

size_t yaml_tree_length(const yaml_node_t *sequence)
{
	if (!sequence || sequence->type != YAML_SEQUENCE_NODE)
		return 0;
	return (size_t)(sequence->data.sequence.items.top - sequence->data.sequence.items.start);
}

yaml_node_t *yaml_tree_item(struct yaml_tree *t, yaml_node_t *sequence, size_t i)
{
	return yaml_document_get_node(&t->document, sequence->data.sequence.items.start[i]);
}

const char *yaml_tree_string(struct yaml_tree *t, yaml_node_t *mapping, const char *key)
{
	return yaml_tree_text(yaml_tree_get(t, mapping, key));
}

/* YAML 1.1's words: kubectl's parser takes them, too. */
bool yaml_tree_flag(struct yaml_tree *t, yaml_node_t *mapping, const char *key)
{
	const char *text = yaml_tree_string(t, mapping, key);

	return text && (strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0 ||
	                       strcasecmp(text, "on") == 0);
}

unsigned yaml_tree_line(const yaml_node_t *node)
{
	return (unsigned)node->start_mark.line + 1;
}

void yaml_tree_done(struct yaml_tree *t)
{
	if (!t->is_loaded)
		return;
	for (yaml_node_t *n = t->document.nodes.start; n < t->document.nodes.top; n++)
		if (n->type == YAML_SCALAR_NODE)
			explicit_bzero(n->data.scalar.value, n->data.scalar.length);
	yaml_document_delete(&t->document);
	t->is_loaded = false;
}
