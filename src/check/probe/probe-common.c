/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a probe share. The user controls the files and the environment. */
#include "check/probe/probe-common.h"

#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"

struct client_file *probe_find_file(const struct probe *x, const char *path)
{
	for (size_t i = 0; i < x->n_files; i++)
		if (client_file_is(&x->files[i], path))
			return &x->files[i];
	return NULL;
}

static bool is_ecr_auth(const struct secret *auth)
{
	_secret_ struct secret text = {};

	return base64_decode(secret_string(auth), auth->size, &text) == 0 &&
	       strncmp(secret_string(&text), "AWS:", 4) == 0;
}

bool probe_host_accepts(const struct probe_host *host, const struct client_entry *e)
{
	if (e->has_identity_token)
		return false;
	return host->auth ? secret_equal(&e->auth, host->auth) : is_ecr_auth(&e->auth);
}

/* Reports whether we have written this auth to that file before. */
static bool is_ours(const struct probe *x, const struct client_file *f,
        const struct client_entry *e, const char *host)
{
	const struct written_file *r =
	        x->request->record && f->file
	                ? written_find(x->request->record, x->request->user, f->file)
	                : NULL;
	uint64_t hash = written_hash(secret_string(&e->auth), e->auth.size);

	for (size_t i = 0; r && i < r->n_entries; i++)
		if (strcmp(r->entries[i].host, host) == 0 && r->entries[i].hash == hash)
			return true;
	return false;
}

bool probe_entry(struct probe *x, const struct client_file *f, const struct probe_host *host)
{
	const struct client_entry *e = client_config_entry(&f->config, host->host);
	unsigned clients = client_file_clients(f);
	enum fact_kind kind;

	if (e && probe_host_accepts(host, e))
		return true;
	if (!e || (e->auth.size == 0 && !e->has_identity_token))
		kind = FACT_ENTRY_MISSING;
	else if (e->has_identity_token)
		kind = FACT_IDENTITY_TOKEN;
	else
		kind = is_ours(x, f, e, host->host) ? FACT_ENTRY_OLD : FACT_ENTRY_FOREIGN;
	facts_add(x->facts, kind, clients, f->path, host->host, NULL);
	return false;
}

void probe_add_helper_fact(struct probe *x, const char *path, const char *host, unsigned client,
        const struct lookup *l)
{
	if (!*l->helper)
		facts_add(x->facts, FACT_HELPER_EMPTY, client, path, host, NULL);
	else if (!helper_is_installed(x->environment, l->helper))
		facts_add(x->facts, FACT_HELPER_MISSING, client, path, NULL, l->helper);
	else if (l->is_our_helper)
		facts_add(x->facts, FACT_BY_HELPER, client, path, NULL, l->helper);
	else if (l->result == LOOKUP_STORE)
		facts_add(x->facts, FACT_STORE, client, path, NULL, l->helper);
	else
		facts_add(x->facts, FACT_HELPER, client, path, host, l->helper);
}

void probe_add_environment_fact(struct probe *x)
{
	const struct client_environment *e = x->environment;
	char text[384];

	if (!x->request->is_own_environment)
		return;
	snprintf(text, sizeof(text), "%s%s%s", e->docker_config ? "DOCKER_CONFIG " : "",
	        e->registry_auth_file ? "REGISTRY_AUTH_FILE " : "",
	        e->xdg_config_home ? "XDG_CONFIG_HOME " : "");
	facts_add(x->facts, FACT_ENVIRONMENT, 0, NULL, NULL, text);
}
