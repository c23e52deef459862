/* SPDX-License-Identifier: Apache-2.0 */

/* Any kubeconfig: it is read or refused with its line, always with the same result, and a context
 * is chosen. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "publish/kubernetes/kubeconfig-parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(kubeconfig_done) struct kubeconfig config = {};
	const struct kubeconfig_cluster *cluster = NULL;
	const struct kubeconfig_user *user = NULL;
	struct reason reason = {};
	int r = kubeconfig_parse((const char *)data, size, "/dir/config", &config, &reason);

	must(r == 0 || (strncmp(reason.text, "/dir/config:", 12) == 0 && *reason.code));
	if (r < 0)
		return 0;
	if (kubeconfig_select(&config, NULL, &cluster, &user, &reason) < 0)
		must(*reason.text);
	else
		must(cluster->server && *cluster->server);
	/* Parsing it again changes nothing: the first entry counts. */
	r = (int)(config.n_clusters + config.n_users + config.n_contexts);
	must(kubeconfig_parse((const char *)data, size, "/dir/config", &config, &reason) == 0);
	must(r == (int)(config.n_clusters + config.n_users + config.n_contexts));
	return 0;
}
