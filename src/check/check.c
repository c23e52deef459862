/* SPDX-License-Identifier: Apache-2.0 */
/* Which service is looked at, and the list of the checks, in the order they are printed. */
#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/alloc.h"
#include "../common/log.h"
#include "checkup.h"

static void (*const checks[])(struct checkup *c, struct findings *ret) = {
        check_service,
        check_identities,
        check_registries,
        check_clusters,
        check_users,
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

static int look(struct checkup *c)
{
	_cleanup_(findings_done) struct findings findings = {};
	int r = checkup_open(c, &findings);

	if (!show(&findings) && c->result == EXIT_SUCCESS)
		c->result = EXIT_FAILURE;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(checks); i++) {
		checks[i](c, &findings);
		if (!show(&findings) && c->result == EXIT_SUCCESS)
			c->result = EXIT_FAILURE;
	}
	return c->result;
}

static bool has_own_ini(const struct paths *paths)
{
	return access(paths->config, F_OK) == 0 || errno != ENOENT;
}

static bool is_hosted(void)
{
	_cleanup_(freep) char *path = xasprintf(SYSTEM_STATUS_DIR "/%u.json", geteuid());

	return access(path, F_OK) == 0;
}

int check_run(const struct check_options *options)
{
	_cleanup_(checkup_done) struct checkup own = {.options = options};
	_cleanup_(checkup_done) struct checkup hosted = {.options = options, .scope = SCOPE_HOSTED};
	struct reason reason;
	int r = paths_find(options->config, &own.paths, &reason), result = EXIT_SUCCESS;

	if (r < 0 && (options->config || !is_hosted())) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	own.scope = own.paths.is_system ? SCOPE_HOST : SCOPE_OWN;
	if (r == 0 && (own.paths.is_system || options->config || has_own_ini(&own.paths)))
		result = look(&own);
	else
		return look(&hosted);
	if (own.scope == SCOPE_OWN && is_hosted())
		result = worse(result, look(&hosted));
	return result;
}
