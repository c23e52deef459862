/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One environment: its registries and credentials are listed once, then each host that is due gets
 * its token. Filters of the lists are not used, for some versions ignore them. Whoever is a member
 * of the environment controls what is in it.
 */

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "publish/rancher/rancher-call.h"
#include "publish/rancher/rancher-match.h"
#include "publish/rancher/rancher-v1.h"

/* Rancher wants one, docker ignores it. */
#define EMAIL "none@localhost"
#define MAX_SECRET_SIZE 4096 /* Rancher's column: VARCHAR(4096) */

struct environment_lists {
	struct rancher_v1_environment *project;
	struct rancher_list registries, credentials;
};

static void room_done(struct environment_lists *room)
{
	rancher_list_done(&room->registries);
	rancher_list_done(&room->credentials);
}

/* "/v2-beta/projects/1a5/…" */
static char *make_path(const struct rancher_v1_environment *p, const char *what, const char *id)
{
	return xasprintf("%s/projects/%s/%s%s%s", rancher_api_path(p->server->url.api), p->id, what,
	        id ? "/" : "", id ? id : "");
}

static int list(struct rancher_v1_environment *p, const char *what, struct rancher_list *ret,
        struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(p, what, NULL);

	return rancher_call_list(p->server, path, ret, ret_reason);
}

static void make_credential(
        const struct sink_token *token, const char *registry_id, struct secret *ret)
{
	secret_append_string(ret, "{");
	json_append_member(ret, "registryId", registry_id);
	json_append_member(ret, "publicValue", token->username);
	json_append_member(ret, "secretValue", token->password);
	json_append_member(ret, "email", EMAIL);
	secret_append_string(ret, "}");
}

static bool is_about_length(const struct rancher_error *error)
{
	return strcmp(error->code, "MaxLengthExceeded") == 0 ||
	       strcmp(error->code, "MaxLimitExceeded") == 0;
}

/* The one refusal that many meet, and whose cause cannot be seen from outside. */
static int explain_length(const struct rancher_v1_environment *p, const struct sink_token *token,
        struct reason *ret_reason)
{
	return reason_set(ret_reason, EINVAL, "token-too-long",
	        "Rancher does not take the token of %s: it is %zu characters long, and Rancher "
	        "has room for %d at most; tokens of IAM users are shorter than those of roles and "
	        "of SSO, and later versions of Rancher take longer ones",
	        token->host, strlen(token->password), MAX_SECRET_SIZE);
}

static int explain_refusal(const struct rancher_v1_environment *p, const struct sink_token *token,
        int error, const struct rancher_error *what, struct reason *ret_reason)
{
	if (error == -EINVAL && is_about_length(what))
		return explain_length(p, token, ret_reason);
	return error;
}

static int activate(struct rancher_v1_environment *p, const char *id, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(p, "registrycredentials", id);
	_cleanup_(freep) char *action = xasprintf("%s?action=activate", path);
	_cleanup_(rancher_row_done) struct rancher_row row = {}, now = {};
	static const struct secret nothing = {.data = (char *)"{}", .size = 2};
	struct rancher_error error = {};
	int r = rancher_change_row(p->server, "POST", action, &nothing, &row, &error, ret_reason);

	/* Somebody else may have been faster. */
	if (r == -EINVAL && rancher_call_row(p->server, "GET", path, NULL, &now, NULL, NULL) == 0 &&
	        now.is_active)
		return 0;
	return r;
}

static int update(struct rancher_v1_environment *p, const struct sink_token *token,
        const struct rancher_row *credential, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(p, "registrycredentials", credential->id);
	_cleanup_(rancher_row_done) struct rancher_row row = {};
	_secret_ struct secret body = {};
	struct rancher_error error = {};
	int r;

	make_credential(token, NULL, &body);
	r = rancher_change_row(p->server, "PUT", path, &body, &row, &error, ret_reason);
	if (r < 0)
		return explain_refusal(p, token, r, &error, ret_reason);
	return row.is_inactive ? activate(p, credential->id, ret_reason) : 0;
}

static int create_credential(struct rancher_v1_environment *p, const struct sink_token *token,
        const char *registry_id, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(p, "registrycredentials", NULL);
	_cleanup_(rancher_row_done) struct rancher_row row = {};
	_secret_ struct secret body = {};
	struct rancher_error error = {};
	int r;

	make_credential(token, registry_id, &body);
	r = rancher_change_row(p->server, "POST", path, &body, &row, &error, ret_reason);
	return r < 0 ? explain_refusal(p, token, r, &error, ret_reason) : 0;
}

/* Returns 1 where the address is taken: the registry came to be after it was looked for. */
static int create_registry(struct rancher_v1_environment *p, const struct sink_token *token,
        struct rancher_row *ret, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(p, "registries", NULL);
	_secret_ struct secret body = {};
	struct rancher_error error = {};
	int r;

	secret_append_string(&body, "{");
	json_append_member(&body, "serverAddress", token->host);
	secret_append_string(&body, "}");
	r = rancher_call_row(p->server, "POST", path, &body, ret, &error, ret_reason);
	return r == -EINVAL && strcmp(error.code, "ServerAddressUsed") == 0 ? 1 : r;
}

static int fail_without(const struct rancher_v1_environment *p, const struct sink_token *token,
        const char *what, struct reason *ret_reason)
{
	return reason_set(ret_reason, ENOENT, what,
	        "the environment %s has no %s %s; add it in Rancher (Infrastructure, "
	        "Registries), or write create = yes in %s",
	        p->label,
	        strcmp(what, "no-registry") == 0 ? "registry" : "credential for the registry",
	        token->host, p->server->label);
}

/*
 * The host can be there more than once, as "host" and as "https://host": nobody knows which one a
 * container's image will be found with. Returns how many were served, or the last failure.
 */
static int update_all(
        struct environment_lists *room, const struct sink_token *token, struct reason *ret_reason)
{
	int served = 0, failure = 0;

	for (size_t i = 0; i < room->registries.count; i++) {
		const struct rancher_row *registry = &room->registries.rows[i], *credential;
		int r;

		if (!rancher_registry_is(registry, token->host))
			continue;
		credential = rancher_choose_credential(&room->credentials, registry->id);
		if (!credential)
			continue;
		r = update(room->project, token, credential, ret_reason);
		failure = r < 0 ? r : failure;
		served += r == 0;
	}
	return failure < 0 ? failure : served;
}

static const struct rancher_row *find_registry(
        const struct environment_lists *room, const char *host)
{
	const struct rancher_row *best = NULL;

	for (size_t i = 0; i < room->registries.count; i++) {
		const struct rancher_row *row = &room->registries.rows[i];

		if (rancher_registry_is(row, host) &&
		        (!best || rancher_compare_ids(row->id, best->id) < 0))
			best = row;
	}
	return best;
}

static int create(
        struct environment_lists *room, const struct sink_token *token, struct reason *ret_reason)
{
	struct rancher_v1_environment *p = room->project;
	const struct rancher_row *registry = find_registry(room, token->host);
	_cleanup_(rancher_row_done) struct rancher_row made = {};
	int r = 0;

	if (!p->server->config->create)
		return fail_without(
		        p, token, registry ? "no-credential" : "no-registry", ret_reason);
	if (!registry)
		r = create_registry(p, token, &made, ret_reason);
	if (r == 1) {
		rancher_list_done(&room->registries);
		r = list(p, "registries", &room->registries, ret_reason);
		registry = find_registry(room, token->host);
		if (r == 0 && !registry)
			return reason_set(ret_reason, EREMOTEIO, "ServerAddressUsed",
			        "Rancher does not let us make the registry %s in the "
			        "environment %s, for its address is taken, but lists no such "
			        "registry; purge the one that was removed",
			        token->host, p->label);
	}
	return r < 0 ? r
	             : create_credential(p, token, registry ? registry->id : made.id, ret_reason);
}

/* So that it says whose failure it is. */
static void fail_target(struct rancher_v1_environment *p, struct published_target *t,
        const char *host, const struct reason *reason)
{
	t->failure = *reason;
	if (!strstr(reason->text, host))
		reason_prefix(&t->failure, 0, "%s in the environment %s: ", host, p->label);
}

/* Takes the outcome down. Where the server is at fault, the target is as it was. */
static void conclude(
        struct environment_lists *room, size_t token, int r, const struct reason *reason)
{
	struct rancher_v1_environment *p = room->project;
	struct published_target *t = &p->section->fresh->targets[p->first_target + token];

	if (r == -ECOMM) {
		p->error = r;
		p->reason = *reason;
	} else if (r < 0 && p->may_lack && strcmp(reason->code, "no-registry") == 0) {
		p->is_lacking[token] = true;
	} else if (r < 0) {
		fail_target(p, t, p->section->tokens[token].host, reason);
	} else {
		t->failure = (struct reason){};
		t->hash = rancher_v1_hash(p->server, &p->section->tokens[token]);
		t->published_at = p->section->now;
	}
}

static void serve_host(struct environment_lists *room, size_t token)
{
	struct reason reason = {};
	int r = update_all(room, &room->project->section->tokens[token], &reason);

	if (r == 0)
		r = create(room, &room->project->section->tokens[token], &reason);
	conclude(room, token, r, &reason);
}

static int list_room(struct environment_lists *room, struct reason *ret_reason)
{
	struct rancher_v1_environment *p = room->project;
	int r = list(p, "registries", &room->registries, ret_reason);

	if (r == 0)
		r = list(p, "registrycredentials", &room->credentials, ret_reason);
	if (r == -ENOENT)
		reason_set(ret_reason, ENOENT, "no-such-project",
		        "there is no environment %s, or the keys are not for it; correct "
		        "projects in %s, or the keys",
		        p->label, p->server->label);
	return r;
}

void rancher_v1_environment_serve(struct rancher_v1_environment *project)
{
	_cleanup_(room_done) struct environment_lists room = {.project = project};
	struct sink_run *s = project->section;
	struct reason reason = {};
	int r = list_room(&room, &reason);

	for (size_t i = 0; i < s->n_tokens && project->error == 0; i++) {
		const struct published_target *t = &s->fresh->targets[project->first_target + i];

		if (!rancher_v1_is_due(project->server, s, t, i))
			continue;
		if (r < 0)
			conclude(&room, i, r, &reason);
		else
			serve_host(&room, i);
	}
}
