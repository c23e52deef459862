/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/rancher/rancher-v1-environment.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "publish/rancher/rancher-call.h"
#include "publish/rancher/rancher-match.h"

/* Rancher requires one, docker ignores it. */
#define EMAIL "none@localhost"
#define MAX_SECRET_SIZE 4096 /* Rancher's column: VARCHAR(4096) */

/* One environment and what it has. */
struct lists {
	struct rancher_v1_environment *environment;
	struct rancher_list registries, credentials;
};

static void lists_done(struct lists *lists)
{
	rancher_list_done(&lists->registries);
	rancher_list_done(&lists->credentials);
}

/* Hashes what a host's token should be at this server. */
static uint64_t hash_of(const struct rancher_server *server, const struct sink_token *token)
{
	uint64_t hash = sink_hash_string(0, server->url.server);

	hash = sink_hash_string(hash, token->host);
	return sink_hash(hash, token->authorization->data, token->authorization->size);
}

bool rancher_v1_environment_is_due(const struct rancher_server *server,
        const struct sink_run *sink_run, const struct published_target *target, size_t token)
{
	return sink_run->force || target->failure.code[0] ||
	       target->hash != hash_of(server, &sink_run->tokens[token]);
}

/* "/v2-beta/projects/1a5/…" */
static char *make_path(const struct rancher_v1_environment *e, const char *what, const char *id)
{
	return xasprintf("%s/projects/%s/%s%s%s", rancher_api_path(e->server->url.api), e->id, what,
	        id ? "/" : "", id ? id : "");
}

static int call_list(struct rancher_v1_environment *e, const char *what, struct rancher_list *ret,
        struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(e, what, NULL);

	return rancher_call_list(e->server, path, ret, ret_reason);
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

/* Explains the most common refusal, whose message does not contain the cause. */
static int explain_refusal(const struct sink_token *token, int error,
        const struct rancher_error *refusal, struct reason *ret_reason)
{
	bool is_too_long = strcmp(refusal->code, "MaxLengthExceeded") == 0 ||
	                   strcmp(refusal->code, "MaxLimitExceeded") == 0;

	if (error != -EINVAL || !is_too_long)
		return error;
	return reason_set(ret_reason, EINVAL, "token-too-long",
	        "Rancher rejects the token of %s: it has %zu characters, and Rancher has room for "
	        "%d; tokens of IAM users are shorter than those of roles and SSO, and later "
	        "versions of Rancher accept longer ones",
	        token->host, strlen(token->password), MAX_SECRET_SIZE);
}

static int activate(struct rancher_v1_environment *e, const char *id, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(e, "registrycredentials", id);
	_cleanup_(freep) char *action = xasprintf("%s?action=activate", path);
	_cleanup_(rancher_row_done) struct rancher_row row = {}, now = {};
	static const struct secret nothing = {.data = (char *)"{}", .size = 2};
	struct rancher_error error = {};
	int r = rancher_change_row(e->server, "POST", action, &nothing, &row, &error, ret_reason);

	/* Another client may have been faster. */
	if (r == -EINVAL && rancher_call_row(e->server, "GET", path, NULL, &now, NULL, NULL) == 0 &&
	        now.is_active)
		return 0;
	return r;
}

static int update(struct rancher_v1_environment *e, const struct sink_token *token,
        const struct rancher_row *credential, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(e, "registrycredentials", credential->id);
	_cleanup_(rancher_row_done) struct rancher_row row = {};
	_secret_ struct secret body = {};
	struct rancher_error error = {};
	int r;

	make_credential(token, NULL, &body);
	r = rancher_change_row(e->server, "PUT", path, &body, &row, &error, ret_reason);
	if (r < 0)
		return explain_refusal(token, r, &error, ret_reason);
	return row.is_inactive ? activate(e, credential->id, ret_reason) : 0;
}

static int create_credential(struct rancher_v1_environment *e, const struct sink_token *token,
        const char *registry_id, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(e, "registrycredentials", NULL);
	_cleanup_(rancher_row_done) struct rancher_row row = {};
	_secret_ struct secret body = {};
	struct rancher_error error = {};
	int r;

	make_credential(token, registry_id, &body);
	r = rancher_change_row(e->server, "POST", path, &body, &row, &error, ret_reason);
	return r < 0 ? explain_refusal(token, r, &error, ret_reason) : 0;
}

/* Returns 1 if the address is taken: the registry was added after the lists were read. */
static int create_registry(struct rancher_v1_environment *e, const struct sink_token *token,
        struct rancher_row *ret, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = make_path(e, "registries", NULL);
	_secret_ struct secret body = {};
	struct rancher_error error = {};
	int r;

	secret_append_string(&body, "{");
	json_append_member(&body, "serverAddress", token->host);
	secret_append_string(&body, "}");
	r = rancher_call_row(e->server, "POST", path, &body, ret, &error, ret_reason);
	return r == -EINVAL && strcmp(error.code, "ServerAddressUsed") == 0 ? 1 : r;
}

static int fail_missing(const struct rancher_v1_environment *e, const struct sink_token *token,
        const char *what, struct reason *ret_reason)
{
	return reason_set(ret_reason, ENOENT, what,
	        "the environment %s has no %s %s; add it in Rancher (Infrastructure, "
	        "Registries), or write create = yes in %s",
	        e->label,
	        strcmp(what, "no-registry") == 0 ? "registry" : "credential for the registry",
	        token->host, e->server->label);
}

/*
 * Updates all registries of a host, because it may have several ("host" and "https://host") and it
 * is not known which one Rancher uses for an image. Returns how many were updated, or the last
 * failure.
 */
static int update_all(
        struct lists *lists, const struct sink_token *token, struct reason *ret_reason)
{
	int served = 0, failure = 0;

	for (size_t i = 0; i < lists->registries.count; i++) {
		const struct rancher_row *registry = &lists->registries.rows[i], *credential;
		int r;

		if (!rancher_registry_is(registry, token->host))
			continue;
		credential = rancher_choose_credential(&lists->credentials, registry->id);
		if (!credential)
			continue;
		r = update(lists->environment, token, credential, ret_reason);
		failure = r < 0 ? r : failure;
		served += r == 0;
	}
	return failure < 0 ? failure : served;
}

static const struct rancher_row *find_registry(const struct lists *lists, const char *host)
{
	const struct rancher_row *best = NULL;

	for (size_t i = 0; i < lists->registries.count; i++) {
		const struct rancher_row *row = &lists->registries.rows[i];

		if (rancher_registry_is(row, host) &&
		        (!best || rancher_compare_ids(row->id, best->id) < 0))
			best = row;
	}
	return best;
}

static int create(struct lists *lists, const struct sink_token *token, struct reason *ret_reason)
{
	struct rancher_v1_environment *e = lists->environment;
	const struct rancher_row *registry = find_registry(lists, token->host);
	_cleanup_(rancher_row_done) struct rancher_row made = {};
	int r = 0;

	if (!e->server->config->create)
		return fail_missing(
		        e, token, registry ? "no-credential" : "no-registry", ret_reason);
	if (!registry)
		r = create_registry(e, token, &made, ret_reason);
	if (r == 1) {
		rancher_list_done(&lists->registries);
		r = call_list(e, "registries", &lists->registries, ret_reason);
		registry = find_registry(lists, token->host);
		if (r == 0 && !registry)
			return reason_set(ret_reason, EREMOTEIO, "ServerAddressUsed",
			        "Rancher refuses to create the registry %s in the environment "
			        "%s because its address is taken, but lists no such registry; "
			        "purge the one that was removed",
			        token->host, e->label);
	}
	return r < 0 ? r
	             : create_credential(e, token, registry ? registry->id : made.id, ret_reason);
}

/* Keeps the result. If the server is at fault, the target stays as it is. */
static void keep_result(
        struct rancher_v1_environment *e, size_t token, int r, const struct reason *reason)
{
	struct published_target *t = &e->sink_run->fresh->targets[e->first_target + token];
	const char *host = e->sink_run->tokens[token].host;

	if (r == -ECOMM) {
		e->error = r;
		e->reason = *reason;
	} else if (r < 0 && e->is_optional && strcmp(reason->code, "no-registry") == 0) {
		e->lacks_registry[token] = true;
	} else if (r < 0) {
		t->failure = *reason;
		if (!strstr(reason->text, host))
			reason_prefix(&t->failure, 0, "%s in the environment %s: ", host, e->label);
	} else {
		t->failure = (struct reason){};
		t->hash = hash_of(e->server, &e->sink_run->tokens[token]);
		t->published_at = e->sink_run->now;
	}
}

static int read_lists(struct lists *lists, struct reason *ret_reason)
{
	struct rancher_v1_environment *e = lists->environment;
	int r = call_list(e, "registries", &lists->registries, ret_reason);

	if (r == 0)
		r = call_list(e, "registrycredentials", &lists->credentials, ret_reason);
	if (r == -ENOENT)
		reason_set(ret_reason, ENOENT, "no-such-project",
		        "no environment %s, or the keys may not see it; correct projects in %s, or "
		        "the keys",
		        e->label, e->server->label);
	return r;
}

void rancher_v1_environment_update(struct rancher_v1_environment *e)
{
	_cleanup_(lists_done) struct lists lists = {.environment = e};
	const struct sink_run *s = e->sink_run;
	struct reason list_reason = {};
	int list_error = read_lists(&lists, &list_reason);

	for (size_t i = 0; i < s->n_tokens && e->error == 0; i++) {
		const struct published_target *t = &s->fresh->targets[e->first_target + i];
		struct reason reason = list_reason;
		int r = list_error;

		if (!rancher_v1_environment_is_due(e->server, s, t, i))
			continue;
		if (r == 0)
			r = update_all(&lists, &s->tokens[i], &reason);
		if (r == 0)
			r = create(&lists, &s->tokens[i], &reason);
		keep_result(e, i, r, &reason);
	}
}

void rancher_v1_environment_done(struct rancher_v1_environment *e)
{
	free(e->id);
	free(e->label);
	free(e->lacks_registry);
}
