/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-run.h"

#include <string.h>

#include "publish/kubernetes/kube-target.h"

bool kube_run_wants(const struct kube_run *run, const char *namespace)
{
	return kube_objects_have(&run->namespaces, namespace);
}

bool kube_run_has_failure(const struct kube_run *run, const char *namespace)
{
	const struct published_section *fresh = run->sink_run->fresh;

	for (size_t i = 0; i < fresh->n_targets; i++)
		if (fresh->targets[i].failure.code[0] &&
		        kube_target_is_in(&fresh->targets[i], namespace))
			return true;
	return false;
}

void kube_run_done(struct kube_run *run)
{
	kube_objects_done(&run->namespaces);
	kube_objects_done(&run->terminating);
	kube_objects_done(&run->secrets);
	kube_client_done(&run->client);
}
