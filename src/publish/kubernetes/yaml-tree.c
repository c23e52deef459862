/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time of libyaml grows with the square of nested items, anchors and %TAG lines: a megabyte of
 * one of them takes minutes. Its scanner is linear, so it counts them first, and a text with more
 * than a kubeconfig has is never parsed.
 */
#include "publish/kubernetes/yaml-tree.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define MAX_DEPTH 32
#define MAX_DIRECTIVES 16
#define MAX_REFERENCES 1000 /* anchors and aliases */
#define MAX_WORK ((size_t)16 * 1024 * 1024)

/* libyaml does not overwrite its copies, which may be tokens. */
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

/* How much a text has of what is expensive. */
struct shape {
	size_t depth, directives, references;
};

/* Ignoring a merge key is not safe, because it may change the user that we act as. */
static bool is_merge_key(const yaml_token_t *token)
{
	return token->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       token->data.scalar.length == 2 && memcmp(token->data.scalar.value, "<<", 2) == 0;
}

static const char *add_token(struct shape *s, const yaml_token_t *token)
{
	switch (token->type) {
	case YAML_SCALAR_TOKEN:
		return is_merge_key(token) ? "merge keys (<<) are not supported; write out what "
		                             "they stand for"
		                           : NULL;
	case YAML_BLOCK_SEQUENCE_START_TOKEN:
	case YAML_BLOCK_MAPPING_START_TOKEN:
	case YAML_FLOW_SEQUENCE_START_TOKEN:
	case YAML_FLOW_MAPPING_START_TOKEN:
		return ++s->depth > MAX_DEPTH ? "nested too deeply" : NULL;
	case YAML_BLOCK_END_TOKEN:
	case YAML_FLOW_SEQUENCE_END_TOKEN:
	case YAML_FLOW_MAPPING_END_TOKEN:
		s->depth -= s->depth > 0;
		return NULL;
	case YAML_VERSION_DIRECTIVE_TOKEN:
	case YAML_TAG_DIRECTIVE_TOKEN:
		return ++s->directives > MAX_DIRECTIVES ? "too many directives" : NULL;
	case YAML_ANCHOR_TOKEN:
	case YAML_ALIAS_TOKEN:
		return ++s->references > MAX_REFERENCES ? "too many anchors" : NULL;
	default:
		return NULL;
	}
}

static int fail_parse(const yaml_parser_t *parser, const char *path, struct reason *ret_reason)
{
	if (parser->error == YAML_MEMORY_ERROR)
		abort();
	/* Both texts are libyaml's own and contain nothing of the file. */
	return reason_set(ret_reason, EBADMSG, "kubeconfig", "%s:%zu: not YAML: %s%s%s", path,
	        parser->problem_mark.line + 1,
	        parser->problem ? parser->problem : "it cannot be read",
	        parser->context ? ", " : "", parser->context ? parser->context : "");
}

static void token_wipe(yaml_token_t *token)
{
	if (token->type == YAML_SCALAR_TOKEN)
		explicit_bzero(token->data.scalar.value, token->data.scalar.length);
	yaml_token_delete(token);
}

/* Scans the whole text, token by token. */
static int check_shape(const char *data, size_t size, const char *path, struct reason *ret_reason)
{
	_cleanup_(parser_wipe) yaml_parser_t parser;
	struct shape shape = {};

	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_input_string(&parser, (const unsigned char *)data, size);
	for (bool is_end = false; !is_end;) {
		yaml_token_t token;
		const char *problem;
		size_t line;

		if (!yaml_parser_scan(&parser, &token))
			return fail_parse(&parser, path, ret_reason);
		problem = add_token(&shape, &token);
		line = token.start_mark.line + 1;
		is_end = token.type == YAML_STREAM_END_TOKEN || token.type == YAML_NO_TOKEN;
		token_wipe(&token);
		if (problem)
			return reason_set(ret_reason, EBADMSG, "kubeconfig",
			        "%s:%zu: not a kubeconfig: %s", path, line, problem);
	}
	return 0;
}

static int load(const char *data, size_t size, const char *path, struct yaml_tree *ret,
        struct reason *ret_reason)
{
	_cleanup_(parser_wipe) yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_input_string(&parser, (const unsigned char *)data, size);
	if (!yaml_parser_load(&parser, &ret->document))
		return fail_parse(&parser, path, ret_reason);
	ret->is_loaded = true;
	return 0;
}

int yaml_tree_parse(const char *data, size_t size, const char *path, struct yaml_tree *ret,
        struct reason *ret_reason)
{
	int r = check_shape(data, size, path, ret_reason);

	return r < 0 ? r : load(data, size, path, ret, ret_reason);
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

/* Adds to the work. Returns false if that exceeds the limit. */
static bool spend(struct yaml_tree *t, size_t work)
{
	if (yaml_tree_is_exhausted(t))
		return false;
	t->work += work;
	return !yaml_tree_is_exhausted(t);
}

static size_t cost(const yaml_node_t *node)
{
	return node && node->type == YAML_SCALAR_NODE ? node->data.scalar.length + 1 : 1;
}

bool yaml_tree_is_exhausted(const struct yaml_tree *t)
{
	return t->work > MAX_WORK;
}

yaml_node_t *yaml_tree_get(struct yaml_tree *t, yaml_node_t *mapping, const char *key)
{
	if (!mapping || mapping->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = mapping->data.mapping.pairs.start;
	        p < mapping->data.mapping.pairs.top && spend(t, 1); p++) {
		const char *name = yaml_tree_text(yaml_document_get_node(&t->document, p->key));
		yaml_node_t *value;

		if (!name || strcmp(name, key) != 0)
			continue;
		value = yaml_document_get_node(&t->document, p->value);
		return is_null(value) || !spend(t, cost(value)) ? NULL : value;
	}
	return NULL;
}

size_t yaml_tree_size(const yaml_node_t *mapping)
{
	if (!mapping || mapping->type != YAML_MAPPING_NODE)
		return 0;
	return (size_t)(mapping->data.mapping.pairs.top - mapping->data.mapping.pairs.start);
}

yaml_node_t *yaml_tree_pair(
        struct yaml_tree *t, yaml_node_t *mapping, size_t i, const char **ret_key)
{
	const yaml_node_pair_t *pair = &mapping->data.mapping.pairs.start[i];
	yaml_node_t *key = yaml_document_get_node(&t->document, pair->key);
	yaml_node_t *value = yaml_document_get_node(&t->document, pair->value);
	bool is_allowed = spend(t, cost(key) + cost(value));

	*ret_key = is_allowed ? yaml_tree_text(key) : NULL;
	return is_allowed ? value : NULL;
}

size_t yaml_tree_length(const yaml_node_t *sequence)
{
	if (!sequence || sequence->type != YAML_SEQUENCE_NODE)
		return 0;
	return (size_t)(sequence->data.sequence.items.top - sequence->data.sequence.items.start);
}

yaml_node_t *yaml_tree_item(struct yaml_tree *t, yaml_node_t *sequence, size_t i)
{
	yaml_node_t *item =
	        yaml_document_get_node(&t->document, sequence->data.sequence.items.start[i]);

	return spend(t, cost(item)) ? item : NULL;
}

const char *yaml_tree_string(struct yaml_tree *t, yaml_node_t *mapping, const char *key)
{
	return yaml_tree_text(yaml_tree_get(t, mapping, key));
}

/* The words of YAML 1.1, which kubectl's parser also accepts. */
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
