/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/sink-types.h"

#include "publish/kubernetes/kube-check.h"
#include "publish/kubernetes/kube-target.h"
#include "publish/kubernetes/kubernetes.h"
#include "publish/rancher/rancher-check.h"
#include "publish/rancher/rancher.h"

const struct sink_type *sink_type_of(const struct config_sink *sink)
{
	static const struct sink_type types[] = {
	        [SINK_KUBERNETES] = {kubernetes_publish, kubernetes_hash, kube_check,
	                .foreign_kind = KUBE_ACCOUNT, .can_read_tokens = true},
	        [SINK_RANCHER] = {rancher_publish, rancher_hash, rancher_check,
	                .check_is_dry_run = true},
	};

	_Static_assert(ARRAY_SIZE(types) == SINK_KINDS, "a row for each kind");

	return &types[sink->kind];
}
