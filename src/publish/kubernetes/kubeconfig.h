/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The contents of kubeconfig files ("Organizing Cluster Access Using kubeconfig Files" in
 * Kubernetes' docs, and client-go's api/v1 types), and the choice of a context. Who controls one
 * controls what we run (exec) and where tokens go: it is the administrator's, or the user's own.
 */

#include <stdbool.h>

#include "base/reason.h"
#include "base/secret.h"

struct kubeconfig_cluster {
	char *name;
	char *origin; /* the file, for messages */
	char *server;
	char *ca_file;
	struct secret ca; /* PEM; empty: none */
	char *tls_server_name;
	char *proxy_url;
	bool is_insecure;
};

struct kubeconfig_exec {
	char *command; /* an absolute path, or a bare name */
	char **args;
	size_t n_args;
	char **environment; /* NAME=VALUE each */
	size_t n_environment;
	char *api_version;
	char *interactive_mode;
	char *install_hint;
	bool wants_cluster;
};

/* One value of a key of as-user-extra. */
struct kubeconfig_extra {
	char *key, *value;
};

struct kubeconfig_user {
	char *name;
	char *origin;
	char *certificate_file, *key_file;
	struct secret certificate, key; /* PEM; empty: none */
	struct secret token;
	char *token_file;
	char *username;
	struct secret password;
	struct kubeconfig_exec *exec; /* or NULL */
	char *auth_provider;          /* its name; Kubernetes no longer supports any */
	/* Impersonation (client-go's Impersonate…): as is NULL if there is none. */
	char *as, *as_uid;
	char **as_groups;
	size_t n_as_groups;
	struct kubeconfig_extra *as_extra;
	size_t n_as_extra;
};

struct kubeconfig_context {
	char *name;
	char *cluster, *user; /* names */
};

/* Several files merged: the first entry with a name counts. */
struct kubeconfig {
	struct kubeconfig_cluster *clusters;
	size_t n_clusters;
	struct kubeconfig_user *users;
	size_t n_users;
	struct kubeconfig_context *contexts;
	size_t n_contexts;
	char *current_context; /* or NULL */
	char *origin;          /* the files, for messages */
	char *exposed;         /* one of them that every user can read or write, or NULL */
};

/* Return the entry with this name, or NULL. */
const struct kubeconfig_cluster *kubeconfig_find_cluster(
        const struct kubeconfig *config, const char *name);
const struct kubeconfig_user *kubeconfig_find_user(
        const struct kubeconfig *config, const char *name);
const struct kubeconfig_context *kubeconfig_find_context(
        const struct kubeconfig *config, const char *name);

/*
 * Finds the cluster and the user of a context; NULL: the current one. *ret_user is NULL if the
 * context has none. Returns 0, or -ENOENT with a reason.
 */
int kubeconfig_select(const struct kubeconfig *config, const char *context,
        const struct kubeconfig_cluster **ret_cluster, const struct kubeconfig_user **ret_user,
        struct reason *ret_reason);

void kubeconfig_done(struct kubeconfig *config);
