/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An account that the ini does not serve, or not with these registries: whether docker and podman
 * find something for them anyway, and which of their files exist. The user controls the files.
 */
#include "check/probe/probe-account.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/timestamp.h"
#include "check/clients/registries-conf.h"
#include "check/probe/probe-common.h"

/* ECR's tokens expire after 12 hours, and an entry is at least as old as its file. */
#define TOKEN_LIFE_SECONDS (12 * 3600)

struct account_probe {
	struct probe x;
	struct client_file docker;
	struct client_file chain[PODMAN_MAX_PATHS]; /* podman's */
	size_t n_chain;
	struct registries_conf conf;
	int64_t now;
};

static void open_file(struct account_probe *a, struct client_file *f, char *path, unsigned client)
{
	char detail[384];

	f->path = path;
	client_file_open(f, detail, sizeof(detail));
	if (f->st.st_ino != 0)
		facts_add(a->x.facts, FACT_SEEN, client, path, NULL, NULL);
}

static void open_files(struct account_probe *a)
{
	char *paths[PODMAN_MAX_PATHS];

	open_file(a, &a->docker, docker_config_path(a->x.environment), CLIENT_DOCKER);
	a->n_chain = podman_paths(a->x.environment, paths);
	for (size_t i = 0; i < a->n_chain; i++)
		open_file(a, &a->chain[i], paths[i], CLIENT_PODMAN);
	registries_conf_find(a->x.environment->home, &a->conf);
}

static void add_lookup_fact(struct account_probe *a, const struct client_file *f, const char *host,
        unsigned client, const struct lookup *l)
{
	bool is_old = f && f->st.st_mtime + TOKEN_LIFE_SECONDS <= a->now;

	if (l->result == LOOKUP_NOTHING)
		facts_add(a->x.facts, FACT_ENTRY_MISSING, client, NULL, host, NULL);
	else if (l->result == LOOKUP_ENTRY)
		facts_add(a->x.facts, is_old ? FACT_ENTRY_OLD : FACT_FOUND, client, f->path, host,
		        NULL);
	else
		facts_add(a->x.facts,
		        helper_is_installed(a->x.environment, l->helper) ? FACT_HELPER
		                                                         : FACT_HELPER_MISSING,
		        client, f->path, host, l->helper);
}

static void probe_docker(struct account_probe *a, const char *host)
{
	struct lookup l = {};

	if (a->docker.error == 0 && !docker_malformed_entry(&a->docker.config))
		l = docker_lookup(&a->docker.config, host);
	add_lookup_fact(a, &a->docker, host, CLIENT_DOCKER, &l);
}

/* The first file that has something decides; podman fails on one that it cannot read. */
static void probe_podman_chain(struct account_probe *a, const char *host)
{
	struct lookup l = {};
	size_t i;

	for (i = 0; i < a->n_chain && a->conf.has_files; i++) {
		if (a->chain[i].error < 0 && a->chain[i].error != -ENOENT)
			break;
		if (a->chain[i].error == 0)
			l = podman_lookup(&a->chain[i].config, host);
		if (l.result != LOOKUP_NOTHING) {
			add_lookup_fact(a, &a->chain[i], host, CLIENT_PODMAN, &l);
			return;
		}
	}
	if (a->conf.has_ours && (i == a->n_chain || !a->conf.has_files))
		facts_add(a->x.facts, FACT_HELPER, CLIENT_PODMAN, a->conf.path, host, OUR_HELPER);
	else
		add_lookup_fact(a, NULL, host, CLIENT_PODMAN, &l);
}

static void account_probe_done(struct account_probe *a)
{
	client_file_done(&a->docker);
	for (size_t i = 0; i < a->n_chain; i++)
		client_file_done(&a->chain[i]);
	registries_conf_done(&a->conf);
}

void probe_account(const struct probe_request *request,
        const struct client_environment *environment, struct facts *ret)
{
	unsigned clients = clients_installed(environment);
	_cleanup_(account_probe_done) struct account_probe a = {
	        .x = {.request = request, .environment = environment, .facts = ret},
	        .now = timestamp_now()};

	open_files(&a);
	for (size_t i = 0; i < request->n_hosts; i++) {
		if (clients & CLIENT_DOCKER)
			probe_docker(&a, request->hosts[i].host);
		if (clients & CLIENT_PODMAN)
			probe_podman_chain(&a, request->hosts[i].host);
	}
}
