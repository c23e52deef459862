/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the clients ask in the place of an entry. */
#include "check/diagnose/diagnose.h"

#include <string.h>

#include "base/alloc.h"
#include "check/clients/client-lookup.h"

static void report_by_helper(const struct diagnosis *r)
{
	struct finding *f = findings_add(r->findings, FINDING_GOOD,
	        "%s: %s %s docker-credential-%s, as %s says", r->u->user,
	        diagnose_client_names(r->fact->clients),
	        (r->fact->clients & (r->fact->clients - 1)) ? "ask" : "asks", r->fact->detail,
	        r->fact->path);
	if (!diagnose_may_read_tokens(r))
		diagnose_say_own_identity(r, f);
}

/* A name by which no client asks, or of no registry of Amazon's. */
static void report_name(const struct diagnosis *r, const char *host)
{
	struct finding *f = findings_add_bad(r->findings, "helper-host",
	        *host ? "%s: no pull asks our helper for \"%s\""
	              : "%s: \"%s\" is no Amazon ECR registry",
	        r->u->user, r->fact->host);
	_cleanup_(freep) char *what =
	        *host ? xasprintf("write \"%s\"", host)
	              : xasprintf("correct \"%s\", or take it out", r->fact->host);

	finding_say(f,
	        *host ? "credHelpers in %s has it, and the clients look for the bare host"
	              : "credHelpers in %s names docker-credential-ecr-refresher for it, which "
	                "has nothing for it: what is pulled from there is pulled anonymously",
	        r->fact->path);
	diagnose_say_edit(r, f, what);
}

/* Whether it is to be told in one line with the fact of r. */
static bool is_with(const struct diagnosis *r, const struct fact *other)
{
	char host[HOST_NAME_MAX_SIZE];

	return other->kind == FACT_ASKED && other->clients == r->fact->clients &&
	       !*other->host == !*r->fact->host && strcmp(other->path, r->fact->path) == 0 &&
	       (!*other->host || pulls_find_host(r->c, other->host, host) == 0);
}

static void report_asked(const struct diagnosis *r)
{
	_cleanup_(freep) char *what = xstrdup("every Amazon ECR registry");
	const struct facts *facts = &r->u->facts;
	char host[HOST_NAME_MAX_SIZE] = "";
	size_t n = 0;

	if (*r->fact->host && pulls_find_host(r->c, r->fact->host, host) != 0) {
		report_name(r, host);
		return;
	}
	for (size_t i = 0; i < facts->count; i++) {
		if (is_with(r, &facts->items[i]) && &facts->items[i] < r->fact)
			return; /* told with that one */
		n += is_with(r, &facts->items[i]);
	}
	if (*r->fact->host) {
		free(what);
		what = n == 1 ? xstrdup(r->fact->host) : xasprintf("%zu registries", n);
	}
	findings_add(r->findings, FINDING_GOOD,
	        "%s: %s %s docker-credential-" OUR_HELPER " for %s, as %s says", r->u->user,
	        diagnose_client_names(r->fact->clients),
	        (r->fact->clients & (r->fact->clients - 1)) ? "ask" : "asks", what, r->fact->path);
}

static void report_helper(const struct diagnosis *r)
{
	struct finding *f =
	        findings_add_bad(r->findings, "credhelpers-hide", "%s: %s %s use our entry for %s",
	                r->u->user, diagnose_client_names(r->fact->clients),
	                diagnose_does_not(r->fact->clients), r->fact->host);
	_cleanup_(freep) char *what = xasprintf(
	        "take \"%s\": \"%s\" out of \"credHelpers\"", r->fact->host, r->fact->detail);

	finding_say(f, "credHelpers in %s names docker-credential-%s, which is asked instead",
	        r->fact->path, r->fact->detail);
	diagnose_say_edit(r, f, what);
}

static void report_store(const struct diagnosis *r)
{
	struct finding *f = findings_add_bad(r->findings, "credsstore-hides",
	        "%s: %s %s use our entries", r->u->user, diagnose_client_names(r->fact->clients),
	        diagnose_does_not(r->fact->clients));

	finding_say(f, "credsStore in %s names docker-credential-%s, which is asked instead",
	        r->fact->path, r->fact->detail);
	diagnose_say_edit(r, f, "take \"credsStore\" out");
	if (r->fact->clients & CLIENT_DOCKER)
		finding_say(f, "where other registries need it: \"credHelpers\": {\"HOST\": "
		               "\"ecr-refresher\"} for each of ours (not for Watchtower)");
	if ((r->fact->clients & CLIENT_DOCKER) && !diagnose_may_read_tokens(r))
		diagnose_say_own_identity(r, f);
}

static void report_helper_missing(const struct diagnosis *r)
{
	struct finding *f = findings_add_bad(r->findings, "helper-missing",
	        "%s: docker-credential-%s is not installed", r->u->user, r->fact->detail);

	if (r->c->scope == SCOPE_PULL) {
		finding_say(f, "%s names it, and no directory of PATH has it", r->fact->path);
		finding_say(f, "install the package ecr-refresher, or put the directory of "
		               "that program into PATH");
		return;
	}
	finding_say(f, "%s names it in credHelpers or credsStore", r->fact->path);
	if (r->fact->clients & CLIENT_PODMAN)
		finding_say(f, "podman fails for want of it");
	if (r->fact->clients & CLIENT_DOCKER)
		finding_say(f, "docker pull falls back to our entry, docker build fails");
	diagnose_say_edit(r, f, "take it out, or install the program");
}

static void report_helper_empty(const struct diagnosis *r)
{
	struct finding *f = findings_add_bad(r->findings, "credhelpers-empty",
	        "%s: podman cannot pull from %s", r->u->user, r->fact->host);

	finding_say(f,
	        "credHelpers in %s has \"\" for it, by which docker means the file, and "
	        "podman a program named docker-credential-",
	        r->fact->path);
	diagnose_say_edit(r, f, "put \"ecr-refresher\" there, or take the line out");
}

static void report_helpers_only(const struct diagnosis *r)
{
	struct finding *f = findings_add_bad(
	        r->findings, "credential-helpers", "%s: podman reads no file of ours", r->u->user);

	finding_say(f,
	        "credential-helpers in %s does not have \"containers-auth.json\", which "
	        "stands for the files",
	        r->fact->path);
	diagnose_say_edit(r, f, "put \"containers-auth.json\" first in credential-helpers");
}

bool diagnose_helper_fact(const struct diagnosis *r)
{
	static report_function *const reports[FACT_KIND_COUNT] = {
	        [FACT_ASKED] = report_asked,
	        [FACT_BY_HELPER] = report_by_helper,
	        [FACT_HELPER] = report_helper,
	        [FACT_STORE] = report_store,
	        [FACT_HELPER_MISSING] = report_helper_missing,
	        [FACT_HELPER_EMPTY] = report_helper_empty,
	        [FACT_HELPERS_ONLY] = report_helpers_only,
	};

	return diagnose_by(reports, r);
}
