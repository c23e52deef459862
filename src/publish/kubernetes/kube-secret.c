/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Secret is ours if it has our label or a field that our field manager set; every version of
 * ecr-refresher wrote both, so this needs no record. Only ours are applied with force, with the uid
 * and the resourceVersion that we saw. Others are applied without force, which Kubernetes refuses
 * if another manager has a field that we set. Users who may write Secrets in the namespace control
 * it.
 */
#include "publish/kubernetes/kube-secret.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "publish/kubernetes/kube-query.h"
#include "publish/kubernetes/kube-spec.h"

#define METADATA_ONLY                                                                              \
	"application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json"

enum state { UNKNOWN, ABSENT, OURS, FOREIGN };

struct found {
	enum state state;
	struct kube_object object; /* uid and version at least, if it is ours */
	bool is_whole;             /* with its content */
	struct reason why;         /* why it is unknown */
};

static void found_done(struct found *found)
{
	kube_object_done(&found->object);
}

static void set_state(struct found *found)
{
	found->state = !found->object.uid ? ABSENT : found->object.is_ours ? OURS : FOREIGN;
}

/* The right to list this name includes one namespace; the right to get is not needed. */
static int read_from_list(struct kube_run *run, const char *namespace, const char *name,
        struct found *ret, struct reason *ret_reason)
{
	const struct kube_query query = {
	        .resource = "secrets", .namespace = namespace, .name = name, .is_whole = true};
	_cleanup_(kube_objects_done) struct kube_objects objects = {};
	int r = kube_list(&run->client, &query, &objects, ret_reason);
	struct kube_object *o;

	if (r < 0)
		return r;
	o = kube_objects_find(&objects, namespace, name);
	if (o) {
		ret->object = *o;
		*o = (struct kube_object){};
	}
	return 0;
}

static int read_secret(struct kube_run *run, const char *namespace, const char *name,
        struct found *ret, struct reason *ret_reason)
{
	bool may_list = run->knows_secrets && strcmp(name, run->config->secret) == 0;
	int r;

	if (may_list) {
		r = read_from_list(run, namespace, name, ret, &ret->why);
	} else {
		r = kube_get(&run->client, "secrets", namespace, name, &ret->object, &ret->why);
		r = r == -ENOENT ? 0 : r;
	}
	if (r == -EPERM)
		return 0; /* ret->state is UNKNOWN */
	if (r < 0) {
		*ret_reason = ret->why;
		return r;
	}
	ret->is_whole = true;
	set_state(ret);
	return 0;
}

/* Reports whether its content must be read before it is replaced, because some may have to stay. */
static bool needs_content(const struct sink_run *sink_run, const struct kube_object *o)
{
	return o && o->is_ours && (!o->is_content_ours || sink_run->n_missing > 0);
}

static int find(struct kube_run *run, const char *namespace, bool may_use_list, struct found *ret,
        struct reason *ret_reason)
{
	const struct kube_object *listed =
	        kube_objects_find(&run->secrets, namespace, run->config->secret);

	if (!run->knows_secrets || !may_use_list || needs_content(run->sink_run, listed))
		return read_secret(run, namespace, run->config->secret, ret, ret_reason);
	if (listed) {
		ret->object.uid = xstrdup(listed->uid);
		ret->object.version = xstrdup(listed->version);
		ret->object.is_ours = listed->is_ours;
		ret->object.is_content_ours = listed->is_content_ours;
	}
	set_state(ret);
	return 0;
}

static int fail_foreign(
        const struct kube_run *run, const char *namespace, struct reason *ret_reason)
{
	const char *name = run->config->secret;

	return reason_set(ret_reason, EPERM, "foreign-secret",
	        "%s/%s: this Secret was not created by ecr-refresher and stays as it is; choose "
	        "another name with 'secret =' in [kubernetes %s], or delete it and the logins in "
	        "it (kubectl -n %s delete secret %s), or hand it over if it has no login for "
	        "another registry (kubectl -n %s label --overwrite secret %s " KUBE_MANAGED_BY
	        "=" KUBE_MANAGER ")",
	        namespace, name, run->sink->name, namespace, name, namespace, name);
}

/* A login that another program wrote into our Secret may be its only copy. */
static int check_hosts(const struct kube_run *run, const char *namespace, const char *name,
        struct json_object *auths, struct reason *ret_reason)
{
	if (!auths)
		return 0;
	json_object_object_foreach(auths, host, login)
	{
		(void)login;
		if (sink_has_token(run->sink_run, host) || sink_had_token(run->sink_run, host) ||
		        sink_lacks_token(run->sink_run, host))
			continue;
		return reason_set(ret_reason, EPERM, "foreign-login",
		        "%s/%s: this Secret has a login for %.200s, which ecr-refresher did not "
		        "write; move it to another Secret, and delete this one (kubectl -n %s "
		        "delete secret %s): the next run creates it without that login",
		        namespace, name, host, namespace, name);
	}
	return 0;
}

/* Applies the Secret; with force only if we saw that it is ours. */
static int apply(struct kube_run *run, const char *namespace, const struct found *found,
        struct json_object *auths, struct kube_object *ret_object, struct reason *ret_reason)
{
	bool is_ours = found->state == OURS;
	_cleanup_(freep) char *path =
	        xasprintf("/api/v1/namespaces/%s/secrets/%s?fieldManager=" KUBE_MANAGER "%s",
	                namespace, run->config->secret, is_ours ? "&force=true" : "");
	_kube_reply_ struct kube_reply reply = {};
	_secret_ struct secret body = {};
	const struct kube_request request = {.method = "PATCH",
	        .path = path,
	        .content_type = "application/apply-patch+yaml",
	        .accept = METADATA_ONLY,
	        .body = &body,
	        .verb = "patch",
	        .resource = "secrets",
	        .namespace = namespace,
	        .name = run->config->secret};
	int r;

	if (run->sink_run->is_dry) {
		ret_object->uid = xstrdup(is_ours ? found->object.uid : "new");
		return found->state == ABSENT;
	}
	kube_spec_secret(run->config, run->sink_run, namespace,
	        found->object.uid ? &found->object : NULL, auths, &body);
	r = kube_call(&run->client, &request, &reply, ret_reason);
	if (r < 0)
		return r;
	/* If the reply has no name or uid, the next run sends the Secret again. */
	kube_object_read(reply.body, ret_object);
	return reply.status == 201;
}

/* Fails for a Secret that we may not read. what: why that matters. */
static int fail_unknown(const struct found *found, const char *what, struct reason *ret_reason)
{
	*ret_reason = found->why;
	return reason_prefix(ret_reason, -EPERM, "%s: ", what);
}

/*
 * A Secret that we cannot read may hold a token that must stay, so the record decides: it is
 * replaced if it is still what we sent last, and that had no such token.
 */
static int rely_on_record(const struct sink_run *sink_run, const struct published_target *t,
        struct found *found, struct reason *ret_reason)
{
	if (sink_run->n_missing == 0)
		return 0;
	if (!t->uid || !t->version || sink_would_drop_valid_token(sink_run))
		return fail_unknown(found,
		        "a token is missing, and the one in the Secret must stay", ret_reason);
	found->object.uid = xstrdup(t->uid);
	found->object.version = xstrdup(t->version);
	return 0;
}

int kube_secret_send(struct kube_run *run, const struct published_target *target,
        const char *namespace, bool may_use_list, struct kube_object *ret_object,
        struct reason *ret_reason)
{
	_cleanup_(found_done) struct found found = {};
	_json_ struct json_object *content = NULL;
	struct json_object *auths;
	int r = find(run, namespace, may_use_list, &found, ret_reason);

	if (r < 0)
		return r;
	if (found.state == FOREIGN)
		return fail_foreign(run, namespace, ret_reason);
	if (found.state == UNKNOWN)
		r = rely_on_record(run->sink_run, target, &found, ret_reason);
	if (r < 0)
		return r;
	content = json_parse(secret_string(&found.object.content), found.object.content.size);
	auths = json_member(content, "auths", json_type_object);
	if (found.is_whole && !found.object.is_content_ours)
		r = check_hosts(run, namespace, run->config->secret, auths, ret_reason);
	if (r == 0)
		r = apply(run, namespace, &found, auths, ret_object, ret_reason);
	if (r == -EEXIST && found.state == UNKNOWN)
		return fail_unknown(&found,
		        "a Secret of this name exists, and may be another program's or may have "
		        "changed",
		        ret_reason);
	return r;
}

static int send_delete(struct kube_run *run, const char *namespace, const char *name,
        const struct published_target *target, const struct found *found, struct reason *ret_reason)
{
	_cleanup_(freep) char *path =
	        xasprintf("/api/v1/namespaces/%s/secrets/%s", namespace, name);
	_kube_reply_ struct kube_reply reply = {};
	_secret_ struct secret body = {};
	const struct kube_request request = {.method = "DELETE",
	        .path = path,
	        .content_type = "application/json",
	        .body = &body,
	        .verb = "delete",
	        .resource = "secrets",
	        .namespace = namespace,
	        .name = name};

	if (run->sink_run->is_dry)
		return 0;
	secret_set_string(&body, "{\"preconditions\":{");
	json_append_member(&body, "uid", target->uid);
	json_append_member(&body, "resourceVersion",
	        found->state == UNKNOWN ? target->version : found->object.version);
	secret_append_string(&body, "}}");
	return kube_call(&run->client, &request, &reply, ret_reason);
}

int kube_secret_remove(struct kube_run *run, const char *namespace, const char *name,
        const struct published_target *target, struct reason *ret_reason)
{
	_cleanup_(found_done) struct found found = {};
	_json_ struct json_object *content = NULL;
	int r = read_secret(run, namespace, name, &found, ret_reason);

	if (r < 0)
		return r;
	if (found.state != UNKNOWN &&
	        (found.state != OURS || strcmp(found.object.uid, target->uid) != 0))
		return 0;
	if (found.state == UNKNOWN && !target->version)
		return fail_unknown(&found, "the Secret may have changed", ret_reason);
	content = json_parse(secret_string(&found.object.content), found.object.content.size);
	if (found.is_whole && !found.object.is_content_ours)
		r = check_hosts(run, namespace, name,
		        json_member(content, "auths", json_type_object), ret_reason);
	if (r == 0)
		r = send_delete(run, namespace, name, target, &found, ret_reason);
	if (r == -EEXIST && found.state == UNKNOWN)
		return fail_unknown(&found, "the Secret has changed", ret_reason);
	return r == -ENOENT ? 0 : r;
}
