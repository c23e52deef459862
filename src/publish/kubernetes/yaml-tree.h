/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Access to a YAML document. Each call follows at most one alias, so a document that contains
 * itself ends when the caller stops. The work of all calls together is bounded, because aliases can
 * make a small document huge.
 */

#include <yaml.h>

#include "base/reason.h"
#include "base/secret.h"

struct yaml_tree {
	yaml_document_t document;
	bool is_loaded;
	size_t work; /* pairs searched, and bytes returned */
};

/* Parses one document; path is for messages ("PATH:LINE: …"). Returns 0, or -EBADMSG with a reason.
 */
int yaml_tree_parse(const char *data, size_t size, const char *path, struct yaml_tree *ret,
        struct reason *ret_reason);

/* Returns the root; NULL if the document is empty. */
yaml_node_t *yaml_tree_root(struct yaml_tree *t);

/* Returns the value of a key of a mapping; NULL if it is missing or null, or this is not a mapping.
 */
yaml_node_t *yaml_tree_get(struct yaml_tree *t, yaml_node_t *mapping, const char *key);

/* Returns the number of pairs of a mapping, 0 if it is not one. */
size_t yaml_tree_size(const yaml_node_t *mapping);

/* Returns the value of a pair, and its key: NULL if that is not text. */
yaml_node_t *yaml_tree_pair(
        struct yaml_tree *t, yaml_node_t *mapping, size_t i, const char **ret_key);

/* Returns the number of items of a sequence, 0 if it is not one; and one item. */
size_t yaml_tree_length(const yaml_node_t *sequence);
yaml_node_t *yaml_tree_item(struct yaml_tree *t, yaml_node_t *sequence, size_t i);

/* Returns a scalar's text; NULL if it is not a scalar or has an embedded NUL. */
const char *yaml_tree_text(const yaml_node_t *node);

/* Return the text of a key of a mapping, or NULL; and whether it is true. */
const char *yaml_tree_string(struct yaml_tree *t, yaml_node_t *mapping, const char *key);
bool yaml_tree_flag(struct yaml_tree *t, yaml_node_t *mapping, const char *key);

/* Reports whether the limit of the work was reached: from then on all results are NULL. */
bool yaml_tree_is_exhausted(const struct yaml_tree *t);

/* Returns the line of a node, from 1. */
unsigned yaml_tree_line(const yaml_node_t *node);

/* Overwrites and frees it. */
void yaml_tree_done(struct yaml_tree *t);
