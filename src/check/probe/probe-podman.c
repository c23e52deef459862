/* SPDX-License-Identifier: Apache-2.0 */
/*
 * podman, buildah and skopeo, which read several files in order. The user controls the files and
 * the environment.
 */
#include "check/probe/probe-podman.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "check/clients/registries-conf.h"
#include "check/probe/probe-common.h"

/* Finds "host/repository" keys: podman does not pull their images with our entry. */
static void find_repository_keys(
        struct probe *x, const struct client_file *f, const struct probe_host *host)
{
	size_t n = strlen(host->host);

	for (size_t i = 0; i < f->config.n_entries; i++) {
		const struct client_entry *e = &f->config.entries[i];
		const char *key = secret_string(&e->key);

		if (strncmp(key, host->host, n) == 0 && key[n] == '/' && key[n + 1] &&
		        (e->auth.size > 0 || e->has_identity_token) && !probe_host_accepts(host, e))
			facts_add(x->facts, FACT_REPOSITORY_KEY, CLIENT_PODMAN, f->path, host->host,
			        key);
	}
}

/*
 * Follows podman through one file of its list. Returns 1 if it finds the entry, 0 if it continues
 * with the next file, -1 if it stops without the entry.
 */
static int probe_file(struct probe *x, const struct client_file *f, const struct probe_host *host)
{
	struct lookup l = podman_lookup(&f->config, host->host);

	find_repository_keys(x, f, host);
	if (l.result == LOOKUP_HELPER) {
		probe_add_helper_fact(x, f->path, host->host, CLIENT_PODMAN, &l);
		return -1;
	}
	if (l.result == LOOKUP_NOTHING)
		return 0;
	if (probe_host_accepts(host, l.entry))
		return 1;
	if (!f->file)
		facts_add(x->facts, FACT_SHADOWED, CLIENT_PODMAN, f->path, host->host, NULL);
	return -1; /* probe_entry() handles the entry of a configured file */
}

/* Returns the path in which podman finds the entry, or NULL. */
static const char *find_entry(
        struct probe *x, const struct client_file *chain, size_t n, const struct probe_host *host)
{
	for (size_t i = 0; i < n; i++) {
		int r = chain[i].error < 0 ? 0 : probe_file(x, &chain[i], host);

		if (chain[i].error < 0 && chain[i].error != -ENOENT)
			return NULL; /* podman fails on a file that it cannot read */
		if (r != 0)
			return r > 0 ? chain[i].path : NULL;
	}
	return NULL;
}

static void probe_chain(struct probe *x, const struct client_file *chain, size_t n)
{
	for (size_t i = 0; i < x->request->n_hosts; i++) {
		const char *found = find_entry(x, chain, n, &x->request->hosts[i]);

		if (!found)
			return;
		if (i + 1 == x->request->n_hosts)
			facts_add(x->facts, FACT_FOUND, CLIENT_PODMAN, found, NULL, NULL);
	}
}

/* Opens the files that podman reads. Returns how many of them are configured. */
static size_t open_chain(struct probe *x, char *const *paths, size_t n, struct client_file *chain)
{
	size_t configured = 0;

	for (size_t i = 0; i < n; i++) {
		struct client_file *same = probe_find_file(x, paths[i]);

		chain[i] = (struct client_file){
		        .path = xstrdup(paths[i]), .file = same ? same->file : NULL};
		client_file_open(&chain[i]);
		configured += same != NULL;
	}
	return configured;
}

/* Finds files that podman reads before ours and fails on. */
static void find_broken_files(struct probe *x, const struct client_file *chain, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (chain[i].error < 0 && chain[i].error != -ENOENT && !chain[i].file)
			facts_add(x->facts, FACT_SHADOW_BROKEN, CLIENT_PODMAN, chain[i].path, NULL,
			        chain[i].detail);
}

static bool is_in(const struct client_file *chain, size_t n, const struct client_file *f)
{
	for (size_t i = 0; i < n; i++)
		if (client_file_is(f, chain[i].path))
			return true;
	return false;
}

/* A configured file that podman does not read by default is for REGISTRY_AUTH_FILE. */
static void probe_other_files(struct probe *x, const struct client_file *chain, size_t n)
{
	for (size_t i = 0; i < x->n_files; i++)
		if (x->files[i].error == 0 && !is_in(chain, n, &x->files[i]))
			probe_chain(x, &x->files[i], 1);
}

/* Reports whether a variable leads podman to a file that is not ours, while the usual one is. */
static bool probe_environment(struct probe *x, const char *path)
{
	struct client_environment usual = *x->environment;
	char *paths[PODMAN_MAX_PATHS];
	bool is_hidden = false;
	size_t n;

	usual.registry_auth_file = usual.docker_config = NULL;
	n = podman_paths(&usual, paths);
	for (size_t i = 0; i < n; i++) {
		is_hidden |= probe_find_file(x, paths[i]) != NULL;
		free(paths[i]);
	}
	if (is_hidden)
		facts_add(x->facts, FACT_AUTH_FILE, CLIENT_PODMAN, path, NULL,
		        x->environment->registry_auth_file ? "REGISTRY_AUTH_FILE"
		                                           : "DOCKER_CONFIG");
	return is_hidden;
}

void probe_podman(struct probe *x)
{
	_cleanup_(registries_conf_done) struct registries_conf conf = {};
	struct client_file chain[PODMAN_MAX_PATHS] = {};
	char *paths[PODMAN_MAX_PATHS];
	size_t n = podman_paths(x->environment, paths);
	size_t configured = open_chain(x, paths, n, chain);
	bool is_hidden = false;

	registries_conf_find(x->environment->home, &conf);
	if (!conf.has_files && configured > 0) {
		facts_add(x->facts, FACT_HELPERS_ONLY, CLIENT_PODMAN, conf.path, NULL, NULL);
	} else if (configured > 0) {
		find_broken_files(x, chain, n);
		probe_chain(x, chain, n);
	} else if (n == 1) {
		is_hidden = probe_environment(x, paths[0]);
	}
	if (!is_hidden && conf.has_files)
		probe_other_files(x, chain, n);
	for (size_t i = 0; i < n; i++) {
		client_file_done(&chain[i]);
		free(paths[i]);
	}
}
