/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One Rancher server as a section of the ini describes it. Once it is open, several threads may
 * call it. The administrator controls url and keys.
 */

#include <stdatomic.h>

#include "config/config.h"
#include "http/http-session.h"
#include "http/http.h"
#include "publish/rancher/rancher-reply.h"
#include "publish/sink.h"

struct rancher_server {
	const struct config_sink *sink;
	const struct config_rancher *config; /* of the sink */
	const struct sink_run *sink_run;
	struct rancher_url url;
	char *label;         /* "[rancher prod]", for messages */
	char *server_origin; /* "url in [rancher prod]" */
	char *trust_origin;
	char *keys_origin; /* "token_file in [rancher prod]" */
	char *ca_bundle;
	bool has_token; /* of Rancher 2; false: a pair of keys */
	struct secret authorization;
	struct http_options options;
	struct http_session *session;
	/* The server itself failed, not a request. Read when no thread calls it any more. */
	atomic_bool is_failing;
	struct reason failure;
};

/* Returns the url of the section or of the environment, or NULL. */
const char *rancher_url_of(const struct config_rancher *config);

/* Parses the url of a section; makes no request. Returns 0, or -EINVAL with a reason. */
int rancher_server_find(const struct config_sink *sink, const struct sink_run *sink_run,
        struct rancher_server *ret, struct reason *ret_reason);

/* Reads the keys; makes no request. Returns 0 or a negative errno with a reason. */
int rancher_server_read_keys(struct rancher_server *server, struct reason *ret_reason);

/* Reads the keys and prepares a session; makes no request. As rancher_server_read_keys(). */
int rancher_server_open(struct rancher_server *server, struct reason *ret_reason);

void rancher_server_done(struct rancher_server *server);
