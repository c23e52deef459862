/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * /etc/ecr-refresher.ini as a structure. The administrator controls it: each error names its line,
 * and nothing of a wrong file is applied.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/registry-host.h"

#define CONFIG_MAX_SIZE (1024 * 1024)
#define CONFIG_DEFAULT_SECRET "ecr-refresher" /* the name of our Secret */

/* One key of an [aws] section, in the words of an AWS profile. */
struct config_setting {
	char *key;
	char *value;
	unsigned line;
};

/* [aws] or [aws NAME]. The nameless one always exists, at index 0 of the configuration. */
struct config_identity {
	char *name;    /* "" for [aws] */
	unsigned line; /* 0 if the file omits it */
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
	struct registry_host host; /* if it is not "auto" */
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
	char **namespaces; /* names, globs; "!" excludes */
	size_t n_namespaces;
	char *namespace_selector; /* a label selector, or NULL */
	char **service_accounts;
	size_t n_service_accounts;
	struct config_pair *labels;
	size_t n_labels;
	struct config_pair *annotations;
	size_t n_annotations;
};

/* [rancher NAME]. Rancher's keys are in files or systemd credentials, named here. */
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

/* A sink is a place that keeps a copy of the tokens; each kind has its section. */
enum config_sink_kind { SINK_KUBERNETES, SINK_RANCHER, SINK_KINDS };

/* One section that names a sink. */
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
	/* No ini exists, perhaps only for a moment: earlier entries are kept as they are. */
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
	struct config_sink *sinks; /* grouped by kind */
	size_t n_sinks;
};

/* Reports whether nothing is served: no user and no sink. */
bool config_is_empty(const struct config *config);

/* Returns the value of an identity's key, or NULL. */
const char *config_identity_get(const struct config_identity *identity, const char *key);

/*
 * Formats an identity's settings as text, equal for equal settings, to notice a changed section.
 * The caller frees it.
 */
char *config_identity_text(const struct config_identity *identity);

/* Returns the word for a kind in section heads, records and messages: "kubernetes". */
const char *config_sink_kind_name(enum config_sink_kind kind);

/* Returns the sink of this kind and name, or NULL. */
const struct config_sink *config_find_sink(
        const struct config *config, const char *kind, const char *name);

/* Reports whether any sink is of this kind. */
bool config_has_sink(const struct config *config, enum config_sink_kind kind);

/* Frees what a sink holds. */
void config_sink_done(struct config_sink *sink);

void config_done(struct config *c);
