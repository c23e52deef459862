/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/rancher/rancher-server.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/environment.h"
#include "config/paths.h"

const char *rancher_url_of(const struct config_rancher *config)
{
	return config->url ? config->url : environment_get("CATTLE_URL");
}

int rancher_server_find(const struct config_sink *sink, const struct sink_run *sink_run,
        struct rancher_server *ret, struct reason *ret_reason)
{
	const struct config_rancher *config = &sink->rancher;
	const char *url = rancher_url_of(config);

	*ret = (struct rancher_server){.sink = sink, .config = config, .sink_run = sink_run};
	ret->label = sink->line > 0 ? xasprintf("[rancher %s]", sink->name)
	                            : xstrdup("the variable CATTLE_URL");
	ret->server_origin = config->url ? xasprintf("url in %s", ret->label)
	                                 : xstrdup("the variable CATTLE_URL");
	ret->trust_origin = sink->line > 0 ? xasprintf("ca_bundle in %s", ret->label)
	                                   : xstrdup("the system's CAs (update-ca-certificates)");
	if (!url)
		return reason_set(ret_reason, EINVAL, "no-url",
		        "%s has no url; expected url = https://HOST", ret->label);
	if (rancher_url_parse(url, &ret->url, ret_reason) < 0)
		return reason_prefix(ret_reason, -EINVAL, "%s: ", ret->server_origin);
	return 0;
}

/* Returns where a key comes from: KEY in the section, or a variable. */
static char *make_origin(const struct rancher_server *server, const char *file, const char *key,
        const char *variable)
{
	return file ? xasprintf("%s in %s", key, server->label)
	            : xasprintf("the variable %s", variable);
}

static int read_file(const struct rancher_server *server, const char *file, const char *key,
        struct secret *ret, struct reason *ret_reason)
{
	int r = sink_read_secret(file, "Rancher's key", ret, ret_reason);

	return r < 0 ? reason_prefix(ret_reason, r, "%s in %s: ", key, server->label) : 0;
}

static int read_token(struct rancher_server *server, struct reason *ret_reason)
{
	_secret_ struct secret token = {};
	int r = read_file(server, server->config->token_file, "token_file", &token, ret_reason);

	if (r < 0)
		return r;
	server->has_token = true;
	server->keys_origin = xasprintf("token_file in %s", server->label);
	secret_set_string(&server->authorization, "Bearer ");
	secret_append(&server->authorization, token.data, token.size);
	return 0;
}

/* Reads one key of the pair, from a file or a variable. */
static int read_key(const struct rancher_server *server, const char *file, const char *key,
        const char *variable, struct secret *ret, struct reason *ret_reason)
{
	const char *value = file ? NULL : environment_get(variable);

	if (file)
		return read_file(server, file, key, ret, ret_reason);
	if (!value)
		return reason_set(ret_reason, EINVAL, "no-keys",
		        "%s has no keys; expected token_file =, or access_key_file = and "
		        "secret_key_file =, each with a file or a systemd credential (or the "
		        "variables CATTLE_ACCESS_KEY and CATTLE_SECRET_KEY)",
		        server->label);
	secret_set_string(ret, value);
	return 0;
}

static int read_pair(struct rancher_server *server, struct reason *ret_reason)
{
	const struct config_rancher *c = server->config;
	_secret_ struct secret access = {}, key = {};
	_cleanup_(freep) char *first = NULL, *second = NULL;
	int r = read_key(server, c->access_key_file, "access_key_file", "CATTLE_ACCESS_KEY",
	        &access, ret_reason);

	if (r == 0)
		r = read_key(server, c->secret_key_file, "secret_key_file", "CATTLE_SECRET_KEY",
		        &key, ret_reason);
	if (r < 0)
		return r;
	first = make_origin(server, c->access_key_file, "access_key_file", "CATTLE_ACCESS_KEY");
	second = make_origin(server, c->secret_key_file, "secret_key_file", "CATTLE_SECRET_KEY");
	server->keys_origin = xasprintf("%s and %s", first, second);
	secret_append(&access, ":", 1);
	secret_append(&access, key.data, key.size);
	secret_set_string(&server->authorization, "Basic ");
	base64_encode(access.data, access.size, &server->authorization);
	return 0;
}

int rancher_server_read_keys(struct rancher_server *server, struct reason *ret_reason)
{
	return server->config->token_file ? read_token(server, ret_reason)
	                                  : read_pair(server, ret_reason);
}

int rancher_server_open(struct rancher_server *server, struct reason *ret_reason)
{
	int r = rancher_server_read_keys(server, ret_reason);

	if (r < 0)
		return r;
	server->options = (struct http_options){.peer = "Rancher",
	        .server_origin = server->server_origin,
	        .trust_origin = server->trust_origin};
	if (server->config->ca_bundle)
		server->ca_bundle = paths_expand(server->config->ca_bundle);
	return http_session_new(&server->options, &server->session, ret_reason);
}

void rancher_server_done(struct rancher_server *server)
{
	http_session_freep(&server->session);
	secret_done(&server->authorization);
	free(server->label);
	free(server->server_origin);
	free(server->trust_origin);
	free(server->keys_origin);
	free(server->ca_bundle);
}
