/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the generation of Rancher that a section of the ini is for. */
#include "publish/rancher/rancher.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "publish/rancher/rancher-call.h"
#include "publish/rancher/rancher-server.h"
#include "publish/rancher/rancher-v1.h"
#include "publish/rancher/rancher-v2.h"

uint64_t rancher_hash(const struct config_sink *sink)
{
	const struct config_rancher *config = &sink->rancher;
	uint64_t hash = sink_hash_string(0, rancher_url_of(config));

	hash = sink_hash_string(hash, config->access_key_file);
	hash = sink_hash_string(hash, config->secret_key_file);
	hash = sink_hash_string(hash, config->token_file);
	hash = sink_hash_string(hash, config->ca_bundle);
	hash = sink_hash_string(hash, config->secret);
	hash = sink_hash_string(hash, config->create ? "create" : "");
	for (size_t i = 0; i < config->n_projects; i++)
		hash = sink_hash_string(hash, config->projects[i]);
	return hash;
}

/* Reports whether everything is in place according to the record, so no request is needed. */
static bool is_in_place(const struct rancher_server *server, const struct sink_run *sink_run)
{
	const struct published_section *old = sink_run->old;

	if (server->config->n_projects == 0 && !*server->url.project)
		return false; /* there may be new projects */
	if (sink_run->force || sink_run->is_dry || !sink_run->is_unchanged || old->n_targets == 0 ||
	        old->failure.code[0])
		return false;
	for (size_t i = 0; i < old->n_targets; i++)
		if (old->targets[i].failure.code[0])
			return false;
	return true;
}

static void add_warnings(const struct rancher_server *server, struct sink_run *sink_run)
{
	if (strncasecmp(server->url.server, "http://", 7) == 0)
		sink_warn(sink_run,
		        "%s begins with http://, so keys and tokens are sent unencrypted; use "
		        "https:// if the server supports it",
		        server->server_origin);
}

/*
 * If the server failed and no target was served, the section fails with its failure, and so pauses
 * as for a server that does not respond.
 */
static int check_server_failure(const struct rancher_server *server, struct sink_run *sink_run)
{
	struct published_section *s = sink_run->fresh;

	if (!atomic_load(&server->is_failing))
		return 0;
	for (size_t i = 0; i < s->n_targets; i++)
		if (s->targets[i].published_at == sink_run->now && !s->targets[i].failure.code[0])
			return 0;
	s->failure = server->failure;
	for (size_t i = 0; i < s->n_targets; i++) {
		struct published_target *t = &s->targets[i];
		const struct published_target *old =
		        published_find_target(sink_run->old, t->kind, t->name);

		if (strcmp(t->failure.code, s->failure.code) == 0)
			t->failure = old ? old->failure : (struct reason){};
	}
	return -EREMOTEIO;
}

/* Asks the server for its API, because the url does not name one. */
static int find_api(struct rancher_server *server, struct reason *ret_reason)
{
	_secret_ struct secret body = {};
	int r = rancher_call(server, "GET", "/", NULL, &body, NULL, ret_reason);

	if (r < 0)
		return r;
	server->url.api = rancher_root_parse(secret_string(&body), body.size);
	if (server->url.api == RANCHER_API_UNKNOWN)
		return reason_set(ret_reason, ECOMM, "no-api",
		        "%s/ does not list Rancher's API; correct %s: the API's path is /v2-beta, "
		        "/v1 or /v3",
		        server->url.server, server->server_origin);
	return 0;
}

static int publish(struct rancher_server *server, struct sink_run *sink_run)
{
	struct reason *failure = &sink_run->fresh->failure;
	int r = rancher_server_open(server, failure);

	if (r == 0 && server->url.api == RANCHER_API_UNKNOWN)
		r = find_api(server, failure);
	if (r < 0)
		return r;
	if (server->url.api == RANCHER_API_V3)
		r = rancher_v2_publish(server, sink_run);
	else if (server->has_token)
		r = reason_set(failure, EINVAL, "no-keys",
		        "Rancher 1 uses pairs of keys, not tokens; expected access_key_file = and "
		        "secret_key_file = instead of token_file in %s",
		        server->label);
	else
		r = rancher_v1_publish(server, sink_run);
	return r < 0 ? r : check_server_failure(server, sink_run);
}

int rancher_publish(const struct config_sink *sink, struct sink_run *sink_run)
{
	_cleanup_(rancher_server_done) struct rancher_server server;
	int r = rancher_server_find(sink, sink_run, &server, &sink_run->fresh->failure);

	if (r < 0)
		return r;
	add_warnings(&server, sink_run);
	if (!is_in_place(&server, sink_run))
		return publish(&server, sink_run);
	for (size_t i = 0; i < sink_run->old->n_targets; i++)
		sink_add_target(
		        sink_run, sink_run->old->targets[i].kind, sink_run->old->targets[i].name);
	return 0;
}
