/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A kubeconfig that is being parsed, and how to read single values of it. */

#include "base/reason.h"
#include "base/secret.h"
#include "publish/kubernetes/yaml-tree.h"

#define KUBECONFIG_MAX_ITEMS 1000 /* of each list */

struct kubeconfig_reader {
	struct yaml_tree tree;
	const char *path; /* absolute */
	struct reason *reason;
};

/* Sets the reason "PATH:LINE: …" and returns -EBADMSG. node may be NULL: line 1. */
int kubeconfig_fail(const struct kubeconfig_reader *r, const yaml_node_t *node, const char *format,
        ...) _printf_(3, 4);

/* Returns a copy of a mapping's string, or NULL if it is missing or empty. */
char *kubeconfig_copy(struct kubeconfig_reader *r, yaml_node_t *node, const char *key);

/* Returns a copy of a path, which may be relative to the directory of the kubeconfig. */
char *kubeconfig_absolute_path(const struct kubeconfig_reader *r, const char *path);

/* Returns a copy of a mapping's path, made absolute; or NULL if it is missing or empty. */
char *kubeconfig_copy_path(struct kubeconfig_reader *r, yaml_node_t *node, const char *key);

/* Copies a string, if there is one. */
void kubeconfig_copy_secret(
        struct kubeconfig_reader *r, yaml_node_t *node, const char *key, struct secret *ret);

/* Decodes KEY-data: base64, perhaps on several lines. Returns 0 or as kubeconfig_fail(). */
int kubeconfig_copy_data(
        struct kubeconfig_reader *r, yaml_node_t *node, const char *key, struct secret *ret);
