/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker with one file, in any directory, and Watchtower with that file mounted. The user controls
 * the files and the environment.
 */
#include "check/probe/probe-docker.h"

#include <string.h>

#include "base/alloc.h"
#include "check/probe/probe-common.h"

/* Finds other keys of the host with another auth; some clients use the first that matches. */
static void find_twins(struct probe *x, const struct client_file *f, const struct probe_host *host)
{
	for (size_t i = 0; i < f->config.n_entries; i++) {
		const struct client_entry *e = &f->config.entries[i];
		const char *key = secret_string(&e->key), *slash;

		if (strcmp(key, host->host) == 0 || !docker_key_is_for(key, host->host) ||
		        e->auth.size == 0 || probe_host_accepts(host, e))
			continue;
		slash = strchr(key, '/');
		if (slash && slash[1] && slash[1] != '/' && !strstr(key, "://"))
			continue; /* "host/repository" is podman's, see probe-podman.c */
		facts_add(x->facts, FACT_TWIN, client_file_clients(f), f->path, host->host, key);
	}
}

/* Returns which of docker and Watchtower find the entry in the file. */
static unsigned find_entry(
        struct probe *x, const struct client_file *f, const struct probe_host *host)
{
	struct lookup docker = docker_lookup(&f->config, host->host);
	struct lookup watchtower = watchtower_lookup(&f->config, host->host);
	unsigned good = 0;

	if (docker.result == LOOKUP_ENTRY)
		good |= CLIENT_DOCKER;
	else if (docker.helper)
		probe_add_helper_fact(x, f->path, host->host, CLIENT_DOCKER, &docker);
	if (watchtower.result == LOOKUP_ENTRY)
		good |= CLIENT_WATCHTOWER;
	return good;
}

void probe_docker_file(struct probe *x, const struct client_file *f)
{
	const struct client_entry *malformed = docker_malformed_entry(&f->config);
	unsigned good = CLIENT_DOCKER | CLIENT_WATCHTOWER;

	if (facts_has(x->facts, FACT_DOCKER_CONFIG, NULL))
		good = CLIENT_WATCHTOWER; /* docker does not read this file */
	if (malformed)
		facts_add(x->facts, FACT_MALFORMED, CLIENT_DOCKER | CLIENT_WATCHTOWER, f->path,
		        NULL, secret_string(&malformed->key));
	for (size_t i = 0; i < x->request->n_hosts; i++) {
		const struct probe_host *host = &x->request->hosts[i];

		find_twins(x, f, host);
		good &= probe_entry(x, f, host) ? find_entry(x, f, host) : 0;
	}
	if (good && !malformed && x->request->n_hosts > 0)
		facts_add(x->facts, FACT_FOUND, good, f->path, NULL, NULL);
}

void probe_docker_environment(struct probe *x)
{
	struct client_environment usual = *x->environment;
	_cleanup_(freep) char *path = docker_config_path(x->environment), *usual_path = NULL;

	usual.docker_config = NULL;
	usual_path = docker_config_path(&usual);
	if (x->environment->docker_config && !probe_find_file(x, path) &&
	        probe_find_file(x, usual_path))
		facts_add(x->facts, FACT_DOCKER_CONFIG, CLIENT_DOCKER, path, NULL, NULL);
}

/* docker from 28.3 on, and GitLab's runner, prefer the credentials in it to the file's. */
void probe_docker_auth_config(struct probe *x, const char *text)
{
	_cleanup_(client_config_done) struct client_config c = {};

	if (!text || client_config_parse(text, strlen(text), &c, NULL) < 0)
		return;
	for (size_t i = 0; i < x->request->n_hosts; i++) {
		const struct probe_host *host = &x->request->hosts[i];
		const struct client_entry *e = client_config_entry(&c, host->host);

		if (e && !probe_host_accepts(host, e))
			facts_add(
			        x->facts, FACT_AUTH_CONFIG, CLIENT_DOCKER, NULL, host->host, NULL);
	}
}
