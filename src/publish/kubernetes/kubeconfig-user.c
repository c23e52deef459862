/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kubeconfig-user.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

static int read_exec_args(
        struct kubeconfig_reader *r, yaml_node_t *node, struct kubeconfig_exec *exec)
{
	yaml_node_t *list = yaml_tree_get(&r->tree, node, "args");

	if (yaml_tree_length(list) > KUBECONFIG_MAX_ITEMS)
		return kubeconfig_fail(r, list, "too many args");
	for (size_t i = 0; i < yaml_tree_length(list); i++) {
		const char *text = yaml_tree_text(yaml_tree_item(&r->tree, list, i));

		if (!text)
			return kubeconfig_fail(r, list, "one of args is not a string");
		*(char **)array_append(&exec->args, &exec->n_args, sizeof(char *)) = xstrdup(text);
	}
	return 0;
}

static int read_exec_environment(
        struct kubeconfig_reader *r, yaml_node_t *node, struct kubeconfig_exec *exec)
{
	yaml_node_t *list = yaml_tree_get(&r->tree, node, "env");

	if (yaml_tree_length(list) > KUBECONFIG_MAX_ITEMS)
		return kubeconfig_fail(r, list, "too many variables in env");
	for (size_t i = 0; i < yaml_tree_length(list); i++) {
		yaml_node_t *item = yaml_tree_item(&r->tree, list, i);
		const char *name = yaml_tree_string(&r->tree, item, "name");
		const char *value = yaml_tree_string(&r->tree, item, "value");

		if (!name || !*name || strchr(name, '='))
			return kubeconfig_fail(r, list, "one of env has no name");
		*(char **)array_append(&exec->environment, &exec->n_environment, sizeof(char *)) =
		        xasprintf("%s=%s", name, value ? value : "");
	}
	return 0;
}

static int read_exec(struct kubeconfig_reader *r, yaml_node_t *node, struct kubeconfig_user *u)
{
	const char *command = yaml_tree_string(&r->tree, node, "command");
	struct kubeconfig_exec *exec;
	int e;

	if (!node)
		return 0;
	if (!command || !*command)
		return kubeconfig_fail(r, node, "exec has no command");
	exec = u->exec = xcalloc(1, sizeof(*exec));
	exec->command =
	        strchr(command, '/') ? kubeconfig_absolute_path(r, command) : xstrdup(command);
	exec->api_version = kubeconfig_copy(r, node, "apiVersion");
	exec->interactive_mode = kubeconfig_copy(r, node, "interactiveMode");
	exec->install_hint = kubeconfig_copy(r, node, "installHint");
	exec->wants_cluster = yaml_tree_flag(&r->tree, node, "provideClusterInfo");
	e = read_exec_args(r, node, exec);
	return e < 0 ? e : read_exec_environment(r, node, exec);
}

/*
 * Reads text for an HTTP header. what: its key, for messages. Returns 1, 0 if it is empty, or a
 * negative errno.
 */
static int read_name(
        const struct kubeconfig_reader *r, yaml_node_t *node, const char *what, const char **ret)
{
	const char *text = yaml_tree_text(node);

	if (!text)
		return kubeconfig_fail(r, node, "%s is not a string", what);
	if (text_has_control(text, strlen(text)))
		return kubeconfig_fail(r, node, "%s has a control character", what);
	/* HTTP would trim it, into another name or none. */
	if (*text && (*text == ' ' || text[strlen(text) - 1] == ' '))
		return kubeconfig_fail(r, node, "%s begins or ends with a space", what);
	*ret = text;
	return *text != '\0';
}

static int copy_name(struct kubeconfig_reader *r, yaml_node_t *node, const char *key, char **ret)
{
	yaml_node_t *value = yaml_tree_get(&r->tree, node, key);
	const char *text;
	int e = value ? read_name(r, value, key, &text) : 0;

	if (e > 0)
		*ret = xstrdup(text);
	return e < 0 ? e : 0;
}

/* Reads a list of names and calls add for each. */
static int read_names(struct kubeconfig_reader *r, yaml_node_t *list, const char *key,
        void (*add)(struct kubeconfig_user *, const char *, const char *), const char *add_key,
        struct kubeconfig_user *u)
{
	_cleanup_(freep) char *what = xasprintf("one of %s", key);

	if (!list)
		return 0;
	if (list->type != YAML_SEQUENCE_NODE || yaml_tree_length(list) > KUBECONFIG_MAX_ITEMS)
		return kubeconfig_fail(
		        r, list, "%s is not a list of at most %d", key, KUBECONFIG_MAX_ITEMS);
	for (size_t i = 0; i < yaml_tree_length(list); i++) {
		yaml_node_t *item = yaml_tree_item(&r->tree, list, i);
		const char *name;
		int e = read_name(r, item ? item : list, what, &name);

		if (e == 0)
			return kubeconfig_fail(r, item, "%s is empty", what);
		if (e < 0)
			return e;
		if (u->n_as_groups + u->n_as_extra == KUBECONFIG_MAX_ITEMS)
			return kubeconfig_fail(
			        r, item, "as-groups and as-user-extra have too many values");
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

/* Reads {KEY: [VALUE, …], …}. */
static int read_extra(struct kubeconfig_reader *r, yaml_node_t *map, struct kubeconfig_user *u)
{
	static const char what[] = "as-user-extra";
	int e = 0;

	if (!map)
		return 0;
	if (map->type != YAML_MAPPING_NODE || yaml_tree_size(map) > KUBECONFIG_MAX_ITEMS)
		return kubeconfig_fail(r, map, "as-user-extra is not a map of lists");
	for (size_t i = 0; e == 0 && i < yaml_tree_size(map); i++) {
		const char *key;
		yaml_node_t *list = yaml_tree_pair(&r->tree, map, i, &key);

		if (!list || !key || !*key)
			return kubeconfig_fail(
			        r, map, "a key of as-user-extra is not a string, or has no list");
		e = read_names(r, list, what, add_extra, key, u);
	}
	return e;
}

/* As client-go does, refuses groups and the like without the name of the user to act as. */
static int read_impersonation(
        struct kubeconfig_reader *r, yaml_node_t *node, struct kubeconfig_user *u)
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
	return kubeconfig_fail(r, node,
	        "as-uid, as-groups or as-user-extra without 'as'; name the user to act as");
}

int kubeconfig_user_parse(struct kubeconfig_reader *r, yaml_node_t *node, struct kubeconfig_user *u)
{
	yaml_node_t *provider = yaml_tree_get(&r->tree, node, "auth-provider");
	int e;

	u->origin = xstrdup(r->path);
	u->certificate_file = kubeconfig_copy_path(r, node, "client-certificate");
	u->key_file = kubeconfig_copy_path(r, node, "client-key");
	kubeconfig_copy_secret(r, node, "token", &u->token);
	u->token_file = kubeconfig_copy_path(r, node, "tokenFile");
	u->username = kubeconfig_copy(r, node, "username");
	kubeconfig_copy_secret(r, node, "password", &u->password);
	if (provider)
		u->auth_provider = kubeconfig_copy(r, provider, "name");
	if (provider && !u->auth_provider)
		u->auth_provider = xstrdup("(without a name)");
	e = kubeconfig_copy_data(r, node, "client-certificate-data", &u->certificate);
	if (e == 0)
		e = kubeconfig_copy_data(r, node, "client-key-data", &u->key);
	if (e == 0)
		e = read_exec(r, yaml_tree_get(&r->tree, node, "exec"), u);
	return e < 0 ? e : read_impersonation(r, node, u);
}
