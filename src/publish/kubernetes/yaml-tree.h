/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A YAML document to look things up in. Nothing here follows an alias more than once for a step
 * of the caller, so that a document that contains itself ends with the caller's steps; and what all
 * steps together look at is bounded, so that a small document cannot be a huge one by its aliases.
 */

#include <yaml.h>

#include "base/reason.h"
#include "base/secret.h"

struct yaml_tree {
	yaml_document_t document;
	bool is_loaded;
	size_t work; /* pairs looked at, and bytes handed out */
};

/* One document; path is for messages ("PATH:LINE: …"). Returns 0, or -EBADMSG with a reason. */
int yaml_tree_parse(const char *data, size_t size, const char *path, struct yaml_tree *ret,
        struct reason *ret_reason);

/* NULL for an empty document. */
yaml_node_t *yaml_tree_root(struct yaml_tree *t);

/* The value of a key of a mapping; NULL where there is none, it is null, or it is no mapping. */
yaml_node_t *yaml_tree_get(struct yaml_tree *t, yaml_node_t *mapping, const char *key);

/* How many pairs a mapping has, 0 if it is none; the value of one, and its key: NULL if no text. */
size_t yaml_tree_size(const yaml_node_t *mapping);
yaml_node_t *yaml_tree_pair(
        struct yaml_tree *t, yaml_node_t *mapping, size_t i, const char **ret_key);

/* How many a sequence has, 0 where it is none; and one of them. */
size_t yaml_tree_length(const yaml_node_t *sequence);
yaml_node_t *yaml_tree_item(struct yaml_tree *t, yaml_node_t *sequence, size_t i);

/* A scalar's text without embedded NUL; NULL where it is none. */
const char *yaml_tree_text(const yaml_node_t *node);

/* The two in one; NULL. */
const char *yaml_tree_string(struct yaml_tree *t, yaml_node_t *mapping, const char *key);
bool yaml_tree_flag(struct yaml_tree *t, yaml_node_t *mapping, const char *key);

/* Whether more was asked for than there may be: what came last was NULL for that. */
bool yaml_tree_is_exhausted(const struct yaml_tree *t);

/* Its line, from 1. */
unsigned yaml_tree_line(const yaml_node_t *node);

/* Overwrites what it held. */
void yaml_tree_done(struct yaml_tree *t);
