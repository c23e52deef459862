/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kubeconfig-parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "publish/kubernetes/kubeconfig-reader.h"
#include "publish/kubernetes/kubeconfig-user.h"

static int add_cluster(
        struct kubeconfig_reader *r, yaml_node_t *node, const char *name, struct kubeconfig *config)
{
	struct kubeconfig_cluster *c;

	if (kubeconfig_find_cluster(config, name))
		return 0;
	c = array_append(&config->clusters, &config->n_clusters, sizeof(*c));
	c->name = xstrdup(name);
	c->origin = xstrdup(r->path);
	c->server = kubeconfig_copy(r, node, "server");
	c->ca_file = kubeconfig_copy_path(r, node, "certificate-authority");
	c->tls_server_name = kubeconfig_copy(r, node, "tls-server-name");
	c->proxy_url = kubeconfig_copy(r, node, "proxy-url");
	c->is_insecure = yaml_tree_flag(&r->tree, node, "insecure-skip-tls-verify");
	return kubeconfig_copy_data(r, node, "certificate-authority-data", &c->ca);
}

static int add_user(
        struct kubeconfig_reader *r, yaml_node_t *node, const char *name, struct kubeconfig *config)
{
	struct kubeconfig_user *u;

	if (kubeconfig_find_user(config, name))
		return 0;
	u = array_append(&config->users, &config->n_users, sizeof(*u));
	u->name = xstrdup(name);
	return kubeconfig_user_parse(r, node, u);
}

static int add_context(
        struct kubeconfig_reader *r, yaml_node_t *node, const char *name, struct kubeconfig *config)
{
	struct kubeconfig_context *c;

	if (kubeconfig_find_context(config, name))
		return 0;
	c = array_append(&config->contexts, &config->n_contexts, sizeof(*c));
	c->name = xstrdup(name);
	c->cluster = kubeconfig_copy(r, node, "cluster");
	c->user = kubeconfig_copy(r, node, "user");
	return 0;
}

/* Parses a list of {name: NAME, KEY: …}. */
static int read_list(struct kubeconfig_reader *r, const char *list_key, const char *key,
        struct kubeconfig *config,
        int (*add)(struct kubeconfig_reader *, yaml_node_t *, const char *, struct kubeconfig *))
{
	yaml_node_t *list = yaml_tree_get(&r->tree, yaml_tree_root(&r->tree), list_key);

	if (list &&
	        (list->type != YAML_SEQUENCE_NODE || yaml_tree_length(list) > KUBECONFIG_MAX_ITEMS))
		return kubeconfig_fail(
		        r, list, "%s is not a list of up to %d", list_key, KUBECONFIG_MAX_ITEMS);
	for (size_t i = 0; i < yaml_tree_length(list); i++) {
		yaml_node_t *item = yaml_tree_item(&r->tree, list, i);
		const char *name = yaml_tree_string(&r->tree, item, "name");
		yaml_node_t *value = yaml_tree_get(&r->tree, item, key);
		int e;

		if (!name || (value && value->type != YAML_MAPPING_NODE))
			return kubeconfig_fail(r, item ? item : list,
			        "one of %s is not a name and a %s", list_key, key);
		e = add(r, value, name, config);
		if (e < 0)
			return e;
	}
	return 0;
}

static void add_origin(struct kubeconfig *config, const char *path)
{
	_cleanup_(freep) char *before = config->origin;

	config->origin = before ? xasprintf("%s, %s", before, path) : xstrdup(path);
}

static int read_root(struct kubeconfig_reader *r, struct kubeconfig *config)
{
	yaml_node_t *root = yaml_tree_root(&r->tree);
	const char *kind = yaml_tree_string(&r->tree, root, "kind");
	int e;

	if (root && root->type != YAML_MAPPING_NODE)
		return kubeconfig_fail(
		        r, root, "not a kubeconfig: expected clusters, users and contexts");
	if (kind && *kind && strcmp(kind, "Config") != 0)
		return kubeconfig_fail(r, root, "not a kubeconfig: its kind is not Config");
	add_origin(config, r->path);
	e = read_list(r, "clusters", "cluster", config, add_cluster);
	if (e == 0)
		e = read_list(r, "users", "user", config, add_user);
	if (e == 0)
		e = read_list(r, "contexts", "context", config, add_context);
	if (!config->current_context)
		config->current_context = kubeconfig_copy(r, root, "current-context");
	return e;
}

int kubeconfig_parse(const char *data, size_t size, const char *path, struct kubeconfig *config,
        struct reason *ret_reason)
{
	struct kubeconfig_reader r = {.path = path, .reason = ret_reason};
	int e = yaml_tree_parse(data, size, path, &r.tree, ret_reason);

	if (e == 0)
		e = read_root(&r, config);
	if (yaml_tree_is_exhausted(&r.tree))
		e = kubeconfig_fail(&r, NULL, "aliases repeat its contents too often");
	yaml_tree_done(&r.tree);
	return e;
}
