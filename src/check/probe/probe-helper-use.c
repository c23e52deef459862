/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker and podman, and what they ask our helper for. No entry of ours need be anywhere: whoever
 * has none is served when a pull asks.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "check/clients/registries-conf.h"
#include "check/probe/probe-common.h"

struct pulls {
	struct probe x; /* its registries are those that a file sends to our helper */
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

static void open_docker(struct pulls *p)
{
	char detail[384];

	open_file(&p->docker, docker_config_path(p->x.environment), detail, sizeof(detail));
	if (p->docker.error < 0 && p->docker.error != -ENOENT)
		facts_add(p->x.facts,
		        p->docker.error == -EBADMSG ? FACT_FILE_BROKEN : FACT_FILE_UNREADABLE,
		        CLIENT_DOCKER, p->docker.path, NULL, detail);
}

static void open_chain(struct pulls *p)
{
	char *paths[PODMAN_MAX_PATHS], detail[384];

	registries_conf_find(p->x.environment->home, &p->conf);
	p->n_chain = podman_paths(p->x.environment, paths);
	for (size_t i = 0; i < p->n_chain; i++)
		open_file(&p->chain[i], paths[i], detail, sizeof(detail));
}

static void add_hosts(struct pulls *p, const struct client_file *f)
{
	for (size_t i = 0; f->error == 0 && i < f->config.n_helpers; i++) {
		const struct client_helper *h = &f->config.helpers[i];

		if (strcmp(secret_string(&h->name), OUR_HELPER) == 0)
			*(struct probe_host *)array_append(
			        &p->hosts, &p->request.n_hosts, sizeof(*p->hosts)) =
			        (struct probe_host){.host = secret_string(&h->registry)};
	}
}

static void note_asked(struct pulls *p, const char *path, unsigned client, const char *host)
{
	facts_add(p->x.facts, FACT_ASKED, client, path, host, NULL);
	if (!helper_is_installed(p->x.environment, OUR_HELPER))
		facts_add(p->x.facts, FACT_HELPER_MISSING, client, path, NULL, OUR_HELPER);
}

static void examine_docker(struct pulls *p, const char *host)
{
	struct lookup l = {};

	if (p->docker.error == 0)
		l = docker_lookup(&p->docker.config, host);
	if (lookup_is_ours(&l))
		note_asked(p, p->docker.path, CLIENT_DOCKER, host);
}

/* Whether podman would come to our helper, if it got as far as these files. */
static bool leads_to_us(const struct client_file *chain, size_t n, const char *host)
{
	for (size_t i = 0; i < n; i++) {
		struct lookup l = {};

		if (chain[i].error == 0)
			l = podman_lookup(&chain[i].config, host);
		if (l.result != LOOKUP_NOTHING)
			return lookup_is_ours(&l);
	}
	return false;
}

static void note_broken(struct pulls *p, const struct client_file *f)
{
	struct client_file again = {};
	char detail[384];

	open_file(&again, xstrdup(f->path), detail, sizeof(detail));
	client_file_done(&again);
	facts_add(p->x.facts, FACT_SHADOW_BROKEN, CLIENT_PODMAN, f->path, NULL, detail);
}

/* The first file that has something for the registry decides. */
static void examine_podman_chain(struct pulls *p, const char *host)
{
	for (size_t i = 0; i < p->n_chain; i++) {
		const struct client_file *f = &p->chain[i];
		bool goes_on = leads_to_us(f + 1, p->n_chain - i - 1, host);
		struct lookup l = {};

		if (f->error < 0 && f->error != -ENOENT) {
			if (goes_on)
				note_broken(p, f);
			return;
		}
		if (f->error == 0)
			l = podman_lookup(&f->config, host);
		if (lookup_is_ours(&l))
			note_asked(p, f->path, CLIENT_PODMAN, host);
		else if (l.result == LOOKUP_ENTRY && goes_on)
			facts_add(p->x.facts, FACT_SHADOWED, CLIENT_PODMAN, f->path, host, NULL);
		if (l.result != LOOKUP_NOTHING)
			return;
	}
}

/* Without a list of registries. */
static void examine_all(struct pulls *p)
{
	if (p->docker.error == 0 && strcmp(secret_string(&p->docker.config.store), OUR_HELPER) == 0)
		note_asked(p, p->docker.path, CLIENT_DOCKER, NULL);
	if (p->conf.has_ours)
		note_asked(p, p->conf.path, CLIENT_PODMAN, NULL);
}

static void pulls_done(struct pulls *p)
{
	client_file_done(&p->docker);
	for (size_t i = 0; i < p->n_chain; i++)
		client_file_done(&p->chain[i]);
	registries_conf_done(&p->conf);
	free(p->hosts);
}

void probe_helper_use(const struct probe_request *request,
        const struct client_environment *environment, const char *docker_auth_config,
        struct facts *ret)
{
	_cleanup_(pulls_done) struct pulls p = {.request = *request};

	p.x = (struct probe){.request = &p.request, .environment = environment, .facts = ret};
	open_docker(&p);
	open_chain(&p);
	add_hosts(&p, &p.docker);
	for (size_t i = 0; i < p.n_chain; i++)
		add_hosts(&p, &p.chain[i]);
	p.request.hosts = p.hosts;
	probe_note_environment(&p.x);
	for (size_t i = 0; i < p.request.n_hosts; i++) {
		examine_docker(&p, p.hosts[i].host);
		if (p.conf.has_files)
			examine_podman_chain(&p, p.hosts[i].host);
	}
	examine_all(&p);
	probe_docker_auth_config(&p.x, docker_auth_config);
}
