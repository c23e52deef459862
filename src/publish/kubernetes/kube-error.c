/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Status objects ("API conventions", Response Status Kind). The server controls them: their texts
 * are truncated, and whatever may be a token is removed.
 */
#include "publish/kubernetes/kube-error.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "publish/redact.h"

#define MESSAGE "%.400s"

/* Returns "team-a/ecr (secrets)", "secrets in the namespace team-a" or "the secrets of the
 * cluster". */
static char *describe(const struct kube_request *r)
{
	if (r->namespace && r->name)
		return xasprintf("%s/%s (%s)", r->namespace, r->name, r->resource);
	if (r->namespace)
		return xasprintf("%s in the namespace %s", r->resource, r->namespace);
	return xasprintf("the %s of the cluster", r->resource);
}

static char *message_of(struct json_object *body)
{
	const char *message = json_member_string(body, "message");

	return redact(message && *message ? message : "without a message");
}

/* "… cannot create resource …": an apply may need another verb than that of the request. */
static char *refused_verb(const struct kube_request *r, const char *message)
{
	static const char before[] = " cannot ", after[] = " resource ";
	const char *begin = strstr(message, before), *end;

	end = begin ? strstr(begin + strlen(before), after) : NULL;
	if (!end)
		return NULL;
	begin += strlen(before);
	return (size_t)(end - begin) == strspn(begin, "abcdefghijklmnopqrstuvwxyz")
	               ? xstrndup(begin, (size_t)(end - begin))
	               : xstrdup(r->verb);
}

/* Returns the quoted name after these words, or NULL. */
static char *quoted(const char *message, const char *words)
{
	const char *begin = strstr(message, words);
	size_t size;

	if (!begin)
		return NULL;
	begin += strlen(words);
	size = strcspn(begin, "\"\\");
	return begin[size] == '"' ? xstrndup(begin, size) : NULL;
}

/* The missing rule allows acting as another user; it is not about the request. */
static int explain_impersonation(
        const char *what, const char *user, const char *message, struct reason *ret_reason)
{
	_cleanup_(freep) char *resource = quoted(message, " resource \"");
	_cleanup_(freep) char *group = quoted(message, " API group \"");
	_cleanup_(freep) char *name = quoted(message, " \"");

	return reason_set(ret_reason, EPERM, "forbidden",
	        "%s: %s needs the right to impersonate: a ClusterRole with the rule {apiGroups: "
	        "[\"%s\"], resources: [\"%s\"], resourceNames: [\"%s\"], verbs: "
	        "[\"impersonate\"]} (" MESSAGE ")",
	        what, user, group ? group : "", resource ? resource : "users", name ? name : "",
	        message);
}

static int explain_forbidden(const struct kube_request *r, struct json_object *body,
        const char *user, struct reason *ret_reason)
{
	_cleanup_(freep) char *message = message_of(body), *what = describe(r);
	_cleanup_(freep) char *verb = refused_verb(r, message);
	_cleanup_(freep) char *names =
	        r->name ? xasprintf("resourceNames: [\"%s\"], ", r->name) : xstrdup("");

	/* Forbidden by a quota, by admission, or because the namespace is being deleted. */
	if (!verb)
		return reason_set(ret_reason, EPERM, "refused",
		        "%s: the cluster forbids this: " MESSAGE, what, message);
	if (strcmp(verb, "impersonate") == 0)
		return explain_impersonation(what, user, message, ret_reason);
	return reason_set(ret_reason, EPERM, "forbidden",
	        "%s: %s may not %s it; the role needs the rule {apiGroups: [\"\"], resources: "
	        "[\"%s\"], %sverbs: [\"%s\"]} (" MESSAGE ")",
	        what, user, verb, r->resource, names, verb, message);
}

static bool has_cause(struct json_object *body, const char *field)
{
	struct json_object *details = json_member(body, "details", json_type_object);
	struct json_object *causes = json_member(details, "causes", json_type_array);

	for (size_t i = 0; causes && i < json_object_array_length(causes); i++) {
		const char *s = json_member_string(json_object_array_get_idx(causes, i), "field");

		if (s && strcmp(s, field) == 0)
			return true;
	}
	return false;
}

static int explain_invalid(
        const struct kube_request *r, struct json_object *body, struct reason *ret_reason)
{
	_cleanup_(freep) char *what = describe(r), *message = message_of(body);

	if (has_cause(body, "type"))
		return reason_set(ret_reason, EBADMSG, "wrong-type",
		        "%s: already exists with another type, which is immutable; delete it "
		        "(kubectl -n %s delete secret %s), or choose another name with 'secret ='",
		        what, r->namespace, r->name);
	if (strstr(message, "immutable"))
		return reason_set(ret_reason, EBADMSG, "immutable",
		        "%s: is marked immutable; delete it (kubectl -n %s delete secret %s), or "
		        "choose another name with 'secret ='",
		        what, r->namespace, r->name);
	return reason_set(ret_reason, EBADMSG, "invalid",
	        "%s: the cluster rejects this as invalid: " MESSAGE "; correct labels and "
	        "annotations",
	        what, message);
}

static int explain_missing(
        const struct kube_request *r, struct json_object *body, struct reason *ret_reason)
{
	struct json_object *details = json_member(body, "details", json_type_object);
	const char *kind = json_member_string(details, "kind");
	_cleanup_(freep) char *what = describe(r);

	if (kind && strcmp(kind, "namespaces") == 0 && r->namespace)
		return reason_set(ret_reason, ENOENT, "no-namespace",
		        "%s: no such namespace; create it, or remove it from 'namespaces'", what);
	if (kind)
		return reason_set(ret_reason, ENOENT, "not-found", "%s: does not exist", what);
	return reason_set(ret_reason, EPROTO, "no-api",
	        "%s: the server replied 404; is it the API server of Kubernetes, and is the path "
	        "in its URL correct?",
	        what);
}

int kube_error_explain(const struct kube_request *r, long status, struct json_object *body,
        const char *user, struct reason *ret_reason)
{
	_cleanup_(freep) char *what = describe(r), *message = message_of(body);

	user = user ? user : "an anonymous client (the context has no user)";
	switch (status) {
	case 401:
		return reason_set(ret_reason, EACCES, "unauthorized",
		        "the cluster rejects the credentials of %s (401); replace them", user);
	case 403:
		return explain_forbidden(r, body, user, ret_reason);
	case 404:
		return explain_missing(r, body, ret_reason);
	case 409:
		return reason_set(ret_reason, EEXIST, "conflict",
		        "%s: another client changed this at the same time: " MESSAGE, what,
		        message);
	case 410:
		return reason_set(ret_reason, ESTALE, "list-expired",
		        "%s: the list changed faster than it could be read", what);
	case 422:
		return explain_invalid(r, body, ret_reason);
	case 429:
	case 503:
		return reason_set(ret_reason, EBUSY, "busy",
		        "%s: the cluster is too busy (%ld): " MESSAGE, what, status, message);
	default:
		return reason_set(ret_reason, status >= 500 ? EIO : EPROTO, "unexpected-status",
		        "%s: the cluster replied %ld: " MESSAGE, what, status, message);
	}
}
