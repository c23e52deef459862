/* SPDX-License-Identifier: Apache-2.0 */
/* Which service is looked at, and the list of the checks, in the order they are printed. */
#include "check/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "check/check-accounts.h"
#include "check/check-cache.h"
#include "check/check-clusters.h"
#include "check/check-context.h"
#include "check/check-identities.h"
#include "check/check-pulls.h"
#include "check/check-registries.h"
#include "check/check-service.h"
#include "check/check-users.h"

typedef void check(struct check_context *c, struct findings *ret);

static check *const checks_of_service[] = {
        check_service,
        check_identities,
        check_registries,
        check_clusters,
        check_users,
        check_accounts,
        NULL,
};

static check *const checks_of_pulls[] = {
        check_identities,
        check_pulls,
        check_cache,
        NULL,
};

/* Each check's findings are shown as soon as they are there. Returns whether all are good. */
static bool show(struct findings *f)
{
	bool is_good = findings_are_good(f);

	if (findings_print(f) < 0)
		is_good = false;
	findings_done(f);
	return is_good;
}

static int worse(int a, int b)
{
	return a == EXIT_SUCCESS ? b : a == EXIT_CONFIG || b != EXIT_CONFIG ? a : b;
}

static int look(struct check_context *c)
{
	_cleanup_(findings_done) struct findings findings = {};
	check *const *checks = c->scope == SCOPE_PULL ? checks_of_pulls : checks_of_service;
	int r = check_context_open(c, &findings);

	if (r == 0 && c->scope == SCOPE_PULL)
		r = check_pulls_open(c, &findings);
	if (!show(&findings) && c->result == EXIT_SUCCESS)
		c->result = EXIT_FAILURE;
	for (; r == 0 && *checks; checks++) {
		(*checks)(c, &findings);
		if (!show(&findings) && c->result == EXIT_SUCCESS)
			c->result = EXIT_FAILURE;
	}
	return c->result;
}

static bool has_own_ini(const struct paths *paths)
{
	struct stat st;

	return paths->config && (lstat(paths->config, &st) == 0 || errno != ENOENT);
}

/* One's own service, which for root is the host's. Returns whether there is one, or -1. */
static int open_own(const struct check_options *options, struct check_context *own)
{
	struct reason reason;
	bool is_wanted;

	paths_guess(options->config, &own->paths);
	is_wanted = own->paths.is_system || options->config || has_own_ini(&own->paths);
	own->scope = own->paths.is_system ? SCOPE_HOST : SCOPE_OWN;
	if (!is_wanted)
		return 0;
	paths_done(&own->paths);
	if (paths_find(options->config, &own->paths, &reason) == 0)
		return 1;
	log_error("%s", reason.text);
	return -1;
}

int check_run(const struct check_options *options)
{
	_cleanup_(check_context_done) struct check_context own = {.options = options};
	_cleanup_(check_context_done) struct check_context hosted = {
	        .options = options, .scope = SCOPE_USER_OF_HOST};
	_cleanup_(check_context_done) struct check_context pulls = {
	        .options = options, .scope = SCOPE_PULL};
	int has_own = open_own(options, &own), result = EXIT_SUCCESS;

	if (has_own < 0)
		return EXIT_FAILURE;
	if (has_own) {
		result = look(&own);
		pulls.pulls.own = &own.status;
	}
	if (own.scope == SCOPE_OWN && status_is_hosted()) {
		result = worse(result, look(&hosted));
		pulls.pulls.hosted = &hosted.status;
	}
	/* docker tells the helper of no other ini than the usual one. */
	if (options->config || result == EXIT_CONFIG || own.is_incomplete || hosted.is_incomplete)
		return result;
	return worse(result, look(&pulls));
}
