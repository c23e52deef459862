/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the clients ask in the place of an entry. */
#include "check/diagnose/diagnose-helpers.h"

#include <string.h>

#include "base/alloc.h"
#include "check/clients/client-lookup.h"
#include "check/diagnose/diagnose-text.h"

static void report_by_helper(const struct diagnosis *d)
{
	struct finding *f = findings_add(d->findings, FINDING_GOOD,
	        "%s: %s %s docker-credential-%s, as %s says", d->u->user,
	        diagnose_client_names(d->fact->clients),
	        (d->fact->clients & (d->fact->clients - 1)) ? "ask" : "asks", d->fact->detail,
	        d->fact->path);
	if (!diagnose_may_read_tokens(d))
		diagnose_say_own_identity(d, f);
}

/* A name by which no client asks, or of no registry of Amazon's. */
static void report_name(const struct diagnosis *d, const char *host)
{
	struct finding *f = findings_add_bad(d->findings, "helper-host",
	        *host ? "%s: no pull asks our helper for \"%s\""
	              : "%s: \"%s\" is no Amazon ECR registry",
	        d->u->user, d->fact->host);
	_cleanup_(freep) char *what =
	        *host ? xasprintf("write \"%s\"", host)
	              : xasprintf("correct \"%s\", or take it out", d->fact->host);

	finding_say(f,
	        *host ? "credHelpers in %s has it, and the clients look for the bare host"
	              : "credHelpers in %s names docker-credential-ecr-refresher for it, which "
	                "has nothing for it: what is pulled from there is pulled anonymously",
	        d->fact->path);
	diagnose_say_edit(d, f, what);
}

/* Whether it is to be told in one line with the fact of r. */
static bool is_with(const struct diagnosis *d, const struct fact *other)
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
		report_name(d, host);
		return;
	}
	for (size_t i = 0; i < facts->count; i++) {
		if (is_with(d, &facts->items[i]) && &facts->items[i] < d->fact)
			return; /* told with that one */
		n += is_with(d, &facts->items[i]);
	}
	if (*d->fact->host) {
		free(what);
		what = n == 1 ? xstrdup(d->fact->host) : xasprintf("%zu registries", n);
	}
	findings_add(d->findings, FINDING_GOOD,
	        "%s: %s %s docker-credential-" OUR_HELPER " for %s, as %s says", d->u->user,
	        diagnose_client_names(d->fact->clients),
	        (d->fact->clients & (d->fact->clients - 1)) ? "ask" : "asks", what, d->fact->path);
}

static void say_hidden(const struct diagnosis *d, struct finding *f, enum helper_setting setting)
{
	const struct fact *fact = d->fact;
	_cleanup_(freep) char *cause = helper_describe(setting, fact->host, fact->detail);
	_cleanup_(freep) char *remedy = helper_remedy(setting, fact->host, fact->detail);

	finding_say(f, "%s", cause);
	diagnose_say_edit(d, f, remedy);
}

static void report_helper(const struct diagnosis *d)
{
	struct finding *f =
	        findings_add_bad(d->findings, "credhelpers-hide", "%s: %s %s use our entry for %s",
	                d->u->user, diagnose_client_names(d->fact->clients),
	                diagnose_does_not(d->fact->clients), d->fact->host);

	say_hidden(d, f, HELPER_CRED_HELPERS);
}

static void report_store(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "credsstore-hides",
	        "%s: %s %s use our entries", d->u->user, diagnose_client_names(d->fact->clients),
	        diagnose_does_not(d->fact->clients));

	say_hidden(d, f, HELPER_CREDS_STORE);
	if (d->fact->clients & CLIENT_DOCKER)
		finding_say(f, "if other registries need it: " HELPER_BESIDE_CREDS_STORE
		               " (not for Watchtower)");
	if ((d->fact->clients & CLIENT_DOCKER) && !diagnose_may_read_tokens(d))
		diagnose_say_own_identity(d, f);
}

static void report_helper_missing(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "helper-missing",
	        "%s: docker-credential-%s is not installed", d->u->user, d->fact->detail);

	if (d->c->scope == SCOPE_PULL) {
		finding_say(f, "%s names it, and no directory of PATH has it", d->fact->path);
		finding_say(f, "install the package ecr-refresher, or put the directory of "
		               "that program into PATH");
		return;
	}
	finding_say(f, "%s names it in credHelpers or credsStore", d->fact->path);
	if (d->fact->clients & CLIENT_PODMAN)
		finding_say(f, "podman fails for want of it");
	if (d->fact->clients & CLIENT_DOCKER)
		finding_say(f, "docker pull falls back to our entry, docker build fails");
	diagnose_say_edit(d, f, "take it out, or install the program");
}

static void report_helper_empty(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "credhelpers-empty",
	        "%s: podman cannot pull from %s", d->u->user, d->fact->host);

	finding_say(f,
	        "credHelpers in %s has \"\" for it, by which docker means the file, and "
	        "podman a program named docker-credential-",
	        d->fact->path);
	diagnose_say_edit(d, f, "put \"ecr-refresher\" there, or take the line out");
}

static void report_helpers_only(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(
	        d->findings, "credential-helpers", "%s: podman reads no file of ours", d->u->user);

	finding_say(f,
	        "credential-helpers in %s does not have \"containers-auth.json\", which "
	        "stands for the files",
	        d->fact->path);
	diagnose_say_edit(d, f, "put \"containers-auth.json\" first in credential-helpers");
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
