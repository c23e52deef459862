/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-service-account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "publish/kubernetes/kube-query.h"
#include "publish/kubernetes/kube-spec.h"
#include "publish/kubernetes/kube-target.h"

#define ATTEMPTS 4

uint64_t kube_service_account_hash(const struct kube_run *run)
{
	return sink_hash_string(
	        sink_hash_string(0, run->client.access.server), run->config->secret);
}

bool kube_service_account_has(const struct kube_object *account, const char *secret)
{
	for (size_t i = 0; i < account->n_pull_secrets; i++)
		if (strcmp(account->pull_secrets[i], secret) == 0)
			return true;
	return false;
}

/* Makes the list as it should be. Returns whether it differs from the current one. */
static bool change_list(const struct kube_run *run, const struct kube_job *job,
        const struct kube_object *o, char **names, size_t *ret_n)
{
	const char *ours = run->config->secret;
	size_t n = 0;

	for (size_t i = 0; i < o->n_pull_secrets; i++)
		if (!job->old_secret || strcmp(o->pull_secrets[i], job->old_secret) != 0)
			names[n++] = o->pull_secrets[i];
	if (job->is_wanted && !kube_service_account_has(o, ours))
		names[n++] = (char *)ours;
	*ret_n = n;
	return n != o->n_pull_secrets || (job->is_wanted && !kube_service_account_has(o, ours));
}

/* Returns 1 if the list had to be changed, 0 if not. */
static int patch(struct kube_run *run, const struct kube_job *job, const struct published_target *t,
        const struct kube_object *o, struct reason *ret_reason)
{
	_cleanup_(freep) char *namespace = kube_target_namespace(t);
	const char *name = kube_target_object(t);
	_cleanup_(freep) char **names = xcalloc(o->n_pull_secrets + 1, sizeof(*names));
	_cleanup_(freep) char *path =
	        xasprintf("/api/v1/namespaces/%s/serviceaccounts/%s", namespace, name);
	_kube_reply_ struct kube_reply reply = {};
	_secret_ struct secret body = {};
	const struct kube_request request = {.method = "PATCH",
	        .path = path,
	        .content_type = "application/merge-patch+json",
	        .body = &body,
	        .verb = "patch",
	        .resource = "serviceaccounts",
	        .namespace = namespace,
	        .name = name};
	size_t n;
	int r;

	if (!change_list(run, job, o, names, &n))
		return 0;
	if (run->sink_run->is_dry)
		return 1;
	kube_spec_pull_secrets(names, n, o->version, &body);
	r = kube_call(&run->client, &request, &reply, ret_reason);
	return r < 0 ? r : 1;
}

static void keep_result(const struct kube_run *run, struct published_target *t,
        const struct kube_object *o, bool is_changed)
{
	t->failure = (struct reason){};
	t->hash = kube_service_account_hash(run);
	if (!is_changed)
		return;
	free(t->uid);
	free(t->version);
	t->uid = xstrdup(o->uid); /* we added the Secret, so we may remove it */
	t->version = xstrdup(run->config->secret);
	t->published_at = run->sink_run->now;
}

static int update(struct kube_run *run, struct kube_job *job, const struct kube_object *o,
        struct published_target *t, struct reason *ret_reason)
{
	int r;

	/* An account of the same name that is newer, or of another cluster, has nothing of ours. */
	if (job->old_secret && strcmp(o->uid, t->uid) != 0)
		free(TAKE_PTR(job->old_secret));
	r = patch(run, job, t, o, ret_reason);
	if (r >= 0)
		keep_result(run, t, o, r > 0);
	return r;
}

void kube_service_account_update(
        struct kube_run *run, struct kube_job *job, struct published_target *t)
{
	_cleanup_(freep) char *namespace = kube_target_namespace(t);
	const char *name = kube_target_object(t);
	struct reason reason = {};
	int r = job->listed ? update(run, job, job->listed, t, &reason) : -EEXIST;

	for (unsigned n = job->listed ? 1 : 0; r == -EEXIST && n < ATTEMPTS; n++) {
		_cleanup_(kube_object_done) struct kube_object account = {};

		r = kube_get(&run->client, "serviceaccounts", namespace, name, &account, &reason);
		if (r == 0)
			r = update(run, job, &account, t, &reason);
	}
	if (r < 0)
		t->failure = reason;
	job->is_gone = job->is_wanted ? r == -ENOENT && kube_spec_needs_list(run->config)
	                              : r >= 0 || r == -ENOENT;
}
