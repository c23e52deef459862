/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chooses the services to check, and lists the checks in the order in which they are printed. The
 * user who runs it controls the options and the environment.
 */
#include "check/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/exit-status.h"
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

static check *const service_checks[] = {
        check_service,
        check_identities,
        check_registries,
        check_clusters,
        check_users,
        check_accounts,
        NULL,
};

static check *const pull_checks[] = {
        check_identities,
        check_pulls,
        check_cache,
        NULL,
};

/* Prints the findings so far, each check's as soon as it has run, and forgets them. */
static void print_findings(struct check_context *c, struct findings *f)
{
	bool is_good = findings_are_good(f);

	if ((findings_print(f) < 0 || !is_good) && c->result == EXIT_SUCCESS)
		c->result = EXIT_FAILURE;
	findings_done(f);
}

/* Returns the more serious of two exit statuses; of two equally serious ones, the first. */
static int worse(int a, int b)
{
	return a == EXIT_SUCCESS ? b : a == EXIT_CONFIG || b != EXIT_CONFIG ? a : b;
}

static int run_checks(struct check_context *c)
{
	_cleanup_(findings_done) struct findings findings = {};
	check *const *checks = c->scope == SCOPE_PULL ? pull_checks : service_checks;
	int r = check_context_open(c, &findings);

	if (r == 0 && c->scope == SCOPE_PULL)
		r = check_pulls_open(c, &findings);
	print_findings(c, &findings);
	for (; r == 0 && *checks; checks++) {
		(*checks)(c, &findings);
		print_findings(c, &findings);
	}
	return c->result;
}

/* Finds the user's own service, which for root is the host's. Returns whether it exists, or -1. */
static int find_own_service(const struct check_options *options, struct check_context *own)
{
	struct reason reason;
	struct stat st;
	bool exists;

	paths_guess(options->config, &own->paths);
	exists = own->paths.is_system || options->config ||
	         (own->paths.config && (lstat(own->paths.config, &st) == 0 || errno != ENOENT));
	own->scope = own->paths.is_system ? SCOPE_HOST : SCOPE_OWN;
	if (!exists)
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
	int has_own = find_own_service(options, &own), result = EXIT_SUCCESS;

	if (has_own < 0)
		return EXIT_FAILURE;
	if (has_own) {
		result = run_checks(&own);
		pulls.pulls.own = &own.status;
	}
	if (own.scope == SCOPE_OWN && status_is_hosted()) {
		result = worse(result, run_checks(&hosted));
		pulls.pulls.hosted = &hosted.status;
	}
	/* docker runs the helper without options, so a pull reads the usual ini only. */
	if (options->config || result == EXIT_CONFIG || own.is_incomplete || hosted.is_incomplete)
		return result;
	return worse(result, run_checks(&pulls));
}
