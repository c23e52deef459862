/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs `ecr-publish --check`, which has the network and the clusters' keys and prints its own
 * findings.
 */
#include "check/check-clusters.h"

#include "base/alloc.h"
#include "launch/stage.h"

void check_clusters(struct check_context *c, struct findings *ret)
{
	/* It runs in another directory. */
	_cleanup_(freep) char *config =
	        c->options->config ? realpath(c->options->config, NULL) : NULL;
	const char *arguments[5];
	size_t n = 0;
	struct finding *f;
	int r;

	if (c->config.n_sinks == 0 && !published_is_of_environment(&c->published, &c->config))
		return;
	if (!stage_is_installed(STAGE_PUBLISH)) {
		f = findings_add_bad(
		        ret, "cluster", "the clusters of %s are not served", c->paths.config_name);
		finding_add_line(f, LIBEXECDIR "/ecr-publish is missing; it has its own package");
		finding_add_command(f, "sudo apt install ecr-refresher-publish");
		return;
	}
	arguments[n++] = "--check";
	if (c->options->online)
		arguments[n++] = "--online";
	if (config) {
		arguments[n++] = "--config";
		arguments[n++] = config;
	}
	arguments[n] = NULL;
	r = stage_run(STAGE_PUBLISH, (char *const *)arguments);
	/* check_identities() has reported a failure of systemd to start the service. */
	if (r != 0 && r < SYSTEMD_STATUS)
		c->result = r < 0 ? EXIT_FAILURE : r;
}
