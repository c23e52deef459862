/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/rancher/rancher-v2-object.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "publish/rancher/rancher-call.h"

/* "/v3/project/c-m1abc:p-x2def/dockerCredentials/…" */
static char *make_path(const struct rancher_v2_object *o, const char *id)
{
	return xasprintf("/v3/project/%s/%s%s%s", o->project,
	        o->namespace ? "namespacedDockerCredentials" : "dockerCredentials", id ? "/" : "",
	        id ? id : "");
}

static void append_registries(const struct sink_run *s, struct secret *ret)
{
	secret_append_string(ret, ",\"registries\":{");
	for (size_t i = 0; i < s->n_tokens; i++) {
		if (i > 0)
			secret_append_string(ret, ",");
		json_append_string(ret, s->tokens[i].host);
		secret_append_string(ret, ":{");
		json_append_member(ret, "username", s->tokens[i].username);
		json_append_member(ret, "password", s->tokens[i].password);
		secret_append_string(ret, "}");
	}
	secret_append_string(ret, "}");
}

static void make_body(const struct rancher_v2_object *o, struct secret *ret)
{
	secret_append_string(ret, "{");
	json_append_member(
	        ret, "type", o->namespace ? "namespacedDockerCredential" : "dockerCredential");
	json_append_member(ret, "name", o->name);
	json_append_member(ret, "namespaceId", o->namespace);
	secret_append_string(ret, ",\"labels\":{");
	json_append_member(ret, RANCHER_LABEL, RANCHER_LABEL_VALUE);
	secret_append_string(ret, "}");
	append_registries(o->sink_run, ret);
	secret_append_string(ret, "}");
}

static bool has_project(const struct rancher_list *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->rows[i].id, id) == 0)
			return true;
	return false;
}

/*
 * Explains if the project does not exist, with those that do. To users who are not administrators,
 * Rancher refuses what does not exist in the same way as what they may not see.
 */
static int explain_refusal(const struct rancher_v2_object *o, int error, struct reason *ret_reason)
{
	_cleanup_(rancher_list_done) struct rancher_list list = {};
	char names[512];

	if (error != -ENOENT && error != -EACCES)
		return error;
	if (rancher_call_list(o->server, "/v3/projects", &list, NULL) < 0 ||
	        has_project(&list, o->project))
		return error;
	return reason_set(ret_reason, ENOENT, "no-such-project",
	        "no project %.100s, or %s may not see it, but only: %s; correct projects in %s",
	        o->project, o->server->keys_origin, rancher_list_names(&list, names, sizeof(names)),
	        o->server->label);
}

/*
 * Rancher does not return passwords, so a host without a token would be lost. If the record has it,
 * the section waited until the old token expired; without a record nothing is known.
 */
static int check_hosts(
        const struct rancher_v2_object *o, const struct rancher_row *row, struct reason *ret_reason)
{
	for (size_t i = 0; i < row->n_hosts && !o->sink_run->force; i++)
		if (sink_lacks_token(o->sink_run, row->hosts[i]) &&
		        !sink_had_token(o->sink_run, row->hosts[i]))
			return reason_set(ret_reason, ENODATA, "would-lose",
			        "the registry credential %s in %s stays as it is, because it has "
			        "a token for %s and there is no new one; it is replaced when there "
			        "is one, or without it by '%s'",
			        row->id, o->project, row->hosts[i],
			        sink_force_command(o->sink_run));
	return 0;
}

static int put(
        struct rancher_v2_object *o, const struct rancher_row *old, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(o, old->id);
	_cleanup_(rancher_row_done) struct rancher_row row = {};
	_secret_ struct secret body = {};
	int r = check_hosts(o, old, ret_reason);

	if (r < 0)
		return r;
	make_body(o, &body);
	return rancher_change_row(o->server, "PUT", path, &body, &row, NULL, ret_reason);
}

static int post(struct rancher_v2_object *o, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(o, NULL);
	_cleanup_(rancher_row_done) struct rancher_row row = {};
	_secret_ struct secret body = {};
	int r;

	make_body(o, &body);
	r = rancher_call_row(o->server, "POST", path, &body, &row, NULL, ret_reason);
	if (r == -EBUSY)
		return reason_set(ret_reason, EEXIST, "name-taken",
		        "%s%s%s already has a Secret with the name %s that is not a registry "
		        "credential of this kind; choose another name, secret = in %s",
		        o->project, o->namespace ? "/" : "", o->namespace ? o->namespace : "",
		        o->name, o->server->label);
	if (r == -ENOENT && o->namespace)
		return reason_set(ret_reason, ENOENT, "no-such-namespace",
		        "no namespace %s in the project %s; correct projects in %s", o->namespace,
		        o->project, o->server->label);
	if (r == 0)
		o->uid = TAKE_PTR(row.id);
	return r;
}

static bool is_named(const struct rancher_v2_object *o, const struct rancher_row *row)
{
	size_t n = o->namespace ? strlen(o->namespace) : 0;

	if (!row->name || strcmp(row->name, o->name) != 0 || row->is_removed)
		return false;
	return !o->namespace || (strncmp(row->id, o->namespace, n) == 0 && row->id[n] == ':');
}

/* Reports whether replacing it loses nothing. Without a map of registries it may have any. */
static bool may_be_replaced(const struct rancher_v2_object *o, const struct rancher_row *row)
{
	if (!row->is_ours && !row->has_registries)
		return false;
	for (size_t i = 0; i < row->n_hosts && !row->is_ours; i++)
		if (!sink_has_token(o->sink_run, row->hosts[i]))
			return false;
	return true;
}

/* Checks, in a dry run, the rights that Rancher reports. */
static int check_right(
        struct rancher_v2_object *o, bool is_given, const char *verb, struct reason *ret_reason)
{
	if (!o->sink_run->is_dry || is_given)
		return 0;
	return reason_set(ret_reason, EACCES, "Forbidden",
	        "%s may not %s registry credentials in the project %s; give its user a role there "
	        "that may manage secrets, such as Project Member",
	        o->server->keys_origin, verb, o->project);
}

/* Finds it and replaces it, or creates it. */
static int find_and_send(struct rancher_v2_object *o, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(o, NULL);
	_cleanup_(rancher_list_done) struct rancher_list list = {};
	int r = rancher_call_list(o->server, path, &list, ret_reason);

	if (r < 0)
		return explain_refusal(o, r, ret_reason);
	for (size_t i = 0; i < list.count; i++) {
		const struct rancher_row *row = &list.rows[i];

		if (!is_named(o, row))
			continue;
		if (!may_be_replaced(o, row))
			return reason_set(ret_reason, EEXIST, "not-ours",
			        "the registry credential %s in %s is not ours: it has registries "
			        "that are not in %s; choose another name, secret = there, or "
			        "remove it",
			        row->id, o->project, o->server->label);
		r = check_right(o, row->can_update, "change", ret_reason);
		return r < 0 ? r : put(o, row, ret_reason);
	}
	r = check_right(o, list.can_create, "create", ret_reason);
	return r < 0 ? r : post(o, ret_reason);
}

/*
 * Gets the object with our id, if we created it: the id consists of names, so another program may
 * have replaced the object. Returns 0, -ENOENT if it is not ours, or as rancher_call().
 */
static int get_own(struct rancher_v2_object *o, struct rancher_row *ret)
{
	_cleanup_(freep) char *path = make_path(o, o->uid);
	int r = rancher_call_row(o->server, "GET", path, NULL, ret, NULL, &o->reason);

	if (r < 0)
		return r;
	return ret->is_ours && !ret->is_removed ? 0 : -ENOENT;
}

int rancher_v2_object_send(struct rancher_v2_object *o)
{
	_cleanup_(rancher_row_done) struct rancher_row row = {};
	int r = o->uid && !o->sink_run->is_dry ? get_own(o, &row) : -ENOENT;

	if (r == 0)
		r = put(o, &row, &o->reason);
	if (r != -ENOENT)
		return r;
	free(o->uid);
	o->uid = NULL;
	return find_and_send(o, &o->reason);
}

int rancher_v2_object_remove(struct rancher_v2_object *o)
{
	_cleanup_(freep) char *path = make_path(o, o->uid);
	_cleanup_(rancher_row_done) struct rancher_row row = {};
	_secret_ struct secret reply = {};
	int r = get_own(o, &row);

	if (r == 0)
		r = rancher_call(o->server, "DELETE", path, NULL, &reply, NULL, &o->reason);
	if (r == -ENOENT)
		r = 0;
	o->is_gone = r == 0;
	return r;
}

void rancher_v2_object_done(struct rancher_v2_object *o)
{
	free(o->project);
	free(o->namespace);
	free(o->name);
	free(o->uid);
}
