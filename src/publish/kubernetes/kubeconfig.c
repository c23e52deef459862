/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kubeconfig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

const struct kubeconfig_cluster *kubeconfig_find_cluster(
        const struct kubeconfig *config, const char *name)
{
	for (size_t i = 0; i < config->n_clusters; i++)
		if (strcmp(config->clusters[i].name, name) == 0)
			return &config->clusters[i];
	return NULL;
}

const struct kubeconfig_user *kubeconfig_find_user(
        const struct kubeconfig *config, const char *name)
{
	for (size_t i = 0; i < config->n_users; i++)
		if (strcmp(config->users[i].name, name) == 0)
			return &config->users[i];
	return NULL;
}

const struct kubeconfig_context *kubeconfig_find_context(
        const struct kubeconfig *config, const char *name)
{
	for (size_t i = 0; i < config->n_contexts; i++)
		if (strcmp(config->contexts[i].name, name) == 0)
			return &config->contexts[i];
	return NULL;
}

/* Returns the names of some contexts, for messages. */
static char *list_contexts(const struct kubeconfig *config)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < config->n_contexts && strlen(text) < 200; i++) {
		_cleanup_(freep) char *before = text;

		text = xasprintf("%s%s%s", before, i > 0 ? ", " : "", config->contexts[i].name);
	}
	return text;
}

static int fail_without_context(
        const struct kubeconfig *config, const char *context, struct reason *ret_reason)
{
	_cleanup_(freep) char *known = list_contexts(config);

	if (!context)
		return reason_set(ret_reason, ENOENT, "kubeconfig",
		        "%s has no current-context; write 'context = NAME' in the section "
		        "(contexts: %s)",
		        config->origin, *known ? known : "none");
	return reason_set(ret_reason, ENOENT, "kubeconfig",
	        "%s has no context %s (contexts: %s); correct 'context' or current-context",
	        config->origin, context, *known ? known : "none");
}

int kubeconfig_select(const struct kubeconfig *config, const char *context,
        const struct kubeconfig_cluster **ret_cluster, const struct kubeconfig_user **ret_user,
        struct reason *ret_reason)
{
	const struct kubeconfig_context *c;
	const struct kubeconfig_cluster *cluster;
	const struct kubeconfig_user *user;

	context = context ? context : config->current_context;
	c = context ? kubeconfig_find_context(config, context) : NULL;
	if (!c)
		return fail_without_context(config, context, ret_reason);
	cluster = c->cluster ? kubeconfig_find_cluster(config, c->cluster) : NULL;
	user = c->user ? kubeconfig_find_user(config, c->user) : NULL;
	if (!cluster || !cluster->server)
		return reason_set(ret_reason, ENOENT, "kubeconfig",
		        "%s: the context %s names the cluster %s, which %s", config->origin,
		        c->name, c->cluster ? c->cluster : "''",
		        cluster ? "has no server" : "does not exist");
	if (c->user && !user)
		return reason_set(ret_reason, ENOENT, "kubeconfig",
		        "%s: the context %s names the user %s, which does not exist",
		        config->origin, c->name, c->user);
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
