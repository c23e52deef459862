/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What docker and podman ask our helper for; an entry need not exist. The user controls the files
 * and the environment.
 */
#include "check/probe/probe-helper-use.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "check/clients/registries-conf.h"
#include "check/probe/probe-common.h"
#include "check/probe/probe-docker.h"

struct helper_use {
	struct probe x; /* its registries are those for which a file names our helper */
	struct probe_request request;
	struct probe_host *hosts;
	struct client_file docker;
	struct client_file chain[PODMAN_MAX_PATHS]; /* podman's */
	size_t n_chain;
	struct registries_conf conf;
};

static void open_file(struct client_file *f, char *path, char *detail, size_t size)
{
	f->path = path;
	client_file_open(f, detail, size);
}

static void open_docker(struct helper_use *u)
{
	char detail[384];

	open_file(&u->docker, docker_config_path(u->x.environment), detail, sizeof(detail));
	if (u->docker.error < 0 && u->docker.error != -ENOENT)
		facts_add(u->x.facts,
		        u->docker.error == -EBADMSG ? FACT_FILE_BROKEN : FACT_FILE_UNREADABLE,
		        CLIENT_DOCKER, u->docker.path, NULL, detail);
}

static void open_chain(struct helper_use *u)
{
	char *paths[PODMAN_MAX_PATHS], detail[384];

	registries_conf_find(u->x.environment->home, &u->conf);
	u->n_chain = podman_paths(u->x.environment, paths);
	for (size_t i = 0; i < u->n_chain; i++)
		open_file(&u->chain[i], paths[i], detail, sizeof(detail));
}

static void add_hosts(struct helper_use *u, const struct client_file *f)
{
	for (size_t i = 0; f->error == 0 && i < f->config.n_helpers; i++) {
		const struct client_helper *h = &f->config.helpers[i];

		if (helper_is_ours(h->name.data, h->name.size))
			*(struct probe_host *)array_append(
			        &u->hosts, &u->request.n_hosts, sizeof(*u->hosts)) =
			        (struct probe_host){.host = secret_string(&h->registry)};
	}
}

static void add_asked_facts(
        struct helper_use *u, const char *path, unsigned client, const char *host)
{
	facts_add(u->x.facts, FACT_ASKED, client, path, host, NULL);
	if (!helper_is_installed(u->x.environment, OUR_HELPER))
		facts_add(u->x.facts, FACT_HELPER_MISSING, client, path, NULL, OUR_HELPER);
}

static void probe_docker(struct helper_use *u, const char *host)
{
	struct lookup l = {};

	if (u->docker.error == 0)
		l = docker_lookup(&u->docker.config, host);
	if (l.is_our_helper)
		add_asked_facts(u, u->docker.path, CLIENT_DOCKER, host);
}

/* Reports whether podman would ask our helper if it reached these files. */
static bool leads_to_helper(const struct client_file *chain, size_t n, const char *host)
{
	for (size_t i = 0; i < n; i++) {
		struct lookup l = {};

		if (chain[i].error == 0)
			l = podman_lookup(&chain[i].config, host);
		if (l.result != LOOKUP_NOTHING)
			return l.is_our_helper;
	}
	return false;
}

static void add_broken_fact(struct helper_use *u, const struct client_file *f)
{
	struct client_file again = {};
	char detail[384];

	open_file(&again, xstrdup(f->path), detail, sizeof(detail));
	client_file_done(&again);
	facts_add(u->x.facts, FACT_SHADOW_BROKEN, CLIENT_PODMAN, f->path, NULL, detail);
}

/* The first file that has something for the registry decides. */
static void probe_podman_chain(struct helper_use *u, const char *host)
{
	for (size_t i = 0; i < u->n_chain; i++) {
		const struct client_file *f = &u->chain[i];
		bool would_ask = leads_to_helper(f + 1, u->n_chain - i - 1, host);
		struct lookup l = {};

		if (f->error < 0 && f->error != -ENOENT) {
			if (would_ask)
				add_broken_fact(u, f);
			return;
		}
		if (f->error == 0)
			l = podman_lookup(&f->config, host);
		if (l.is_our_helper)
			add_asked_facts(u, f->path, CLIENT_PODMAN, host);
		else if (l.result == LOOKUP_ENTRY && would_ask)
			facts_add(u->x.facts, FACT_SHADOWED, CLIENT_PODMAN, f->path, host, NULL);
		if (l.result != LOOKUP_NOTHING)
			return;
	}
}

/* Settings that name our helper for every registry. */
static void probe_all_registries(struct helper_use *u)
{
	if (u->docker.error == 0 &&
	        helper_is_ours(u->docker.config.store.data, u->docker.config.store.size))
		add_asked_facts(u, u->docker.path, CLIENT_DOCKER, NULL);
	if (u->conf.has_ours)
		add_asked_facts(u, u->conf.path, CLIENT_PODMAN, NULL);
}

static void helper_use_done(struct helper_use *u)
{
	client_file_done(&u->docker);
	for (size_t i = 0; i < u->n_chain; i++)
		client_file_done(&u->chain[i]);
	registries_conf_done(&u->conf);
	free(u->hosts);
}

void probe_helper_use(const struct probe_request *request,
        const struct client_environment *environment, const char *docker_auth_config,
        struct facts *ret)
{
	_cleanup_(helper_use_done) struct helper_use u = {.request = *request};

	u.x = (struct probe){.request = &u.request, .environment = environment, .facts = ret};
	open_docker(&u);
	open_chain(&u);
	add_hosts(&u, &u.docker);
	for (size_t i = 0; i < u.n_chain; i++)
		add_hosts(&u, &u.chain[i]);
	u.request.hosts = u.hosts;
	probe_add_environment_fact(&u.x);
	for (size_t i = 0; i < u.request.n_hosts; i++) {
		probe_docker(&u, u.hosts[i].host);
		if (u.conf.has_files)
			probe_podman_chain(&u, u.hosts[i].host);
	}
	probe_all_registries(&u);
	probe_docker_auth_config(&u.x, docker_auth_config);
}
