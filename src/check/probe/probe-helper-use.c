/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What docker and podman ask our helper for; an entry need not exist. The user controls the files
 * and the environment.
 */
#include "check/probe/probe-helper-use.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "check/clients/client-files.h"
#include "check/probe/probe-common.h"
#include "check/probe/probe-docker.h"

struct helper_use {
	struct probe x; /* its registries are those for which a file names our helper */
	struct probe_request request;
	struct probe_host *hosts;
	struct client_files files;
};

static void add_docker_error(struct helper_use *u)
{
	const struct client_file *f = &u->files.docker;

	if (f->error < 0 && f->error != -ENOENT)
		facts_add(u->x.facts,
		        f->error == -EBADMSG ? FACT_FILE_BROKEN : FACT_FILE_UNREADABLE,
		        CLIENT_DOCKER, f->path, NULL, f->detail);
}

/* Adds the registries for which a file names our helper. */
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

static void add_request_facts(
        struct helper_use *u, const char *path, unsigned client, const char *host)
{
	facts_add(u->x.facts, FACT_ASKED, client, path, host, NULL);
	if (!helper_is_installed(u->x.environment, OUR_HELPER))
		facts_add(u->x.facts, FACT_HELPER_MISSING, client, path, NULL, OUR_HELPER);
}

static void probe_docker(struct helper_use *u, const char *host)
{
	const struct client_file *f = &u->files.docker;
	struct lookup l = {};

	if (f->error == 0)
		l = docker_lookup(&f->config, host);
	if (l.is_our_helper)
		add_request_facts(u, f->path, CLIENT_DOCKER, host);
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

/* The first file that has something for the registry decides. */
static void probe_podman_chain(struct helper_use *u, const char *host)
{
	for (size_t i = 0; i < u->files.n_podman; i++) {
		const struct client_file *f = &u->files.podman[i];
		bool would_ask = leads_to_helper(f + 1, u->files.n_podman - i - 1, host);
		struct lookup l = {};

		if (f->error < 0 && f->error != -ENOENT) {
			if (would_ask)
				facts_add(u->x.facts, FACT_SHADOW_BROKEN, CLIENT_PODMAN, f->path,
				        NULL, f->detail);
			return;
		}
		if (f->error == 0)
			l = podman_lookup(&f->config, host);
		if (l.is_our_helper)
			add_request_facts(u, f->path, CLIENT_PODMAN, host);
		else if (l.result == LOOKUP_ENTRY && would_ask)
			facts_add(u->x.facts, FACT_SHADOWED, CLIENT_PODMAN, f->path, host, NULL);
		if (l.result != LOOKUP_NOTHING)
			return;
	}
}

/* Settings that name our helper for every registry. */
static void probe_all_registries(struct helper_use *u)
{
	const struct client_file *f = &u->files.docker;

	if (f->error == 0 && helper_is_ours(f->config.store.data, f->config.store.size))
		add_request_facts(u, f->path, CLIENT_DOCKER, NULL);
	if (u->files.conf.has_ours)
		add_request_facts(u, u->files.conf.path, CLIENT_PODMAN, NULL);
}

static void helper_use_done(struct helper_use *u)
{
	client_files_done(&u->files);
	free(u->hosts);
}

void probe_helper_use(const struct probe_request *request,
        const struct client_environment *environment, const char *docker_auth_config,
        struct facts *ret)
{
	_cleanup_(helper_use_done) struct helper_use u = {.request = *request};

	u.x = (struct probe){.request = &u.request, .environment = environment, .facts = ret};
	client_files_open(&u.files, environment);
	add_docker_error(&u);
	add_hosts(&u, &u.files.docker);
	for (size_t i = 0; i < u.files.n_podman; i++)
		add_hosts(&u, &u.files.podman[i]);
	u.request.hosts = u.hosts;
	probe_add_environment_fact(&u.x);
	for (size_t i = 0; i < u.request.n_hosts; i++) {
		probe_docker(&u, u.hosts[i].host);
		if (u.files.conf.has_files)
			probe_podman_chain(&u, u.hosts[i].host);
	}
	probe_all_registries(&u);
	probe_docker_auth_config(&u.x, docker_auth_config);
}
