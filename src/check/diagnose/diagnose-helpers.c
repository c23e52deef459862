/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helpers that the clients ask instead of reading an entry. Users choose their names and the files.
 */
#include "check/diagnose/diagnose-helpers.h"

#include <string.h>

#include "base/alloc.h"
#include "check/diagnose/diagnose-text.h"
#include "write/merge/helper-selection.h"

static void report_by_helper(const struct diagnosis *d)
{
	struct finding *f = findings_add(d->findings, FINDING_GOOD,
	        "%s: %s %s docker-credential-%s (configured in %s)", d->u->user,
	        diagnose_client_names(d->fact->clients),
	        diagnose_verb(d->fact->clients, "asks", "ask"), d->fact->detail, d->fact->path);
	if (!diagnose_may_read_tokens(d))
		diagnose_add_own_identity(d, f);
}

/* Reports a name that no client uses (host: the one that they use), or of a foreign registry. */
static void report_useless_name(const struct diagnosis *d, const char *host)
{
	struct finding *f = findings_add_bad(d->findings, "helper-host",
	        *host ? "%s: no pull asks our helper for \"%s\""
	              : "%s: \"%s\" is not an Amazon ECR registry",
	        d->u->user, d->fact->host);
	_cleanup_(freep) char *what =
	        *host ? xasprintf("write \"%s\"", host)
	              : xasprintf("correct \"%s\", or remove it", d->fact->host);

	finding_add_line(f,
	        *host ? "credHelpers in %s has it, but the clients look for the bare host"
	              : "credHelpers in %s names docker-credential-ecr-refresher for it, which "
	                "has no credentials for it, so pulls from it are anonymous",
	        d->fact->path);
	diagnose_add_edit(d, f, what);
}

/* Reports whether another fact is reported in the same line as d's. */
static bool has_same_line(const struct diagnosis *d, const struct fact *other)
{
	char host[HOST_NAME_MAX_SIZE];

	return other->kind == FACT_ASKED && other->clients == d->fact->clients &&
	       !*other->host == !*d->fact->host && strcmp(other->path, d->fact->path) == 0 &&
	       (!*other->host || check_context_find_registry(d->c, other->host, host) == 0);
}

static void report_asked(const struct diagnosis *d)
{
	_cleanup_(freep) char *what = xstrdup("every Amazon ECR registry");
	const struct facts *facts = &d->u->facts;
	char host[HOST_NAME_MAX_SIZE] = "";
	size_t n = 0;

	if (*d->fact->host && check_context_find_registry(d->c, d->fact->host, host) != 0) {
		report_useless_name(d, host);
		return;
	}
	for (size_t i = 0; i < facts->count; i++) {
		if (has_same_line(d, &facts->items[i]) && &facts->items[i] < d->fact)
			return; /* reported with that one */
		n += has_same_line(d, &facts->items[i]);
	}
	if (*d->fact->host) {
		free(what);
		what = n == 1 ? xstrdup(d->fact->host) : xasprintf("%zu registries", n);
	}
	findings_add(d->findings, FINDING_GOOD,
	        "%s: %s %s docker-credential-" OUR_HELPER " for %s (configured in %s)", d->u->user,
	        diagnose_client_names(d->fact->clients),
	        diagnose_verb(d->fact->clients, "asks", "ask"), what, d->fact->path);
}

static void add_hidden(const struct diagnosis *d, struct finding *f, enum helper_setting setting)
{
	const struct fact *fact = d->fact;
	_cleanup_(freep) char *cause = helper_describe(setting, fact->host, fact->detail);
	_cleanup_(freep) char *remedy = helper_remedy(setting, fact->host, fact->detail);

	finding_add_line(f, "%s", cause);
	diagnose_add_edit(d, f, remedy);
}

static void report_helper(const struct diagnosis *d)
{
	struct finding *f =
	        findings_add_bad(d->findings, "credhelpers-hide", "%s: %s %s use our entry for %s",
	                d->u->user, diagnose_client_names(d->fact->clients),
	                diagnose_verb(d->fact->clients, "does not", "do not"), d->fact->host);

	add_hidden(d, f, HELPER_CRED_HELPERS);
}

static void report_store(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "credsstore-hides",
	        "%s: %s %s use our entries", d->u->user, diagnose_client_names(d->fact->clients),
	        diagnose_verb(d->fact->clients, "does not", "do not"));

	add_hidden(d, f, HELPER_CREDS_STORE);
	if (d->fact->clients & CLIENT_DOCKER)
		finding_add_line(f, "if other registries need it: " HELPER_BESIDE_CREDS_STORE
		                    " (not for Watchtower)");
	if ((d->fact->clients & CLIENT_DOCKER) && !diagnose_may_read_tokens(d))
		diagnose_add_own_identity(d, f);
}

static void report_helper_missing(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "helper-missing",
	        "%s: docker-credential-%s is not installed", d->u->user, d->fact->detail);

	if (d->c->scope == SCOPE_PULL) {
		finding_add_line(f, "%s names it, and no directory of PATH has it", d->fact->path);
		finding_add_line(f, "install the package ecr-refresher, or add the directory of "
		                    "that program to PATH");
		return;
	}
	finding_add_line(f, "%s names it in credHelpers or credsStore", d->fact->path);
	if (d->fact->clients & CLIENT_PODMAN)
		finding_add_line(f, "podman fails without it");
	if (d->fact->clients & CLIENT_DOCKER)
		finding_add_line(f, "docker pull falls back to our entry, docker build fails");
	diagnose_add_edit(d, f, "remove it, or install the program");
}

static void report_helper_empty(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "credhelpers-empty",
	        "%s: podman cannot pull from %s", d->u->user, d->fact->host);

	finding_add_line(f,
	        "credHelpers in %s has \"\" for it, which means this file to docker, and a "
	        "program named docker-credential- to podman",
	        d->fact->path);
	diagnose_add_edit(d, f, "set it to \"" OUR_HELPER "\", or remove the line");
}

static void report_helpers_only(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "credential-helpers",
	        "%s: podman reads none of our files", d->u->user);

	finding_add_line(f,
	        "credential-helpers in %s does not contain \"containers-auth.json\", which "
	        "means these files",
	        d->fact->path);
	diagnose_add_edit(d, f, "add \"containers-auth.json\" as the first of credential-helpers");
}

bool diagnose_helper_fact(const struct diagnosis *d)
{
	static diagnose_function *const reports[FACT_KIND_COUNT] = {
	        [FACT_ASKED] = report_asked,
	        [FACT_BY_HELPER] = report_by_helper,
	        [FACT_HELPER] = report_helper,
	        [FACT_STORE] = report_store,
	        [FACT_HELPER_MISSING] = report_helper_missing,
	        [FACT_HELPER_EMPTY] = report_helper_empty,
	        [FACT_HELPERS_ONLY] = report_helpers_only,
	};

	return diagnose_by(reports, d);
}
