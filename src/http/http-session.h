/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A session: requests to one server that share connections, and what they have in common. */

#include <curl/curl.h>
#include <stdbool.h>

#include "base/reason.h"
#include "base/secret.h"

/*
 * A server that gets several requests, and how to reach it. NULL: as without a session.
 */
struct http_options {
	const char *peer;          /* who answers, for messages: "the Kubernetes API" */
	const char *server_origin; /* what names the server: "server in /etc/kubeconfig" */
	const char *trust_origin;  /* what says whom to trust */
	const struct secret *ca;   /* PEM: trusted, and nobody else */
	const struct secret *certificate, *key; /* PEM: the client's own */
	const char *server_name; /* in the server's certificate, where not the URL's */
	const char *proxy;       /* a URL; NULL: the environment's */
	bool is_insecure;        /* whoever answers is trusted */
};

struct http_session;

/*
 * Everything that options points to has to outlive the session. Returns 0, or a negative errno with
 * a reason.
 */
int http_session_new(
        const struct http_options *options, struct http_session **ret, struct reason *ret_reason);
void http_session_freep(struct http_session **session);

/* The rest is for http.c; session may be NULL. */

/* A handle without settings; never NULL. */
CURL *http_session_take(struct http_session *session);

/* Takes it back, with its open connection where the request went well. */
void http_session_give(struct http_session *session, CURL *curl, bool is_good);

/*
 * Its settings, over those of any request. Where the server's certificate has another name than the
 * URL, *ret_connect_to is to be freed after the request, and headers grow.
 */
void http_session_set(const struct http_session *session, CURL *curl, const char *url,
        struct curl_slist **headers, struct curl_slist **ret_connect_to);

const struct http_options *http_session_options(const struct http_session *session);
