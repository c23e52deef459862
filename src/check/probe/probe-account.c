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
#include "check/clients/client-files.h"

/* ECR's tokens expire after 12 hours, and an entry is at least as old as its file. */
#define TOKEN_LIFE_SECONDS (12 * 3600)

struct account_probe {
	const struct client_environment *environment;
	struct facts *facts;
	struct client_files files;
	int64_t now;
};

static void add_seen_fact(struct account_probe *a, const struct client_file *f, unsigned client)
{
	if (f->st.st_ino != 0)
		facts_add(a->facts, FACT_SEEN, client, f->path, NULL, NULL);
}

static void add_lookup_fact(struct account_probe *a, const struct client_file *f, const char *host,
        unsigned client, const struct lookup *l)
{
	bool is_old = f && f->st.st_mtime + TOKEN_LIFE_SECONDS <= a->now;

	if (l->result == LOOKUP_NOTHING)
		facts_add(a->facts, FACT_ENTRY_MISSING, client, NULL, host, NULL);
	else if (l->result == LOOKUP_ENTRY)
		facts_add(a->facts, is_old ? FACT_ENTRY_OLD : FACT_FOUND, client, f->path, host,
		        NULL);
	else
		facts_add(a->facts,
		        helper_is_installed(a->environment, l->helper) ? FACT_HELPER
		                                                       : FACT_HELPER_MISSING,
		        client, f->path, host, l->helper);
}

static void probe_docker(struct account_probe *a, const char *host)
{
	const struct client_file *f = &a->files.docker;
	struct lookup l = {};

	if (f->error == 0 && !docker_malformed_entry(&f->config))
		l = docker_lookup(&f->config, host);
	add_lookup_fact(a, f, host, CLIENT_DOCKER, &l);
}

/* The first file that has something decides; podman fails on one that it cannot read. */
static void probe_podman_chain(struct account_probe *a, const char *host)
{
	const struct client_files *files = &a->files;
	struct lookup l = {};
	size_t i;

	for (i = 0; i < files->n_podman && files->conf.has_files; i++) {
		const struct client_file *f = &files->podman[i];

		if (f->error < 0 && f->error != -ENOENT)
			break;
		if (f->error == 0)
			l = podman_lookup(&f->config, host);
		if (l.result != LOOKUP_NOTHING) {
			add_lookup_fact(a, f, host, CLIENT_PODMAN, &l);
			return;
		}
	}
	if (files->conf.has_ours && (i == files->n_podman || !files->conf.has_files))
		facts_add(a->facts, FACT_HELPER, CLIENT_PODMAN, files->conf.path, host, OUR_HELPER);
	else
		add_lookup_fact(a, NULL, host, CLIENT_PODMAN, &l);
}

void probe_account(const struct probe_request *request,
        const struct client_environment *environment, struct facts *ret)
{
	unsigned clients = clients_installed(environment);
	struct account_probe a = {.environment = environment, .facts = ret, .now = timestamp_now()};

	client_files_open(&a.files, environment);
	add_seen_fact(&a, &a.files.docker, CLIENT_DOCKER);
	for (size_t i = 0; i < a.files.n_podman; i++)
		add_seen_fact(&a, &a.files.podman[i], CLIENT_PODMAN);
	for (size_t i = 0; i < request->n_hosts; i++) {
		if (clients & CLIENT_DOCKER)
			probe_docker(&a, request->hosts[i].host);
		if (clients & CLIENT_PODMAN)
			probe_podman_chain(&a, request->hosts[i].host);
	}
	client_files_done(&a.files);
}
