/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pulls without an entry, because docker or podman ask our helper: for which registries, and what
 * the helper would answer. The user controls the files, the environment and the cache.
 */
#include "check/check-pulls.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "check/clients/client-lookup.h"
#include "check/diagnose/diagnose-user.h"
#include "check/probe/probe-process.h"
#include "config/config-load.h"
#include "pull/pull.h"

#define MAX_HOSTS 50

static bool has_registry(const struct status *status, const char *host)
{
	for (size_t i = 0; status && i < status->n_registries; i++)
		if (strcmp(status->registries[i].host, host) == 0)
			return true;
	return false;
}

/*
 * Reports whether the check of a service has reported this fact. The host's service also maintains
 * entries, which podman may prefer to our helper.
 */
static bool is_reported_elsewhere(const struct pull_scope *p, const struct fact *fact)
{
	if (fact->kind == FACT_ASKED && !*fact->host)
		return (p->own && p->own->n_registries > 0) || p->hosted;
	if (has_registry(p->own, fact->host))
		return true;
	return fact->kind == FACT_SHADOWED && has_registry(p->hosted, fact->host);
}

static void add_host(struct known_registries *hosts, const char *name)
{
	for (size_t i = 0; i < hosts->count; i++)
		if (strcmp(hosts->names[i], name) == 0)
			return;
	if (hosts->count < MAX_HOSTS)
		*(char **)array_append(&hosts->names, &hosts->count, sizeof(*hosts->names)) =
		        xstrdup(name);
}

/* Adds the registries that pulls have used, if the helper is asked for every registry. */
static void add_known_hosts(struct pull_scope *p)
{
	_cleanup_(known_registries_done) struct known_registries known = {};

	if (known_registries_find(NULL, &known, NULL) < 0)
		return;
	for (size_t i = 0; i < known.count; i++)
		if (!has_registry(p->own, known.names[i]))
			add_host(&p->hosts, known.names[i]);
}

/* Keeps the facts that are not reported elsewhere, and collects their registries. */
static void filter_facts(struct check_context *c)
{
	struct pull_scope *p = &c->pulls;
	size_t n = 0;

	for (size_t i = 0; i < p->facts.facts.count; i++) {
		const struct fact *fact = &p->facts.facts.items[i];
		char host[HOST_NAME_MAX_SIZE];

		if (is_reported_elsewhere(p, fact))
			continue;
		if (fact->kind == FACT_ASKED) {
			p->uses_helper = true;
			if (!*fact->host)
				add_known_hosts(p);
			else if (check_context_find_registry(c, fact->host, host) == 0)
				add_host(&p->hosts, host);
		}
		p->facts.facts.items[n++] = *fact;
	}
	p->facts.facts.count = n;
}

static void report_not_served(const struct check_context *c, struct findings *ret)
{
	const char *user = c->user ? c->user : "NAME";
	struct finding *f = findings_add_bad(ret, "not-served",
	        "nothing supplies ECR credentials for %s: no entry, no helper",
	        c->user ? c->user : "you");

	finding_add_line(f, "do one of these:");
	finding_add_line(f,
	        "1. in ~/.docker/config.json: {\"credHelpers\": {\"HOST\": \"" OUR_HELPER "\"}}");
	finding_add_line(f, "2. create %s with a section [user %s]",
	        c->paths.config_name ? c->paths.config_name : "your own ini", user);
	finding_add_line(f,
	        "3. let root add [user %s] to " SYSCONFDIR "/ecr-refresher.ini, and run the "
	        "service",
	        user);
}

static void probe_clients(struct check_context *c)
{
	struct probe_process probe = {
	        .request = {.kind = PROBE_HELPER_USE, .user = c->user, .is_own_environment = true}};

	probe_processes_run(&probe, 1, &c->tokens, &c->pulls.facts);
	probe_process_done(&probe);
	filter_facts(c);
}

int check_pulls_open(struct check_context *c, struct findings *ret)
{
	struct pull_scope *p = &c->pulls;
	struct reason reason;

	paths_guess(NULL, &c->paths);
	if (config_load_for_pull(&c->paths, &c->config, &reason) < 0)
		return -EINVAL; /* reported by the check of its service */
	if (c->user)
		probe_clients(c);
	if (!p->uses_helper && (p->own || p->hosted))
		return -EINVAL;
	if (c->user)
		diagnose_user(c, &p->facts, ret);
	if (!p->uses_helper && !p->facts.is_incomplete)
		report_not_served(c, ret);
	return p->uses_helper ? 0 : -EINVAL;
}

static void report_failure(const struct check_context *c, const char *host,
        const struct pull_preview *view, struct findings *ret)
{
	struct finding *f = findings_add_bad(ret, finding_code_of(view->failure.code),
	        view->expires_at ? "%s: the cached token could not be renewed"
	                         : "%s: the last pull got no token",
	        host);
	char when[TIMESTAMP_MAX_SIZE];

	finding_add_line(f, "each pull that needed AWS has failed since %s:",
	        timestamp_format_local(view->failing_since, c->now, when));
	finding_add_reason(f, &view->failure);
	finding_add_line(f, "to try again now:");
	finding_add_command(f, "ecr-refresher check --online");
}

static void report_token(const struct check_context *c, const char *host, struct findings *ret)
{
	struct pull_preview view;
	char left[64];

	if (pull_preview(host, &view, NULL) < 0)
		return;
	/* With --online, check_identities() has just asked AWS. */
	if (*view.failure.code && !c->options->online) {
		report_failure(c, host, &view, ret);
		return;
	}
	if (view.expires_at)
		findings_add(ret, FINDING_GOOD, "%s: the %s token is valid for %s", host,
		        view.is_of_service ? "service's" : "cached",
		        timespan_format(view.expires_at - c->now, left, sizeof(left)));
	else
		findings_add(
		        ret, FINDING_GOOD, "%s: no cached token; the next pull asks AWS", host);
}

void check_pulls(struct check_context *c, struct findings *ret)
{
	for (size_t i = 0; i < c->pulls.hosts.count; i++)
		report_token(c, c->pulls.hosts.names[i], ret);
}
