/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include <string.h>

#include "base/alloc.h"

bool config_is_empty(const struct config *c)
{
	return c->n_users == 0 && c->n_sinks == 0;
}

const char *config_sink_kind_name(enum config_sink_kind kind)
{
	static const char *const names[] = {
	        [SINK_KUBERNETES] = "kubernetes",
	        [SINK_RANCHER] = "rancher",
	};

	_Static_assert(ARRAY_SIZE(names) == SINK_KINDS, "a row for each kind");

	return names[kind];
}

const struct config_sink *config_find_sink(
        const struct config *config, const char *kind, const char *name)
{
	for (size_t i = 0; i < config->n_sinks; i++) {
		const struct config_sink *sink = &config->sinks[i];

		if (strcmp(config_sink_kind_name(sink->kind), kind) == 0 &&
		        strcmp(sink->name, name) == 0)
			return sink;
	}
	return NULL;
}

bool config_has_sink(const struct config *config, enum config_sink_kind kind)
{
	for (size_t i = 0; i < config->n_sinks; i++)
		if (config->sinks[i].kind == kind)
			return true;
	return false;
}

const char *config_identity_get(const struct config_identity *identity, const char *key)
{
	for (size_t i = 0; i < identity->n_settings; i++)
		if (strcmp(identity->settings[i].key, key) == 0)
			return identity->settings[i].value;
	return NULL;
}

static int compare_settings(const void *a, const void *b)
{
	const struct config_setting *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

char *config_identity_text(const struct config_identity *identity)
{
	_cleanup_(freep) const struct config_setting **sorted =
	        xcalloc(identity->n_settings + 1, sizeof(*sorted));
	char *text = xstrdup("");

	for (size_t i = 0; i < identity->n_settings; i++)
		sorted[i] = &identity->settings[i];
	qsort(sorted, identity->n_settings, sizeof(*sorted), compare_settings);
	for (size_t i = 0; i < identity->n_settings; i++) {
		_cleanup_(freep) char *before = text;

		text = xasprintf("%s%s=%s\n", before, sorted[i]->key, sorted[i]->value);
	}
	return text;
}

static void identity_done(struct config_identity *identity)
{
	for (size_t i = 0; i < identity->n_settings; i++) {
		free(identity->settings[i].key);
		free(identity->settings[i].value);
	}
	free(identity->settings);
	free(identity->name);
}

static void strings_done(char **strings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(strings[i]);
	free(strings);
}

static void user_done(struct config_user *user)
{
	strings_done(user->files, user->n_files);
	free(user->entries);
	free(user->name);
}

static void pairs_done(struct config_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(pairs[i].key);
		free(pairs[i].value);
	}
	free(pairs);
}

static void kubernetes_done(struct config_kubernetes *k)
{
	free(k->kubeconfig);
	free(k->context);
	free(k->secret);
	free(k->namespace_selector);
	strings_done(k->namespaces, k->n_namespaces);
	strings_done(k->service_accounts, k->n_service_accounts);
	pairs_done(k->labels, k->n_labels);
	pairs_done(k->annotations, k->n_annotations);
}

static void rancher_done(struct config_rancher *r)
{
	free(r->url);
	free(r->access_key_file);
	free(r->secret_key_file);
	free(r->token_file);
	free(r->ca_bundle);
	free(r->secret);
	strings_done(r->projects, r->n_projects);
}

void config_sink_done(struct config_sink *sink)
{
	switch (sink->kind) {
	case SINK_KUBERNETES:
		kubernetes_done(&sink->kubernetes);
		break;
	case SINK_RANCHER:
		rancher_done(&sink->rancher);
		break;
	case SINK_KINDS:
		break;
	}
	free(sink->name);
	free(sink->entries);
}

void config_done(struct config *c)
{
	for (size_t i = 0; i < c->n_identities; i++)
		identity_done(&c->identities[i]);
	for (size_t i = 0; i < c->n_users; i++)
		user_done(&c->users[i]);
	for (size_t i = 0; i < c->n_sinks; i++)
		config_sink_done(&c->sinks[i]);
	free(c->identities);
	free(c->registries);
	free(c->users);
	free(c->sinks);
	free(c->metrics_file);
	*c = (struct config){};
}
