/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs `ecr-fetch --check`, which has the network and the AWS keys and prints its own findings.
 */
#include "check/check-identities.h"

#include <stdio.h>

#include "base/alloc.h"
#include "launch/stage.h"

void check_identities(struct check_context *c, struct findings *ret)
{
	/* It runs in another directory. */
	_cleanup_(freep) char *config =
	        c->options->config ? realpath(c->options->config, NULL) : NULL;
	_cleanup_(freep) const char **arguments = NULL;
	bool is_for_pull = c->scope == SCOPE_PULL;
	size_t n = 0;
	int r;

	if (c->scope == SCOPE_USER_OF_HOST || (!is_for_pull && c->status.n_registries == 0))
		return;
#define ADD(s) (*(const char **)array_append(&arguments, &n, sizeof(*arguments)) = (s))
	ADD("--check");
	if (c->options->online)
		ADD("--online");
	if (config) {
		ADD("--config");
		ADD(config);
	}
	if (c->options->verbose)
		ADD("--verbose");
	if (is_for_pull)
		ADD("--for-pull");
	for (size_t i = 0; i < c->pulls.hosts.count; i++) {
		ADD("--host");
		ADD(c->pulls.hosts.names[i]);
	}
	ADD(NULL);
#undef ADD
	r = is_for_pull ? stage_run_for_pull((char *const *)arguments)
	                : stage_run(STAGE_FETCH, (char *const *)arguments);
	if (r >= SYSTEMD_STATUS) {
		struct finding *f = findings_add_bad(
		        ret, "service-failed", "systemd cannot start the service (status %d)", r);

		finding_add_line(f,
		        "its user, an environment file or a credential is missing, or a "
		        "drop-in is wrong; systemd.exec(5) explains the status");
		finding_add_command(
		        f, "%s status ecr-refresher.service", check_context_systemctl(c));
		return;
	}
	if (r != 0)
		c->result = r < 0 ? EXIT_FAILURE : r;
}
