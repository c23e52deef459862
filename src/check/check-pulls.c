/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who needs no entry, because docker or podman ask our helper: whom they ask, and what that would
 * go by. The user controls the files, the environment and the cache.
 */
#include "check/check-pulls.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "check/diagnose/diagnose-user.h"
#include "check/probe/probe-process.h"
#include "pull/pull.h"

#define MAX_HOSTS 50

static bool has_registry(const struct status *status, const char *host)
{
	for (size_t i = 0; status && i < status->n_registries; i++)
		if (strcmp(status->registries[i].host, host) == 0)
			return true;
	return false;
}

/* One's own service has looked at it; and the host's keeps entries, which podman may prefer. */
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

/* Where every registry is asked for: those that have been, as far as their names are known. */
static void add_known(struct pull_scope *p)
{
	_cleanup_(known_registries_done) struct known_registries known = {};

	if (known_registries_find(NULL, &known, NULL) < 0)
		return;
	for (size_t i = 0; i < known.count; i++)
		if (!has_registry(p->own, known.names[i]))
			add_host(&p->hosts, known.names[i]);
}

/* Leaves the facts that are to be told here, and takes the registries out of them. */
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
				add_known(p);
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
	        "nobody keeps entries for you, and no client asks when you pull");

	finding_say(f,
	        "there is no [user %s] in " SYSCONFDIR "/ecr-refresher.ini that the service has "
	        "seen, and no %s",
	        user, c->paths.config_name ? c->paths.config_name : "ini of your own");
	finding_say(f, "no file of docker's or podman's names docker-credential-ecr-refresher");
	finding_say(f, "one of the three is enough; the least is, in ~/.docker/config.json:");
	finding_say(f, "{\"credHelpers\": {\"HOST\": \"ecr-refresher\"}}");
}

static void look_at_clients(struct check_context *c)
{
	struct probe_process look = {
	        .request = {.kind = PROBE_HELPER_USE, .user = c->user, .is_own_environment = true}};

	probe_processes_run(&look, 1, &c->tokens, &c->pulls.facts);
	probe_process_done(&look);
	filter_facts(c);
}

int check_pulls_open(struct check_context *c, struct findings *ret)
{
	struct pull_scope *p = &c->pulls;
	struct reason reason;

	paths_guess(NULL, &c->paths);
	if (config_load_for_pull(&c->paths, &c->config, &reason) < 0)
		return -EINVAL; /* told by whose it is */
	if (c->user)
		look_at_clients(c);
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
	        view->expires_at ? "%s: the token in the cache could not be renewed"
	                         : "%s: the last pull was given no token",
	        host);
	char when[TIMESTAMP_MAX_SIZE];

	finding_say(f, "each pull that asked AWS has failed since %s:",
	        timestamp_format_local(view->failing_since, c->now, when));
	finding_say_reason(f, &view->failure);
	finding_say(f, "whether it would now is what --online asks");
	finding_type(f, "ecr-refresher check --online");
}

static void report_token(const struct check_context *c, const char *host, struct findings *ret)
{
	struct pull_preview view;
	char left[64];

	if (pull_preview(host, &view, NULL) < 0)
		return;
	/* AWS has been asked just now. */
	if (*view.failure.code && !c->options->online) {
		report_failure(c, host, &view, ret);
		return;
	}
	if (view.expires_at)
		findings_add(ret, FINDING_GOOD, "%s: %s token is good for %s", host,
		        view.is_of_service ? "the service's" : "in the cache, the",
		        timespan_format(view.expires_at - c->now, left, sizeof(left)));
	else
		findings_add(ret, FINDING_GOOD, "%s: nothing in the cache; a pull asks AWS", host);
}

void check_pulls(struct check_context *c, struct findings *ret)
{
	for (size_t i = 0; i < c->pulls.hosts.count; i++)
		report_token(c, c->pulls.hosts.names[i], ret);
}
