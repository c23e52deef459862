/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kubernetes.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "publish/kubernetes/kube-query.h"
#include "publish/kubernetes/kube-removal.h"
#include "publish/kubernetes/kube-run.h"
#include "publish/kubernetes/kube-secrets.h"
#include "publish/kubernetes/kube-service-accounts.h"
#include "publish/kubernetes/kube-spec.h"

static uint64_t hash_strings(uint64_t hash, char *const *strings, size_t n)
{
	hash = sink_hash(hash, &n, sizeof(n));
	for (size_t i = 0; i < n; i++)
		hash = sink_hash_string(hash, strings[i]);
	return hash;
}

static uint64_t hash_pairs(uint64_t hash, const struct config_pair *pairs, size_t n)
{
	hash = sink_hash(hash, &n, sizeof(n));
	for (size_t i = 0; i < n; i++) {
		hash = sink_hash_string(hash, pairs[i].key);
		hash = sink_hash_string(hash, pairs[i].value);
	}
	return hash;
}

uint64_t kubernetes_hash(const struct config_sink *sink)
{
	const struct config_kubernetes *config = &sink->kubernetes;
	uint64_t hash = sink_hash_string(0, config->kubeconfig);

	hash = sink_hash_string(hash, config->context);
	hash = sink_hash_string(hash, config->secret);
	hash = sink_hash_string(hash, config->namespace_selector);
	hash = hash_strings(hash, config->namespaces, config->n_namespaces);
	hash = hash_strings(hash, config->service_accounts, config->n_service_accounts);
	hash = hash_pairs(hash, config->labels, config->n_labels);
	return hash_pairs(hash, config->annotations, config->n_annotations);
}

static int list_secrets(struct kube_run *run, struct reason *ret_reason)
{
	const struct kube_query query = {.resource = "secrets", .name = run->config->secret};
	struct reason reason;
	int r = kube_list(&run->client, &query, &run->secrets, &reason);

	/* The credentials may have changed since they were read, a moment ago. */
	if (r == -EACCES) {
		r = kube_client_reopen(&run->client, &reason);
		if (r == 0)
			r = kube_list(&run->client, &query, &run->secrets, &reason);
	}
	run->knows_secrets = r == 0;
	if (r == 0 || r == -EPERM) /* without the right, each is requested by its name */
		return 0;
	*ret_reason = reason;
	return r;
}

/* A named namespace stays wanted if it does not exist, so that the error is reported. */
static void add_named(struct kube_run *run)
{
	for (size_t i = 0; i < run->config->n_namespaces; i++) {
		const char *name = run->config->namespaces[i];
		struct kube_object *o;

		if (*name == '!' || !kube_spec_wants(run->config, name))
			continue;
		o = array_append(&run->namespaces.items, &run->namespaces.count, sizeof(*o));
		o->name = xstrdup(name);
		o->uid = xstrdup("");
	}
}

static int find_namespaces(struct kube_run *run, struct reason *ret_reason)
{
	const struct kube_query query = {
	        .resource = "namespaces", .label_selector = run->config->namespace_selector};
	_cleanup_(kube_objects_done) struct kube_objects all = {};
	int r;

	if (!kube_spec_needs_list(run->config)) {
		add_named(run);
		return 0;
	}
	r = kube_list(&run->client, &query, &all, ret_reason);
	for (size_t i = 0; r == 0 && i < all.count; i++) {
		struct kube_object *o = &all.items[i];
		struct kube_objects *list =
		        o->is_terminating ? &run->terminating : &run->namespaces;

		if (!kube_spec_wants(run->config, o->name))
			continue;
		*(struct kube_object *)array_append(&list->items, &list->count, sizeof(*o)) = *o;
		*o = (struct kube_object){};
	}
	return r;
}

static void add_warnings(struct kube_run *run)
{
	if (run->client.access.is_insecure)
		sink_warn(run->sink_run,
		        "insecure-skip-tls-verify is set: anyone between this host and %s can read "
		        "the tokens; use the cluster's certificate-authority instead",
		        run->client.access.server);
	if (run->client.access.exposed)
		sink_warn(run->sink_run,
		        "every user of this host can read or write %s and use its credentials; "
		        "chmod o= %s",
		        run->client.access.exposed, run->client.access.exposed);
	if (strncmp(run->client.access.server, "http://", 7) == 0)
		sink_warn(run->sink_run,
		        "%s is not encrypted: anyone on the network path can read the tokens",
		        run->client.access.server);
}

static int run_steps(struct kube_run *run, struct reason *ret_reason)
{
	int r = kube_client_open(run->config, run->sink_run->deadline, &run->client, ret_reason);

	if (r < 0)
		return r;
	add_warnings(run);
	r = list_secrets(run, ret_reason);
	if (r == 0)
		r = find_namespaces(run, ret_reason);
	if (r < 0)
		return r;
	if (run->namespaces.count == 0)
		sink_warn(run->sink_run,
		        "no namespace matches 'namespaces' and 'namespace_selector', so the Secret "
		        "is published nowhere");
	kube_secrets_update(run);
	kube_removal_decide(run);
	r = kube_service_accounts_update(run, ret_reason);
	if (r < 0)
		return r;
	kube_removal_run(run);
	return 0;
}

int kubernetes_publish(const struct config_sink *sink, struct sink_run *sink_run)
{
	struct kube_run run = {.sink = sink, .config = &sink->kubernetes, .sink_run = sink_run};
	int r = run_steps(&run, &sink_run->fresh->failure);

	kube_run_done(&run);
	return r;
}
