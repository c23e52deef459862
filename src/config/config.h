/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * /etc/ecr-refresher.ini as a structure. The administrator controls it: what is wrong is an error
 * with its line, and nothing of a wrong file is applied.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/registry-host.h"

#define CONFIG_MAX_SIZE (1024 * 1024)
#define CONFIG_DEFAULT_SECRET "ecr-refresher" /* the name of a Secret of ours */

/* One key of an [aws] section, in the words of an AWS profile. */
struct config_setting {
	char *key;
	char *value;
	unsigned line;
};

/* [aws] or [aws NAME]. The nameless one always exists, at index 0 of the configuration. */
struct config_identity {
	char *name;    /* "" for [aws] */
	unsigned line; /* 0 where the file does not mention it */
	struct config_setting *settings;
	size_t n_settings;
};

/* [registry HOST] */
struct config_registry {
	struct registry_host host;
	size_t identity; /* index of the identity this host uses */
	unsigned line;
};

/* One word of `registries =`. */
struct config_entry {
	bool is_auto;              /* "auto": the registry of the identity's own account */
	struct registry_host host; /* where it is not "auto" */
	size_t identity;
};

/* [user NAME] */
struct config_user {
	char *name;
	unsigned line;
	struct config_entry *entries;
	size_t n_entries;
	char **files; /* as written, "~/…" or absolute; never empty */
	size_t n_files;
};

/* KEY=VALUE of `labels` and `annotations`. */
struct config_pair {
	char *key;
	char *value;
};

/* [kubernetes NAME]: Secrets in the namespaces of one cluster. */
struct config_kubernetes {
	char *kubeconfig; /* a file, "~/…" too, a systemd credential's NAME, "in-cluster"; NULL: the
	                     usual places */
	char *context;    /* NULL: the kubeconfig's current one */
	char *secret;     /* the Secret's name */
	char **namespaces; /* names, globs, "!" in front of what is left out */
	size_t n_namespaces;
	char *namespace_selector; /* a label selector, or NULL */
	char **service_accounts;
	size_t n_service_accounts;
	struct config_pair *labels;
	size_t n_labels;
	struct config_pair *annotations;
	size_t n_annotations;
};

/* [rancher NAME]. Of the keys it has only the places: files, or names of systemd credentials. */
struct config_rancher {
	char *url; /* NULL: CATTLE_URL */
	char *access_key_file;
	char *secret_key_file;
	char *token_file;
	char *ca_bundle;
	char *secret; /* the name of our object in Rancher 2 */
	bool create;
	char **projects; /* environments of Rancher 1: names or ids; in Rancher 2
	                    CLUSTER:PROJECT, or CLUSTER:PROJECT/NAMESPACE */
	size_t n_projects;
};

/* The kinds of section that name a place which keeps a copy of the tokens. */
enum config_sink_kind { SINK_KUBERNETES, SINK_RANCHER, SINK_KINDS };

/* One such section. */
struct config_sink {
	enum config_sink_kind kind;
	char *name;
	unsigned line; /* 0: the environment asks for it */
	struct config_entry *entries;
	size_t n_entries;
	union {
		struct config_kubernetes kubernetes;
		struct config_rancher rancher;
	};
};

struct config {
	/* No ini exists, perhaps for a moment only: what was written before is kept as it is. */
	bool is_absent;
	unsigned renew_at; /* per mille of a token's life */
	uint64_t timeout_usec;
	char *metrics_file; /* or NULL */
	struct config_identity *identities;
	size_t n_identities;
	struct config_registry *registries;
	size_t n_registries;
	struct config_user *users;
	size_t n_users;
	struct config_sink *sinks; /* a kind after the other */
	size_t n_sinks;
};

/* Whether there is nobody to be served: no user, no cluster. */
bool config_is_empty(const struct config *config);

/* The value of a key of an identity, or NULL. */
const char *config_identity_get(const struct config_identity *identity, const char *key);

/* Its settings as text, the same for the same settings: tells whether a section was changed. */
char *config_identity_text(const struct config_identity *identity);

/* Returns what the section of a sink is called: "kubernetes". */
const char *config_sink_kind_name(enum config_sink_kind kind);

/* Returns the sink of this kind and name, or NULL. */
const struct config_sink *config_find_sink(
        const struct config *config, const char *kind, const char *name);

/* Reports whether any sink is of this kind. */
bool config_has_sink(const struct config *config, enum config_sink_kind kind);

/* Frees what a sink holds. */
void config_sink_done(struct config_sink *sink);

void config_done(struct config *c);
