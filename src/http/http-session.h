/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A session: requests to one server that share connections and settings. */

#include <stdbool.h>

#include "base/reason.h"
#include "base/secret.h"

/* The server and how to reach it. A member that is NULL: as without a session. */
struct http_options {
	const char *peer;          /* the server in messages: "the Kubernetes API" */
	const char *server_origin; /* where the server is configured: "server in /etc/kubeconfig" */
	const char *trust_origin;  /* where the trusted CAs are configured */
	const struct secret *ca;   /* PEM: the only trusted CAs */
	const struct secret *certificate, *key; /* PEM: of the client */
	const char *server_name; /* in the server's certificate, if not the URL's host */
	const char *proxy;       /* a URL; NULL: the environment's */
	bool is_insecure;        /* the server's certificate is not verified */
};

struct http_session;

/*
 * Creates a session; everything that options points to must outlive it. Returns 0, or a negative
 * errno with a reason.
 */
int http_session_new(
        const struct http_options *options, struct http_session **ret, struct reason *ret_reason);
void http_session_freep(struct http_session **session);

/*
 * The rest is for http.c; session may be NULL, except in http_session_set(). A handle is a CURL *,
 * whose header the users of sessions need not include.
 */
struct curl_slist;

/* Returns a handle without settings; never NULL. */
void *http_session_take(struct http_session *session);

/* Gives a handle back, with its open connection if the request succeeded. */
void http_session_give(struct http_session *session, void *handle, bool is_good);

/*
 * Applies the session's settings over the request's. If the server's certificate has another name
 * than the URL, *ret_connect_to must be freed after the request, and headers grow.
 */
void http_session_set(const struct http_session *session, void *handle, const char *url,
        struct curl_slist **headers, struct curl_slist **ret_connect_to);

const struct http_options *http_session_options(const struct http_session *session);
