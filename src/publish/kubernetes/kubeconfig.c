/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kubeconfig.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/text.h"
#include "publish/kubernetes/yaml-tree.h"

#define MAX_ITEMS 1000 /* of each list */

/* One file being read. */
struct reader {
	struct yaml_tree tree;
	const char *path;
	struct reason *reason;
};

static int bad(const struct reader *r, const yaml_node_t *node, const char *what)
{
	return reason_set(r->reason, EBADMSG, "kubeconfig", "%s:%u: %s", r->path,
	        node ? yaml_tree_line(node) : 1, what);
}

static char *copy(struct reader *r, yaml_node_t *node, const char *key)
{
	const char *text = yaml_tree_string(&r->tree, node, key);

	return text && *text ? xstrdup(text) : NULL;
}

/* Relative to the directory of the kubeconfig. */
static char *absolute(const struct reader *r, const char *path)
{
	const char *slash = strrchr(r->path, '/');

	if (*path == '/' || !slash)
		return xstrdup(path);
	return xasprintf("%.*s/%s", (int)(slash - r->path), r->path, path);
}

static char *copy_path(struct reader *r, yaml_node_t *node, const char *key)
{
	const char *text = yaml_tree_string(&r->tree, node, key);

	return text && *text ? absolute(r, text) : NULL;
}

static void copy_secret(struct reader *r, yaml_node_t *node, const char *key, struct secret *ret)
{
	const char *text = yaml_tree_string(&r->tree, node, key);

	if (text)
		secret_set_string(ret, text);
}

/* KEY-data: base64, perhaps over several lines. */
static int copy_data(struct reader *r, yaml_node_t *node, const char *key, struct secret *ret)
{
	yaml_node_t *value = yaml_tree_get(&r->tree, node, key);
	const char *text = yaml_tree_text(value);
	_secret_ struct secret packed = {};
	_cleanup_(freep) char *message = NULL;

	for (; text && *text; text++)
		if (!strchr(" \t\r\n", *text))
			secret_append(&packed, text, 1);
	if (packed.size == 0 || base64_decode(packed.data, packed.size, ret) == 0)
		return 0;
	message = xasprintf("%s is not base64", key);
	return bad(r, value, message);
}

static int read_cluster(struct reader *r, yaml_node_t *node, struct kubeconfig_cluster *c)
{
	c->origin = xstrdup(r->path);
	c->server = copy(r, node, "server");
	c->ca_file = copy_path(r, node, "certificate-authority");
	c->tls_server_name = copy(r, node, "tls-server-name");
	c->proxy_url = copy(r, node, "proxy-url");
	c->is_insecure = yaml_tree_flag(&r->tree, node, "insecure-skip-tls-verify");
	return copy_data(r, node, "certificate-authority-data", &c->ca);
}

static int read_exec_args(struct reader *r, yaml_node_t *node, struct kubeconfig_exec *exec)
{
	yaml_node_t *list = yaml_tree_get(&r->tree, node, "args");

	if (yaml_tree_length(list) > MAX_ITEMS)
		return bad(r, list, "too many args");
	for (size_t i = 0; i < yaml_tree_length(list); i++) {
		const char *text = yaml_tree_text(yaml_tree_item(&r->tree, list, i));

		if (!text)
			return bad(r, list, "one of args is no string");
		*(char **)array_append(&exec->args, &exec->n_args, sizeof(char *)) = xstrdup(text);
	}
	return 0;
}

static int read_exec_environment(struct reader *r, yaml_node_t *node, struct kubeconfig_exec *exec)
{
	yaml_node_t *list = yaml_tree_get(&r->tree, node, "env");

	if (yaml_tree_length(list) > MAX_ITEMS)
		return bad(r, list, "too many variables in env");
	for (size_t i = 0; i < yaml_tree_length(list); i++) {
		yaml_node_t *item = yaml_tree_item(&r->tree, list, i);
		const char *name = yaml_tree_string(&r->tree, item, "name");
		const char *value = yaml_tree_string(&r->tree, item, "value");

		if (!name || !*name || strchr(name, '='))
			return bad(r, list, "one of env has no name");
		*(char **)array_append(&exec->environment, &exec->n_environment, sizeof(char *)) =
		        xasprintf("%s=%s", name, value ? value : "");
	}
	return 0;
}

static int read_exec(struct reader *r, yaml_node_t *node, struct kubeconfig_user *u)
{
	const char *command = yaml_tree_string(&r->tree, node, "command");
	struct kubeconfig_exec *exec;
	int e;

	if (!node)
		return 0;
	if (!command || !*command)
		return bad(r, node, "exec has no command");
	exec = u->exec = xcalloc(1, sizeof(*exec));
	exec->command = strchr(command, '/') ? absolute(r, command) : xstrdup(command);
	exec->api_version = copy(r, node, "apiVersion");
	exec->interactive_mode = copy(r, node, "interactiveMode");
	exec->install_hint = copy(r, node, "installHint");
	exec->wants_cluster = yaml_tree_flag(&r->tree, node, "provideClusterInfo");
	e = read_exec_args(r, node, exec);
	return e < 0 ? e : read_exec_environment(r, node, exec);
}

/*
 * Text for a header of HTTP. what is its key, for messages. Returns 1, 0 if it is empty, or a
 * negative errno.
 */
static int read_name(const struct reader *r, yaml_node_t *node, const char *what, const char **ret)
{
	_cleanup_(freep) char *message = NULL;
	const char *text = yaml_tree_text(node);

	if (!text) {
		message = xasprintf("%s is no string", what);
		return bad(r, node, message);
	}
	if (text_has_control(text, strlen(text))) {
		message = xasprintf("%s has a control character", what);
		return bad(r, node, message);
	}
	/* It would be trimmed on the way, into another name or none. */
	if (*text && (*text == ' ' || text[strlen(text) - 1] == ' ')) {
		message = xasprintf("%s begins or ends with a space", what);
		return bad(r, node, message);
	}
	*ret = text;
	return *text != '\0';
}

static int copy_name(struct reader *r, yaml_node_t *node, const char *key, char **ret)
{
	yaml_node_t *value = yaml_tree_get(&r->tree, node, key);
	const char *text;
	int e = value ? read_name(r, value, key, &text) : 0;

	if (e > 0)
		*ret = xstrdup(text);
	return e < 0 ? e : 0;
}

/* A list of names; add gets each of them. */
static int read_names(struct reader *r, yaml_node_t *list, const char *key,
        void (*add)(struct kubeconfig_user *, const char *, const char *), const char *add_key,
        struct kubeconfig_user *u)
{
	_cleanup_(freep) char *what = xasprintf("one of %s", key), *message = NULL;

	if (!list)
		return 0;
	if (list->type != YAML_SEQUENCE_NODE || yaml_tree_length(list) > MAX_ITEMS) {
		message = xasprintf("%s is no list of at most %d", key, MAX_ITEMS);
		return bad(r, list, message);
	}
	for (size_t i = 0; i < yaml_tree_length(list); i++) {
		yaml_node_t *item = yaml_tree_item(&r->tree, list, i);
		const char *name;
		int e = read_name(r, item ? item : list, what, &name);

		if (e == 0) {
			message = xasprintf("%s is empty", what);
			return bad(r, item, message);
		}
		if (e < 0)
			return e;
		if (u->n_as_groups + u->n_as_extra == MAX_ITEMS)
			return bad(r, item, "as-groups and as-user-extra have too many values");
		add(u, add_key, name);
	}
	return 0;
}

static void add_group(struct kubeconfig_user *u, const char *key, const char *name)
{
	*(char **)array_append(&u->as_groups, &u->n_as_groups, sizeof(char *)) = xstrdup(name);
}

static void add_extra(struct kubeconfig_user *u, const char *key, const char *name)
{
	struct kubeconfig_extra *e = array_append(&u->as_extra, &u->n_as_extra, sizeof(*e));

	e->key = xstrdup(key);
	e->value = xstrdup(name);
}

/* {KEY: [VALUE, …], …} */
static int read_extra(struct reader *r, yaml_node_t *map, struct kubeconfig_user *u)
{
	static const char what[] = "as-user-extra";
	int e = 0;

	if (!map)
		return 0;
	if (map->type != YAML_MAPPING_NODE || yaml_tree_size(map) > MAX_ITEMS)
		return bad(r, map, "as-user-extra is no map of lists");
	for (size_t i = 0; e == 0 && i < yaml_tree_size(map); i++) {
		const char *key;
		yaml_node_t *list = yaml_tree_pair(&r->tree, map, i, &key);

		if (!list || !key || !*key)
			return bad(r, map, "a key of as-user-extra is no string, or has no list");
		e = read_names(r, list, what, add_extra, key, u);
	}
	return e;
}

/* As client-go, refuses groups and the like without the name of the user to act as. */
static int read_impersonation(struct reader *r, yaml_node_t *node, struct kubeconfig_user *u)
{
	yaml_node_t *groups = yaml_tree_get(&r->tree, node, "as-groups");
	int e = copy_name(r, node, "as", &u->as);

	if (e == 0)
		e = copy_name(r, node, "as-uid", &u->as_uid);
	if (e == 0)
		e = read_names(r, groups, "as-groups", add_group, NULL, u);
	if (e == 0)
		e = read_extra(r, yaml_tree_get(&r->tree, node, "as-user-extra"), u);
	if (e < 0 || u->as || (!u->as_uid && u->n_as_groups == 0 && u->n_as_extra == 0))
		return e;
	return bad(r, node,
	        "as-uid, as-groups or as-user-extra without 'as'; name the user to act as");
}

static int read_user(struct reader *r, yaml_node_t *node, struct kubeconfig_user *u)
{
	yaml_node_t *provider = yaml_tree_get(&r->tree, node, "auth-provider");
	int e;

	u->origin = xstrdup(r->path);
	u->certificate_file = copy_path(r, node, "client-certificate");
	u->key_file = copy_path(r, node, "client-key");
	copy_secret(r, node, "token", &u->token);
	u->token_file = copy_path(r, node, "tokenFile");
	u->username = copy(r, node, "username");
	copy_secret(r, node, "password", &u->password);
	if (provider)
		u->auth_provider = copy(r, provider, "name");
	if (provider && !u->auth_provider)
		u->auth_provider = xstrdup("(without a name)");
	e = copy_data(r, node, "client-certificate-data", &u->certificate);
	if (e == 0)
		e = copy_data(r, node, "client-key-data", &u->key);
	if (e == 0)
		e = read_exec(r, yaml_tree_get(&r->tree, node, "exec"), u);
	return e < 0 ? e : read_impersonation(r, node, u);
}

static bool has_cluster(const struct kubeconfig *config, const char *name)
{
	for (size_t i = 0; i < config->n_clusters; i++)
		if (strcmp(config->clusters[i].name, name) == 0)
			return true;
	return false;
}

static bool has_user(const struct kubeconfig *config, const char *name)
{
	for (size_t i = 0; i < config->n_users; i++)
		if (strcmp(config->users[i].name, name) == 0)
			return true;
	return false;
}

static const struct kubeconfig_context *find_context(
        const struct kubeconfig *config, const char *name)
{
	for (size_t i = 0; i < config->n_contexts; i++)
		if (strcmp(config->contexts[i].name, name) == 0)
			return &config->contexts[i];
	return NULL;
}

static int add_cluster(
        struct reader *r, yaml_node_t *node, const char *name, struct kubeconfig *config)
{
	struct kubeconfig_cluster *c;

	if (has_cluster(config, name))
		return 0;
	c = array_append(&config->clusters, &config->n_clusters, sizeof(*c));
	c->name = xstrdup(name);
	return read_cluster(r, node, c);
}

static int add_user(
        struct reader *r, yaml_node_t *node, const char *name, struct kubeconfig *config)
{
	struct kubeconfig_user *u;

	if (has_user(config, name))
		return 0;
	u = array_append(&config->users, &config->n_users, sizeof(*u));
	u->name = xstrdup(name);
	return read_user(r, node, u);
}

static int add_context(
        struct reader *r, yaml_node_t *node, const char *name, struct kubeconfig *config)
{
	struct kubeconfig_context *c;

	if (find_context(config, name))
		return 0;
	c = array_append(&config->contexts, &config->n_contexts, sizeof(*c));
	c->name = xstrdup(name);
	c->cluster = copy(r, node, "cluster");
	c->user = copy(r, node, "user");
	return 0;
}

/* A list of {name: NAME, KEY: …}. */
static int read_list(struct reader *r, const char *list_key, const char *key,
        struct kubeconfig *config,
        int (*add)(struct reader *, yaml_node_t *, const char *, struct kubeconfig *))
{
	yaml_node_t *list = yaml_tree_get(&r->tree, yaml_tree_root(&r->tree), list_key);
	_cleanup_(freep) char *message = NULL;

	if (list && (list->type != YAML_SEQUENCE_NODE || yaml_tree_length(list) > MAX_ITEMS)) {
		message = xasprintf("%s is no list of up to %d", list_key, MAX_ITEMS);
		return bad(r, list, message);
	}
	for (size_t i = 0; i < yaml_tree_length(list); i++) {
		yaml_node_t *item = yaml_tree_item(&r->tree, list, i);
		const char *name = yaml_tree_string(&r->tree, item, "name");
		yaml_node_t *value = yaml_tree_get(&r->tree, item, key);
		int e;

		if (!name || (value && value->type != YAML_MAPPING_NODE)) {
			message = xasprintf("one of %s is not a name and a %s", list_key, key);
			return bad(r, item ? item : list, message);
		}
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

static int read_root(struct reader *r, struct kubeconfig *config)
{
	yaml_node_t *root = yaml_tree_root(&r->tree);
	const char *kind = yaml_tree_string(&r->tree, root, "kind");
	int e;

	if (root && root->type != YAML_MAPPING_NODE)
		return bad(r, root, "no kubeconfig: expected clusters, users and contexts");
	if (kind && *kind && strcmp(kind, "Config") != 0)
		return bad(r, root, "no kubeconfig: its kind is not Config");
	add_origin(config, r->path);
	e = read_list(r, "clusters", "cluster", config, add_cluster);
	if (e == 0)
		e = read_list(r, "users", "user", config, add_user);
	if (e == 0)
		e = read_list(r, "contexts", "context", config, add_context);
	if (!config->current_context)
		config->current_context = copy(r, root, "current-context");
	return e;
}

int kubeconfig_parse(const char *data, size_t size, const char *path, struct kubeconfig *config,
        struct reason *ret_reason)
{
	struct reader r = {.path = path, .reason = ret_reason};
	int e = yaml_tree_parse(data, size, path, &r.tree, ret_reason);

	if (e == 0)
		e = read_root(&r, config);
	if (yaml_tree_is_exhausted(&r.tree))
		e = bad(&r, NULL, "it says the same too often, by its aliases");
	yaml_tree_done(&r.tree);
	return e;
}

/* "one of a, b": what there is, for messages. */
static char *list_contexts(const struct kubeconfig *config)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < config->n_contexts && strlen(text) < 200; i++) {
		_cleanup_(freep) char *before = text;

		text = xasprintf("%s%s%s", before, i > 0 ? ", " : "", config->contexts[i].name);
	}
	return text;
}

static int no_context(
        const struct kubeconfig *config, const char *context, struct reason *ret_reason)
{
	_cleanup_(freep) char *known = list_contexts(config);

	if (!context)
		return reason_set(ret_reason, ENOENT, "kubeconfig",
		        "%s has no current-context; write 'context = NAME' into the section (%s%s)",
		        config->origin, *known ? "there is " : "there is none", known);
	return reason_set(ret_reason, ENOENT, "kubeconfig",
	        "%s has no context %s (%s%s); correct 'context' or current-context", config->origin,
	        context, *known ? "there is " : "there is none", known);
}

int kubeconfig_select(const struct kubeconfig *config, const char *context,
        const struct kubeconfig_cluster **ret_cluster, const struct kubeconfig_user **ret_user,
        struct reason *ret_reason)
{
	const struct kubeconfig_context *c;
	const struct kubeconfig_cluster *cluster = NULL;
	const struct kubeconfig_user *user = NULL;

	context = context ? context : config->current_context;
	c = context ? find_context(config, context) : NULL;
	if (!c)
		return no_context(config, context, ret_reason);
	for (size_t i = 0; c->cluster && i < config->n_clusters; i++)
		if (strcmp(config->clusters[i].name, c->cluster) == 0)
			cluster = &config->clusters[i];
	for (size_t i = 0; c->user && i < config->n_users; i++)
		if (strcmp(config->users[i].name, c->user) == 0)
			user = &config->users[i];
	if (!cluster || !cluster->server)
		return reason_set(ret_reason, ENOENT, "kubeconfig",
		        "%s: the context %s names the cluster %s, which %s", config->origin,
		        c->name, c->cluster ? c->cluster : "''",
		        cluster ? "has no server" : "is not there");
	if (c->user && !user)
		return reason_set(ret_reason, ENOENT, "kubeconfig",
		        "%s: the context %s names the user %s, who is not there", config->origin,
		        c->name, c->user);
	*ret_cluster = cluster;
	*ret_user = user;
	return 0;
}

static void strings_done(char **strings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		secret_free_string(strings[i]);
	free(strings);
}

static void exec_done(struct kubeconfig_exec *exec)
{
	if (!exec)
		return;
	free(exec->command);
	strings_done(exec->args, exec->n_args);
	strings_done(exec->environment, exec->n_environment);
	free(exec->api_version);
	free(exec->interactive_mode);
	free(exec->install_hint);
	free(exec);
}

static void cluster_done(struct kubeconfig_cluster *c)
{
	free(c->name);
	free(c->origin);
	free(c->server);
	free(c->ca_file);
	secret_done(&c->ca);
	free(c->tls_server_name);
	secret_free_string(c->proxy_url);
}

static void user_done(struct kubeconfig_user *u)
{
	free(u->name);
	free(u->origin);
	free(u->certificate_file);
	free(u->key_file);
	secret_done(&u->certificate);
	secret_done(&u->key);
	secret_done(&u->token);
	free(u->token_file);
	free(u->username);
	secret_done(&u->password);
	exec_done(u->exec);
	free(u->auth_provider);
	free(u->as);
	free(u->as_uid);
	strings_done(u->as_groups, u->n_as_groups);
	for (size_t i = 0; i < u->n_as_extra; i++) {
		free(u->as_extra[i].key);
		free(u->as_extra[i].value);
	}
	free(u->as_extra);
}

void kubeconfig_done(struct kubeconfig *config)
{
	for (size_t i = 0; i < config->n_clusters; i++)
		cluster_done(&config->clusters[i]);
	for (size_t i = 0; i < config->n_users; i++)
		user_done(&config->users[i]);
	for (size_t i = 0; i < config->n_contexts; i++) {
		free(config->contexts[i].name);
		free(config->contexts[i].cluster);
		free(config->contexts[i].user);
	}
	free(config->clusters);
	free(config->users);
	free(config->contexts);
	free(config->current_context);
	free(config->origin);
	free(config->exposed);
	*config = (struct kubeconfig){};
}
